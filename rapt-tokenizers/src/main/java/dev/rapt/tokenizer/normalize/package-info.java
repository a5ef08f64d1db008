/** Normalisers: changes to text before it is split. */
package dev.rapt.tokenizer.normalize;
