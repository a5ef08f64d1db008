package dev.rapt.train.task.completion;

import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.tokenizer.types.ChatTemplateException;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleException;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TaskTemplate;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The texts of prompts and answers. Lists of messages go through the chat template; so do a prompt
 * and an answer that are strings, as messages of a user and an assistant, if there is a template.
 * Without a column of prompts, what both answers begin with is the prompt.
 *
 * @param template the chat template; null for texts as they are
 */
public record AnswerTexts(@Nullable ChatTemplate template) {
  /** Setting: whether texts do not go through the chat template. */
  public static final String PLAIN_TEXT = "plain-text";

  /**
   * A prompt with an answer.
   *
   * @param prompt text of the prompt
   * @param whole text of both
   * @param isRendered whether the template has made them, so that they hold all special tokens
   */
  public record Text(String prompt, String whole, boolean isRendered) {
    /** Returns what follows the prompt. */
    public String answer() {
      return whole.substring(prompt.length());
    }
  }

  /** Texts of an example. */
  public record Pair(Text chosen, Text rejected) {}

  /** Returns how a task makes texts: by the chat template, unless they are taken as they are. */
  public static AnswerTexts of(TaskSetup setup) throws IOException {
    boolean isPlain = setup.flag(PLAIN_TEXT);
    if (isPlain && setup.spec().settings().containsKey(TaskTemplate.SETTING)) {
      throw new IllegalArgumentException(
          "--plain-text: must come without --chat-template, got both; leave one out");
    }
    return new AnswerTexts(isPlain ? null : TaskTemplate.find(setup).orElse(null));
  }

  /**
   * Returns the text of a prompt, up to where the answer begins.
   *
   * @param prompt column of the prompt
   * @throws dev.rapt.train.example.ExampleException if a value cannot be used
   */
  public Text prompt(Example example, String prompt) {
    if (template == null && !Messages.areIn(example, prompt)) {
      String text = Messages.instruction(example, prompt);
      return new Text(text, text, false);
    }
    List<Map<String, ?>> messages = Messages.readOr(example, prompt, Messages.USER);
    if (template == null || messages.isEmpty()) {
      throw messages.isEmpty()
          ? example.error("\"%s\" must have at least one message, got none".formatted(prompt))
          : noTemplate(example);
    }
    try {
      String text = template.render(Chat.of(messages).withGenerationPrompt());
      return new Text(text, text, true);
    } catch (ChatTemplateException e) {
      throw example.error("must be a conversation of the chat template, but " + e.getMessage());
    }
  }

  private static ExampleException noTemplate(Example example) {
    return example.error(
        "messages must go through a chat template, but the model has none; pass --chat-template FILE, or leave out --plain-text");
  }

  /**
   * Returns the texts of two answers.
   *
   * @param prompt column of the prompt; null if both answers begin with it
   * @throws dev.rapt.train.example.ExampleException if a value cannot be used
   */
  public Pair pair(Example example, @Nullable String prompt, String chosen, String rejected) {
    boolean areMessages = Messages.areIn(example, chosen) || Messages.areIn(example, rejected);
    if (prompt != null) {
      return new Pair(text(example, prompt, chosen), text(example, prompt, rejected));
    }
    if (areMessages) {
      List<Map<String, ?>> first = Messages.readOr(example, chosen, Messages.ASSISTANT);
      List<Map<String, ?>> second = Messages.readOr(example, rejected, Messages.ASSISTANT);
      int shared = 0;
      while (shared < Math.min(first.size(), second.size())
          && first.get(shared).equals(second.get(shared))) {
        shared++;
      }
      return new Pair(
          rendered(example, first, shared, chosen), rendered(example, second, shared, rejected));
    }
    String first = example.text(chosen);
    String second = example.text(rejected);
    String begin = first.substring(0, sharedBeginning(first, second));
    return new Pair(new Text(begin, first, false), new Text(begin, second, false));
  }

  /** The characters with which both texts begin, without a space at the end, as TRL counts them. */
  private static int sharedBeginning(String first, String second) {
    int shared = 0;
    while (shared < Math.min(first.length(), second.length())
        && first.charAt(shared) == second.charAt(shared)) {
      shared++;
    }
    boolean splitsCharacter = shared > 0 && Character.isHighSurrogate(first.charAt(shared - 1));
    boolean endsInSpace = shared > 0 && first.charAt(shared - 1) == ' ';
    return splitsCharacter || endsInSpace ? shared - 1 : shared;
  }

  /**
   * Returns the text of a prompt with an answer. Messages of the answer may begin with those of the
   * prompt.
   *
   * @param prompt column of the prompt
   * @param answer column of the answer
   * @throws dev.rapt.train.example.ExampleException if a value cannot be used
   */
  public Text text(Example example, String prompt, String answer) {
    boolean areMessages = Messages.areIn(example, prompt) || Messages.areIn(example, answer);
    if (template == null && !areMessages) {
      String begin = Messages.instruction(example, prompt);
      return new Text(begin, begin + example.text(answer), false);
    }
    List<Map<String, ?>> messages = Messages.readOr(example, prompt, Messages.USER);
    int shared = messages.size();
    List<Map<String, ?>> answers = Messages.readOr(example, answer, Messages.ASSISTANT);
    boolean repeats = answers.size() > shared && sameTexts(messages, answers.subList(0, shared));
    messages.addAll(repeats ? answers.subList(shared, answers.size()) : answers);
    return rendered(example, messages, shared, answer);
  }

  private static boolean sameTexts(List<Map<String, ?>> messages, List<Map<String, ?>> others) {
    for (int i = 0; i < messages.size(); i++) {
      for (String key : List.of("role", "content")) {
        if (!Objects.equals(messages.get(i).get(key), others.get(i).get(key))) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Returns the text of a conversation whose last message is the answer.
   *
   * @param conversation column of the messages
   * @throws dev.rapt.train.example.ExampleException if a value cannot be used
   */
  public Text lastAnswer(Example example, String conversation) {
    List<Map<String, ?>> messages = Messages.read(example, conversation);
    return rendered(example, messages, messages.size() - 1, conversation);
  }

  private Text rendered(Example example, List<Map<String, ?>> messages, int prompt, String answer) {
    if (template == null) {
      throw noTemplate(example);
    }
    if (prompt <= 0 || prompt == messages.size()) {
      throw example.error(
          prompt <= 0
              ? "must have a prompt: a column of its own, or messages with which both answers begin"
              : "\"%s\" must have a message behind those of the prompt, got none"
                  .formatted(answer));
    }
    try {
      String begin = template.render(Chat.of(messages.subList(0, prompt)).withGenerationPrompt());
      String whole = template.render(Chat.of(messages));
      if (!whole.startsWith(begin)) {
        throw example.error(
            "the chat template must keep the beginning of a conversation as it is, so that the answer can be found; use another template");
      }
      return new Text(begin, whole, true);
    } catch (ChatTemplateException e) {
      throw example.error("must be a conversation of the chat template, but " + e.getMessage());
    }
  }
}
