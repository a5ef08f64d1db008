/**
 * Tokenizers from files other than tokenizer.json: vocab.txt, vocab.json with merges.txt,
 * SentencePiece models, rank files of tiktoken.
 */
package dev.rapt.tokenizer.files;
