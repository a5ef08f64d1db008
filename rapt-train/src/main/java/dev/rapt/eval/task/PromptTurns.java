package dev.rapt.eval.task;

import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.tokenizer.types.ChatTemplateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The turns of a prompt, put together as in lm-evaluation-harness: a system message, answered
 * examples, and a question, perhaps with the beginning of its answer.
 */
final class PromptTurns {
  private static final String SYSTEM = "system";
  private static final String USER = "user";
  private static final String ASSISTANT = "assistant";

  private final List<Turn> turns;

  /**
   * A turn.
   *
   * @param delimiter what follows it in plain text
   */
  private record Turn(String role, String content, String delimiter) {
    String text() {
      return content + delimiter;
    }

    Map<String, ?> message() {
      return Chat.message(role, content);
    }
  }

  /** Creates a prompt that begins with a system message, unless it is empty. */
  PromptTurns(String system) {
    turns = new ArrayList<>();
    if (!system.isEmpty()) {
      turns.add(new Turn(SYSTEM, system, ""));
    }
  }

  private PromptTurns(List<Turn> turns) {
    this.turns = new ArrayList<>(turns);
  }

  PromptTurns copy() {
    return new PromptTurns(turns);
  }

  /** Adds an answered example; an empty answer leaves it a question. */
  void example(String question, String prefix, String answer, String target, String end) {
    if (answer.isEmpty()) {
      question(question, prefix, target);
      return;
    }
    boolean isDelimited = prefix.isEmpty() || needsDelimiter(question, prefix);
    turns.add(new Turn(USER, question, isDelimited ? target : ""));
    turns.add(new Turn(ASSISTANT, joined(prefix, answer, " "), end));
  }

  /** Adds the question, and the beginning of its answer unless that is empty. */
  void question(String question, String prefix, String target) {
    boolean isDelimited = !prefix.isEmpty() && needsDelimiter(question, prefix);
    turns.add(new Turn(USER, question, isDelimited ? target : ""));
    if (!prefix.isEmpty()) {
      turns.add(new Turn(ASSISTANT, prefix, ""));
    }
  }

  /** Joins two texts, with a delimiter unless one is empty or there is white space between them. */
  static String joined(String first, String second, String delimiter) {
    boolean isDelimited = !second.isEmpty() && needsDelimiter(first, second);
    return first + (isDelimited ? delimiter : "") + second;
  }

  private static boolean needsDelimiter(String first, String second) {
    return !first.isEmpty() && !endsWithSpace(first) && !isSpace(second.charAt(0));
  }

  static boolean endsWithSpace(String text) {
    return !text.isEmpty() && isSpace(text.charAt(text.length() - 1));
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c);
  }

  /**
   * Writes the prompt. A template that refuses system messages gets none, as in the harness.
   *
   * @throws ChatTemplateException if the template refuses the prompt
   */
  String text(PromptStyle style) {
    ChatTemplate template = style.template();
    if (template == null) {
      return String.join("", turns.stream().map(Turn::text).toList());
    }
    List<Turn> written = style.isMultiTurn() ? turns : singleTurn();
    try {
      return rendered(template, written);
    } catch (ChatTemplateException e) {
      List<Turn> others = written.stream().filter(turn -> !turn.role.equals(SYSTEM)).toList();
      if (others.size() == written.size()) {
        throw e;
      }
      return rendered(template, others);
    }
  }

  private static String rendered(ChatTemplate template, List<Turn> turns) {
    Chat chat = Chat.of(turns.stream().map(Turn::message).toList());
    boolean hasBeginning = turns.getLast().role.equals(ASSISTANT);
    return template.render(
        hasBeginning ? chat.withFinalMessageContinued() : chat.withGenerationPrompt());
  }

  /**
   * Returns the system message, everything else as one message, and the beginning of the answer.
   */
  private List<Turn> singleTurn() {
    int from = turns.getFirst().role.equals(SYSTEM) ? 1 : 0;
    int to = turns.size() - (turns.getLast().role.equals(ASSISTANT) ? 1 : 0);
    StringBuilder text = new StringBuilder();
    turns.subList(from, to - 1).forEach(turn -> text.append(turn.text()));
    text.append(turns.get(to - 1).content);
    List<Turn> written = new ArrayList<>(turns.subList(0, from));
    written.add(new Turn(USER, text.toString(), ""));
    written.addAll(turns.subList(to, turns.size()));
    return written;
  }
}
