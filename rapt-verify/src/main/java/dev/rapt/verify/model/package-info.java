/** Recorded calls of models: logits, hidden states, losses, gradients, generated sequences. */
package dev.rapt.verify.model;
