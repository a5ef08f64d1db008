/** Tokenizers: text to token ids and back. */
package dev.rapt.tokenizer;
