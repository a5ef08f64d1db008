package dev.rapt.cli;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was said so far, and the prompt that it makes for a model. */
sealed interface Conversation {
  /** Adds a line of the person. */
  void ask(String line);

  /** Adds what the model wrote. */
  void answer(String text);

  /** Takes back the last line of the person, to which there is no answer. */
  void withdraw();

  /** Forgets everything but the instructions. */
  void reset();

  /**
   * The ids of the prompt, without the oldest of what was said where it would not fit.
   *
   * @param room most ids, at least 1
   */
  int[] prompt(int room);

  /** The conversation as the template of the model writes it; plain text without a template. */
  static Conversation of(
      LoadedModel model, @Nullable ChatTemplate template, @Nullable String system) {
    return template == null
        ? new PlainText(model)
        : new Templated(model.tokenizer(), template, system);
  }

  /** Lines one after the other, which the model writes on. */
  final class PlainText implements Conversation {
    private final LoadedModel model;
    private final StringBuilder said = new StringBuilder();
    private int lengthBefore;

    private PlainText(LoadedModel model) {
      this.model = model;
    }

    @Override
    public void ask(String line) {
      lengthBefore = said.length();
      said.append(said.isEmpty() ? "" : "\n").append(line);
    }

    @Override
    public void withdraw() {
      said.setLength(lengthBefore);
    }

    @Override
    public void answer(String text) {
      said.append(text);
    }

    @Override
    public void reset() {
      said.setLength(0);
    }

    @Override
    public int[] prompt(int room) {
      int[] ids = model.encode(said.toString());
      return ids.length <= room ? ids : Arrays.copyOfRange(ids, ids.length - room, ids.length);
    }
  }

  /** Messages in turn, written as the model was trained to read them. */
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
    public int[] prompt(int room) {
      int[] ids = encode();
      while (ids.length > room && turns.size() > 1) {
        do { // a template may refuse a conversation that begins with an answer
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
