package dev.rapt.text;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A conversation with a model: its turns so far, and the prompt they make. For one thread. */
public sealed interface Conversation {
  /** Adds a turn of the user. */
  void ask(String line);

  /** Adds the model's answer. */
  void answer(String text);

  /** Removes the last turn of the user, which was not answered. */
  void withdraw();

  /** Removes all turns but keeps the system message. */
  void reset();

  /**
   * The ids of the prompt; leaves out the oldest turns if they do not fit.
   *
   * @param maxTokens most ids, at least 1
   */
  int[] prompt(int maxTokens);

  /**
   * An empty conversation.
   *
   * @param template writes the turns as the model was trained to read them; null for plain text
   * @param system the system message, with a template only; null for none
   */
  static Conversation of(
      TextModel model, @Nullable ChatTemplate template, @Nullable String system) {
    return template == null
        ? new PlainText(model)
        : new Templated(model.tokenizer(), template, system);
  }

  /** Plain text, which the model continues. */
  final class PlainText implements Conversation {
    private final TextModel model;
    private final StringBuilder text = new StringBuilder();
    private int lengthBefore;

    private PlainText(TextModel model) {
      this.model = model;
    }

    @Override
    public void ask(String line) {
      lengthBefore = text.length();
      text.append(text.isEmpty() ? "" : "\n").append(line);
    }

    @Override
    public void withdraw() {
      text.setLength(lengthBefore);
    }

    @Override
    public void answer(String answer) {
      text.append(answer);
    }

    @Override
    public void reset() {
      text.setLength(0);
    }

    @Override
    public int[] prompt(int maxTokens) {
      int[] ids = model.encode(text.toString());
      return ids.length <= maxTokens
          ? ids
          : Arrays.copyOfRange(ids, ids.length - maxTokens, ids.length);
    }
  }

  /** Messages of user and assistant, written by a chat template. */
  final class Templated implements Conversation {
    private static final String USER = "user";

    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final List<Map<String, ?>> instructions = new ArrayList<>();
    private final List<Map<String, ?>> turns = new ArrayList<>();

    private Templated(Tokenizer tokenizer, ChatTemplate template, @Nullable String system) {
      this.tokenizer = tokenizer;
      this.template = template;
      if (system != null) {
        instructions.add(Chat.message("system", system));
      }
    }

    @Override
    public void ask(String line) {
      turns.add(Chat.message(USER, line));
    }

    @Override
    public void withdraw() {
      turns.removeLast();
    }

    @Override
    public void answer(String text) {
      turns.add(Chat.message("assistant", text.strip()));
    }

    @Override
    public void reset() {
      turns.clear();
    }

    @Override
    public int[] prompt(int maxTokens) {
      int[] ids = encode();
      while (ids.length > maxTokens && turns.size() > 1) {
        do { // a template may reject a conversation that begins with an answer
          turns.removeFirst();
        } while (turns.size() > 1 && !USER.equals(turns.getFirst().get("role")));
        ids = encode();
      }
      return ids;
    }

    private int[] encode() {
      List<Map<String, ?>> messages = new ArrayList<>(instructions);
      messages.addAll(turns);
      return template.encode(tokenizer, Chat.of(messages).withGenerationPrompt());
    }
  }
}
