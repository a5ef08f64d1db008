package dev.rapt.train.task.generate;

import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.TuningSpec;
import dev.rapt.train.task.completion.Messages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The conversations of examples: {@code messages} with role and content, a {@code prompt} with its
 * {@code completion}, or an {@code instruction} with {@code input} and {@code output}.
 */
final class Conversations {
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
      messages.addAll(Messages.read(example, column));
    } else if (example.has("instruction")) {
      messages.add(Chat.message(Messages.USER, Messages.instruction(example, "instruction")));
      messages.add(Chat.message(Messages.ASSISTANT, example.text("output")));
    } else if (example.has("conversations")) {
      messages.addAll(Messages.read(example, "conversations"));
    } else if (!example.has(spec.columns().getOrDefault("prompt", "prompt"))) {
      throw example.error(
          "must hold messages, conversations, a prompt with its completion, or an instruction with its output, got %s; name its columns with --columns prompt=NAME,completion=NAME"
              .formatted(example.fields().propertyNames()));
    } else {
      messages.add(
          Chat.message(
              Messages.USER, example.text(spec.columns().getOrDefault("prompt", "prompt"))));
      messages.add(
          Chat.message(
              Messages.ASSISTANT,
              example.text(spec.columns().getOrDefault("completion", "completion"))));
    }
    if (messages.stream().noneMatch(Conversations::isAnswer)) {
      throw example.error("must have a message with the role assistant, got none");
    }
    return messages;
  }

  /** Returns whether a message is of the assistant. */
  static boolean isAnswer(Map<String, ?> message) {
    return Messages.ASSISTANT.equals(message.get("role"));
  }

  /**
   * Returns whether a message is an answer to learn: one of the assistant, unless its {@code
   * weight} is 0, as OpenAI's format for fine-tuning has it.
   *
   * @throws dev.rapt.train.example.ExampleException if the weight is neither 0 nor 1
   */
  static boolean isLearned(Map<String, ?> message, Example example) {
    Object weight = message.get("weight");
    if (weight == null) {
      return isAnswer(message);
    }
    boolean isOne = weight instanceof Number number && number.doubleValue() == 1;
    boolean isZero = weight instanceof Number number && number.doubleValue() == 0;
    if (!isOne && !isZero) {
      throw example.error("the weight of a message must be 0 or 1, got " + weight);
    }
    return isOne && isAnswer(message);
  }
}
