/** Values and errors that the tokenizer and its parts share: options, added tokens, id buffers. */
package dev.rapt.tokenizer.types;
