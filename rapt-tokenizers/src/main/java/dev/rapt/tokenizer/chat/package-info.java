/** Conversations as the text that a model was trained to read. */
package dev.rapt.tokenizer.chat;
