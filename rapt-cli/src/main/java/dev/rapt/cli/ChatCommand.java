package dev.rapt.cli;

import dev.rapt.generate.GeneratedSequence;
import dev.rapt.generate.GenerationOptions;
import dev.rapt.model.ModelOutputException;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * A session on the terminal. A model with a chat template answers, any other writes on from all
 * that was said; lines beginning with / are commands.
 */
@Command(
    name = "chat",
    description = {
      "An interactive session with line editing and history. A model whose folder has a chat"
          + " template answers; any other writes on from all that was said.",
      "In the session: /reset forgets what was said, /help explains, /exit (or Ctrl-D) ends;"
          + " Ctrl-C stops an answer."
    })
final class ChatCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "MODEL",
      description = "A Hugging Face folder, or ORG/NAME after a pull.")
  private Path model = Path.of("");

  @Mixin private GenerationArguments generation = new GenerationArguments();

  @Option(
      names = "--history",
      paramLabel = "FILE",
      description = "Where lines are remembered (default: ~/.rapt_history).")
  private Path history = Path.of(System.getProperty("user.home"), ".rapt_history");

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "Instructions that stand before the conversation; needs a chat template.")
  private @Nullable String system;

  @Override
  public Integer call() throws IOException {
    try (LoadedModel loaded = LoadedModel.load(model);
        Terminal terminal = TerminalBuilder.builder().dumb(true).build()) {
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .appName("rapt")
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .variable(LineReader.HISTORY_FILE, historyFile())
              .build();
      GenerationOptions options = generation.options(loaded.defaults(), loaded.tokenizer());
      ChatTemplate template = ChatTemplate.find(ModelFolder.require(model)).orElse(null);
      if (template == null && system != null) {
        throw new CommandException(
            "--system: needs a model with a chat template, got none in " + model);
      }
      Conversation conversation = Conversation.of(loaded, template, system);
      terminal
          .writer()
          .println(
              template == null
                  ? "The model writes on from your lines. /help explains."
                  : "The model answers. /help explains.");
      while (true) {
        String line;
        try {
          line = reader.readLine("> ");
        } catch (UserInterruptException e) {
          continue;
        } catch (EndOfFileException e) {
          return 0;
        }
        switch (line.strip()) {
          case "/exit", "/quit" -> {
            return 0;
          }
          case "/reset" -> {
            conversation.reset();
            terminal.writer().println("Forgotten.");
          }
          case "/help" ->
              terminal
                  .writer()
                  .println(
                      "/reset forgets what was said, /exit or Ctrl-D ends, Ctrl-C stops an answer.");
          default -> answer(loaded, conversation, options, terminal, line);
        }
        terminal.flush();
      }
    }
  }

  private Path historyFile() {
    return Files.isDirectory(history) ? history.resolve("history") : history;
  }

  private static void answer(
      LoadedModel loaded,
      Conversation conversation,
      GenerationOptions options,
      Terminal terminal,
      String line) {
    conversation.ask(line);
    AtomicBoolean stopped = new AtomicBoolean();
    Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, _ -> stopped.set(true));
    try {
      GeneratedSequence result =
          loaded
              .generate(
                  conversation.prompt(room(loaded, options)),
                  options,
                  (_, _, piece) -> {
                    terminal.writer().print(piece);
                    terminal.flush();
                    return !stopped.get();
                  })
              .first();
      conversation.answer(result.text());
      terminal.writer().println();
    } catch (IllegalArgumentException | ModelOutputException e) { // the session goes on
      terminal.writer().println("rapt: " + e.getMessage());
      conversation.withdraw();
    } finally {
      terminal.handle(Terminal.Signal.INT, before);
    }
  }

  /** Most ids of a prompt that leaves room for an answer. */
  private static int room(LoadedModel loaded, GenerationOptions options) {
    int answer = Math.min(options.lengths().maxNewTokens().orElse(1), loaded.maxPositions() / 2);
    return Math.max(1, loaded.maxPositions() - answer);
  }
}
