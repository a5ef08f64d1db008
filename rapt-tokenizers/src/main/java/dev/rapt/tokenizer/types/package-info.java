/** Values and exceptions of the API: truncation, padding, added tokens, id buffers. */
package dev.rapt.tokenizer.types;
