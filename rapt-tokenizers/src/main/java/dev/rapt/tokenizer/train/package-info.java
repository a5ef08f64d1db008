/** Trains tokenizers. */
package dev.rapt.tokenizer.train;
