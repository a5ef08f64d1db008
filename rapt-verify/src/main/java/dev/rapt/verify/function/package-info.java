/**
 * Recorded values of functions: activations, losses, positions, logits processors, safetensors
 * element types.
 */
package dev.rapt.verify.function;
