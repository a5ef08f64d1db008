/** Pre-tokenizers: split text into words. */
package dev.rapt.tokenizer.pretokenize;
