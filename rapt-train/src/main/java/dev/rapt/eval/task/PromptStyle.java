package dev.rapt.eval.task;

import dev.rapt.tokenizer.chat.ChatTemplate;
import org.jspecify.annotations.Nullable;

/**
 * How the prompts of a task are written.
 *
 * @param template writes them as messages to a chat model; null for plain text
 * @param isMultiTurn with a template: whether each example of a prompt is a message of the user and
 *     an answer of the assistant; else the whole prompt is one message
 * @param system instruction at the beginning of each prompt; empty for none
 */
public record PromptStyle(@Nullable ChatTemplate template, boolean isMultiTurn, String system) {
  /** Plain text. */
  public static final PromptStyle PLAIN = new PromptStyle(null, false, "");
}
