package dev.rapt.cli;

import dev.rapt.generate.GeneratedSequence;
import dev.rapt.generate.GenerationOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * A session on the terminal. The model writes on from all that was said; lines beginning with / are
 * commands.
 */
@Command(
    name = "chat",
    description = {
      "An interactive session with line editing and history: the model writes on from all that"
          + " was said.",
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

  private String said = "";

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
      GenerationOptions options = generation.options(loaded.defaults());
      terminal.writer().println("The model writes on from your lines. /help explains.");
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
            said = "";
            terminal.writer().println("Forgotten.");
          }
          case "/help" ->
              terminal
                  .writer()
                  .println(
                      "/reset forgets what was said, /exit or Ctrl-D ends, Ctrl-C stops an answer.");
          default -> answer(loaded, options, terminal, line);
        }
        terminal.flush();
      }
    }
  }

  private Path historyFile() {
    return Files.isDirectory(history) ? history.resolve("history") : history;
  }

  private void answer(
      LoadedModel loaded, GenerationOptions options, Terminal terminal, String line) {
    said += (said.isEmpty() ? "" : "\n") + line;
    AtomicBoolean stopped = new AtomicBoolean();
    Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, _ -> stopped.set(true));
    try {
      GeneratedSequence result =
          loaded
              .generate(
                  recent(loaded, options),
                  options,
                  (_, _, piece) -> {
                    terminal.writer().print(piece);
                    terminal.flush();
                    return !stopped.get();
                  })
              .first();
      said += result.text();
      terminal.writer().println();
    } finally {
      terminal.handle(Terminal.Signal.INT, before);
    }
  }

  /** The end of what was said that leaves room for an answer. */
  private int[] recent(LoadedModel loaded, GenerationOptions options) {
    int[] ids = loaded.encode(said);
    int answer = Math.min(options.lengths().maxNewTokens().orElse(1), loaded.maxPositions() / 2);
    int room = Math.max(1, loaded.maxPositions() - answer);
    return ids.length <= room ? ids : Arrays.copyOfRange(ids, ids.length - room, ids.length);
  }
}
