/** RecordedValues outputs of the reference implementations, and whether ours are the same. */
package dev.rapt.verify.tokenizer;
