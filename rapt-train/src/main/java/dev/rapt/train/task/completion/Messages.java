package dev.rapt.train.task.completion;

import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatReader;
import dev.rapt.train.example.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Reads messages as data sets write them: a list of objects with {@code role} and {@code content},
 * or with {@code from} and {@code value} as ShareGPT has them; one such object; or an object whose
 * {@code messages} are the list.
 */
public final class Messages {
  /** The role of whom the model answers. */
  public static final String USER = "user";

  /** The role of the model. */
  public static final String ASSISTANT = "assistant";

  private static final Map<String, String> ROLES =
      Map.of("human", USER, USER, USER, "gpt", ASSISTANT, ASSISTANT, ASSISTANT, "system", "system");

  private Messages() {}

  /** Returns whether a column holds messages and no text. */
  public static boolean areIn(Example example, String column) {
    return example.fields().path(column).isContainer();
  }

  /**
   * Returns the messages of a column.
   *
   * @throws dev.rapt.train.example.ExampleException if it holds something else
   */
  public static List<Map<String, ?>> read(Example example, String column) {
    JsonNode value = example.fields().path(column);
    JsonNode inner = value.path("messages");
    JsonNode list = inner.isMissingNode() ? value : inner;
    if (list.isObject()) {
      list = JsonNodeFactory.instance.arrayNode().add(list);
    }
    List<Map<String, ?>> messages = new ArrayList<>();
    try {
      for (Map<String, ?> message : ChatReader.objects("messages", column, list)) {
        messages.add(message.containsKey("from") ? named(message, example, column) : message);
      }
    } catch (IllegalArgumentException e) {
      throw example.error(
          "\"%s\" must be a list of messages, but %s".formatted(column, e.getMessage()));
    }
    return messages;
  }

  private static Map<String, ?> named(Map<String, ?> turn, Example example, String column) {
    String from = String.valueOf(turn.get("from"));
    String role = ROLES.get(from);
    if (role == null) {
      throw example.error(
          "\"%s\": from must be human, gpt or system, got \"%s\"".formatted(column, from));
    }
    Object value = turn.get("value");
    return Chat.message(role, value == null ? "" : String.valueOf(value));
  }

  /**
   * Returns a column as messages: those in it, or its text as one message.
   *
   * @param role role of a text
   */
  static List<Map<String, ?>> readOr(Example example, String column, String role) {
    return areIn(example, column)
        ? read(example, column)
        : new ArrayList<>(List.of(Chat.message(role, instruction(example, column))));
  }

  /** Returns the text of a prompt; an {@code instruction} with the {@code input} beside it. */
  public static String instruction(Example example, String column) {
    String text = example.text(column);
    boolean hasInput = column.equals("instruction") && example.has("input");
    String input = hasInput ? example.text("input") : "";
    return input.isBlank() ? text : text + "\n\n" + input;
  }
}
