/** The training loop: options, saving and resuming, metrics, and a short way from text to model. */
package dev.rapt.train;
