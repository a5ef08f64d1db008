package dev.rapt.train.task.generate;

import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatReader;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.TuningSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The conversations of examples: {@code messages} with role and content, a {@code prompt} with its
 * {@code completion}, or an {@code instruction} with {@code input} and {@code output}.
 */
final class Conversations {
  private static final String USER = "user";
  private static final String ASSISTANT = "assistant";

  private Conversations() {}

  /**
   * Returns the messages of an example.
   *
   * @throws dev.rapt.train.example.ExampleException if it is no conversation that an assistant
   *     takes part in
   */
  static List<Map<String, ?>> messages(Example example, TuningSpec spec) {
    String column = spec.columns().getOrDefault("messages", "messages");
    List<Map<String, ?>> messages = new ArrayList<>();
    if (example.has(column)) {
      messages.addAll(read(example, column));
    } else if (example.has("instruction")) {
      String input = example.has("input") ? example.text("input") : "";
      String instruction = example.text("instruction");
      messages.add(
          Chat.message(USER, input.isBlank() ? instruction : instruction + "\n\n" + input));
      messages.add(Chat.message(ASSISTANT, example.text("output")));
    } else if (example.has("conversations")) {
      messages.addAll(shareGpt(example));
    } else if (!example.has(spec.columns().getOrDefault("prompt", "prompt"))) {
      throw example.error(
          "must hold messages, conversations, a prompt with its completion, or an instruction with its output, got %s; name its columns with --columns prompt=NAME,completion=NAME"
              .formatted(example.fields().propertyNames()));
    } else {
      messages.add(
          Chat.message(USER, example.text(spec.columns().getOrDefault("prompt", "prompt"))));
      messages.add(
          Chat.message(
              ASSISTANT, example.text(spec.columns().getOrDefault("completion", "completion"))));
    }
    if (messages.stream().noneMatch(Conversations::isAnswer)) {
      throw example.error("must have a message with the role assistant, got none");
    }
    return messages;
  }

  /** Returns messages that are written as ShareGPT has them: {@code from} and {@code value}. */
  private static List<Map<String, ?>> shareGpt(Example example) {
    List<Map<String, ?>> messages = new ArrayList<>();
    for (JsonNode turn : example.fields().get("conversations")) {
      String from = turn.path("from").asString("");
      String role =
          switch (from) {
            case "human", USER -> USER;
            case "gpt", ASSISTANT -> ASSISTANT;
            case "system" -> "system";
            default ->
                throw example.error(
                    "conversations: from must be human, gpt or system, got \"%s\"".formatted(from));
          };
      messages.add(Chat.message(role, turn.path("value").asString("")));
    }
    return messages;
  }

  private static List<Map<String, ?>> read(Example example, String column) {
    try {
      return ChatReader.objects(
          example.file() + ": line " + example.line(), column, example.fields().get(column));
    } catch (IllegalArgumentException e) {
      throw example.error(
          "\"%s\" must be a list of messages, but %s".formatted(column, e.getMessage()));
    }
  }

  /** Returns whether a message is of the assistant. */
  static boolean isAnswer(Map<String, ?> message) {
    return ASSISTANT.equals(message.get("role"));
  }
}
