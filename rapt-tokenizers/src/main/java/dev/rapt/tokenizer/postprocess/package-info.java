/** Post-processors: special tokens, truncation and padding. */
package dev.rapt.tokenizer.postprocess;
