package dev.rapt.cli.command.text;

import dev.rapt.cli.text.Answers;
import dev.rapt.cli.text.ContextNote;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.model.ModelOutputException;
import dev.rapt.text.Conversation;
import dev.rapt.text.TextModel;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/** Handles the lines of a chat: commands, and turns of the user that the model answers. */
final class ChatSession {
  /** What looks like a command; a path such as /usr/bin does not. */
  private static final Pattern COMMAND = Pattern.compile("/[A-Za-z]+(\\s.*)?");

  private final TextModel model;
  private final Conversation conversation;
  private final GenerationOptions options;
  private final Answers answers;

  /** Whether the note that the context is full was shown; once is enough. */
  private boolean hasNote;

  ChatSession(
      TextModel model, Conversation conversation, GenerationOptions options, Answers answers) {
    this.model = model;
    this.conversation = conversation;
    this.options = options;
    this.answers = answers;
  }

  /**
   * Handles one line and prints the answer while it is generated.
   *
   * @param isStopped whether the user has stopped the answer
   * @return whether the session continues
   */
  boolean handle(String line, PrintWriter out, BooleanSupplier isStopped) {
    String command = line.strip();
    switch (command) {
      case "/exit", "/quit" -> {
        return false;
      }
      case "/reset" -> {
        conversation.reset();
        out.println("The conversation is empty.");
      }
      case "/help" ->
          out.println(
              "/reset clears the conversation, /exit or Ctrl-D ends, Ctrl-C stops an answer.");
      default -> {
        if (COMMAND.matcher(command).matches()) {
          out.println(
              "rapt: %s: must be a command, got an unknown one; /help lists them"
                  .formatted(command.split("\\s", 2)[0]));
        } else {
          answer(line, out, isStopped);
        }
      }
    }
    out.flush();
    return true;
  }

  private void answer(String line, PrintWriter out, BooleanSupplier isStopped) {
    conversation.ask(line);
    try {
      GeneratedSequence answer =
          answers.answer(
              conversation.prompt(model.maxPromptTokens(options)),
              piece -> {
                out.print(piece);
                out.flush();
                return !isStopped.getAsBoolean();
              });
      conversation.answer(answer.text());
      out.println();
      if (!hasNote) {
        ContextNote.of(model.model().config(), options, List.of(answer))
            .ifPresent(note -> {
              out.println("rapt: " + note);
              hasNote = true;
            });
      }
    } catch (IllegalArgumentException | ModelOutputException e) { // the session continues
      out.println("rapt: " + e.getMessage());
      conversation.withdraw();
    }
  }
}
