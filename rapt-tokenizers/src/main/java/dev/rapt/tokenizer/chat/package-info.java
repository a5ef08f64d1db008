/** Chat templates: conversations rendered to the text that a chat model was trained on. */
package dev.rapt.tokenizer.chat;
