/** Text with alignment, character classes, patterns. */
package dev.rapt.tokenizer.text;
