/** Byte pair encoding (BPE) on bytes, with caches. */
package dev.rapt.tokenizer.bpe;
