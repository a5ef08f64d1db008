/** Finds added tokens in text. */
package dev.rapt.tokenizer.added;
