package dev.rapt.tokenizer.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A conversation and what a template is told besides. Values are null, booleans, numbers, strings,
 * lists and maps, as in JSON.
 *
 * @param messages in order; a message has a {@code role} and what belongs to it, mostly {@code
 *     content}
 * @param tools functions the model may call, as JSON schemas; null: none
 * @param documents what the model may quote; null: none
 * @param addGenerationPrompt whether the text ends where the answer begins
 * @param continueFinalMessage whether the text ends inside the last message, to be written on
 * @param variables what else the template reads, like {@code enable_thinking}
 */
public record Chat(
    List<Map<String, ?>> messages,
    @Nullable List<Map<String, ?>> tools,
    @Nullable List<Map<String, ?>> documents,
    boolean addGenerationPrompt,
    boolean continueFinalMessage,
    Map<String, ?> variables) {

  public Chat {
    messages = List.copyOf(messages);
    if (addGenerationPrompt && continueFinalMessage) {
      throw new IllegalArgumentException(
          "chat: either a new message begins or the last one goes on, got both");
    }
  }

  /** A conversation alone; its text ends behind the last message. */
  public static Chat of(List<? extends Map<String, ?>> messages) {
    return new Chat(List.copyOf(messages), null, null, false, false, Map.of());
  }

  /** A message of text. */
  public static Map<String, ?> message(String role, String content) {
    Map<String, String> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  /** This conversation with a message more. */
  public Chat plus(Map<String, ?> message) {
    List<Map<String, ?>> more = new ArrayList<>(messages);
    more.add(message);
    return new Chat(more, tools, documents, addGenerationPrompt, continueFinalMessage, variables);
  }

  public Chat withTools(@Nullable List<Map<String, ?>> newTools) {
    return new Chat(
        messages, newTools, documents, addGenerationPrompt, continueFinalMessage, variables);
  }

  /** This conversation, the text of which ends where the answer begins. */
  public Chat withGenerationPrompt() {
    return new Chat(messages, tools, documents, true, false, variables);
  }

  /** This conversation, the last message of which is written on. */
  public Chat withFinalMessageContinued() {
    return new Chat(messages, tools, documents, false, true, variables);
  }

  /** This conversation with a variable for the template. */
  public Chat with(String name, @Nullable Object value) {
    Map<String, @Nullable Object> more = new LinkedHashMap<>(variables);
    more.put(name, value);
    return new Chat(messages, tools, documents, addGenerationPrompt, continueFinalMessage, more);
  }
}
