/** Reads and writes tokenizer.json and the files next to it. */
package dev.rapt.tokenizer.json;
