/** Decoders: from tokens back to text. */
package dev.rapt.tokenizer.decode;
