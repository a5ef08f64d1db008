package dev.rapt.tokenizer.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A conversation and the other inputs of a chat template. Values are null, booleans, numbers,
 * strings, lists and maps, as in JSON.
 *
 * @param messages the messages in order; each has a {@code role} and usually {@code content}
 * @param tools functions that the model may call, as JSON schemas; null for none
 * @param documents documents that the model may quote; null for none
 * @param addGenerationPrompt whether the text ends where the assistant's reply begins
 * @param continueFinalMessage whether the text ends inside the last message, for continuation
 * @param variables further variables of the template, like {@code enable_thinking}
 */
public record Chat(
    List<Map<String, ?>> messages,
    @Nullable List<Map<String, ?>> tools,
    @Nullable List<Map<String, ?>> documents,
    boolean addGenerationPrompt,
    boolean continueFinalMessage,
    Map<String, ?> variables) {

  /** Checks that at most one of the two flags is set. */
  public Chat {
    messages = List.copyOf(messages);
    if (addGenerationPrompt && continueFinalMessage) {
      throw new IllegalArgumentException(
          "chat: must either add a generation prompt or continue the final message, got both");
    }
  }

  /**
   * Creates a conversation whose text ends after the last message.
   *
   * @param messages the messages in order
   * @return the conversation
   */
  public static Chat of(List<? extends Map<String, ?>> messages) {
    return new Chat(List.copyOf(messages), null, null, false, false, Map.of());
  }

  /**
   * Creates a message of text.
   *
   * @param role {@code system}, {@code user}, {@code assistant}, ...
   * @param content the text
   * @return the message
   */
  public static Map<String, ?> message(String role, String content) {
    Map<String, String> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  /**
   * Returns a copy with one more message.
   *
   * @param message the message
   * @return the conversation
   */
  public Chat plus(Map<String, ?> message) {
    List<Map<String, ?>> more = new ArrayList<>(messages);
    more.add(message);
    return new Chat(more, tools, documents, addGenerationPrompt, continueFinalMessage, variables);
  }

  /**
   * Returns a copy with other tools.
   *
   * @param newTools functions that the model may call, as JSON schemas; null for none
   * @return the conversation
   */
  public Chat withTools(@Nullable List<Map<String, ?>> newTools) {
    return new Chat(
        messages, newTools, documents, addGenerationPrompt, continueFinalMessage, variables);
  }

  /** {@return a copy whose text ends where the assistant's reply begins} */
  public Chat withGenerationPrompt() {
    return new Chat(messages, tools, documents, true, false, variables);
  }

  /** {@return a copy whose text ends inside the last message, for continuation} */
  public Chat withFinalMessageContinued() {
    return new Chat(messages, tools, documents, false, true, variables);
  }

  /**
   * Returns a copy with a variable of the template.
   *
   * @param name name of the variable
   * @param value its value, as in JSON
   * @return the conversation
   */
  public Chat with(String name, @Nullable Object value) {
    Map<String, @Nullable Object> more = new LinkedHashMap<>(variables);
    more.put(name, value);
    return new Chat(messages, tools, documents, addGenerationPrompt, continueFinalMessage, more);
  }
}
