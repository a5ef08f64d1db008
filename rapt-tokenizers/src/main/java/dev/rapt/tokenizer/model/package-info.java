/** Models: BPE, WordPiece, Unigram, word-level. */
package dev.rapt.tokenizer.model;
