/** Recorded outputs of tokenizers, their components, and chat templates. */
package dev.rapt.verify.tokenizer;
