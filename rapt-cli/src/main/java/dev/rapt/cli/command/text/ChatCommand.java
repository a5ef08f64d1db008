package dev.rapt.cli.command.text;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.Utf8Lines;
import dev.rapt.cli.options.GenerationArguments;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.TerminalText;
import dev.rapt.cli.text.Answers;
import dev.rapt.cli.text.ConstraintArguments;
import dev.rapt.cli.text.PrefillArguments;
import dev.rapt.cli.text.SpeculationArguments;
import dev.rapt.generate.batch.BatchOptions;
import dev.rapt.generate.constrain.Grammar;
import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.speculate.Speculation;
import dev.rapt.kernel.PageFormat;
import dev.rapt.machine.MachineMemory;
import dev.rapt.model.load.StoredModel;
import dev.rapt.text.Conversation;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A conversation with a model, on the terminal or line by line from the standard input. */
@Command(
    name = "chat",
    description = {
      "Talks with a model on the terminal, with line editing and history. A model with a chat"
          + " template answers; any other model continues the conversation as plain text.",
      "Commands: /reset clears the conversation, /help lists the commands, /exit or Ctrl-D ends;"
          + " Ctrl-C stops an answer. Without a terminal, each line of the standard input is a"
          + " turn."
    })
public final class ChatCommand implements Callable<Integer> {
  /** Positions of a page of the KV cache. */
  private static final int PAGE_SIZE = 32;

  private static final Logger JLINE = Logger.getLogger("org.jline");

  @Parameters(
      paramLabel = "MODEL",
      description = "Hugging Face folder, GGUF file, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Mixin private GenerationArguments generation = new GenerationArguments();
  @Mixin private ConstraintArguments constraints = new ConstraintArguments();
  @Mixin private PrefillArguments prefill = new PrefillArguments();
  @Mixin private SpeculationArguments guesses = new SpeculationArguments();

  @Option(
      names = "--history",
      paramLabel = "FILE",
      description = "Keeps the lines typed in this file (default: ~/.rapt_history).")
  private @Nullable Path history;

  @Option(
      names = "--cache",
      paramLabel = "FILE",
      description =
          "Keeps the keys and values of the conversation in this safetensors file: a later chat with"
              + " the same model that begins alike need not read its beginning again.")
  private @Nullable Path cacheFile;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "System message; the model must have a chat template.")
  private @Nullable String system;

  @Spec private @Nullable CommandSpec spec;

  @Override
  @SuppressWarnings("SystemConsoleNull") // it is null again without a terminal since JDK 25
  public Integer call() throws IOException {
    Grammar grammar = constraints.read();
    Path folder = ModelFolder.require(model);
    StoredModel stored = StoredModel.of(folder);
    guesses.check(true);
    try (TextModel loaded = TextModel.load(stored);
        TextModel draft = guesses.openDraft()) {
      prefill.apply(loaded.model());
      if (draft != null) {
        prefill.apply(draft.model());
      }
      GenerationOptions options = generation.options(loaded.defaults(), loaded.tokenizer());
      ChatTemplate template = stored.chatTemplate().orElse(null);
      if (template == null && system != null) {
        throw new IllegalArgumentException(
            "--system: must come with a model that has a chat template, got none in " + model);
      }
      Conversation conversation = Conversation.of(loaded, template, system);
      String greeting =
          template == null
              ? "The model continues your lines. /help lists the commands."
              : "The model answers. /help lists the commands.";
      Speculation speculation = guesses.of(loaded, folder, draft, options);
      TokenConstraint constraint = constraints.of(grammar, loaded);
      try (Answers answers = answers(loaded, options, constraint, speculation)) {
        ChatSession session = new ChatSession(loaded, conversation, options, answers);
        Console console = System.console();
        if (console != null && console.isTerminal()) {
          onTerminal(session, greeting);
        } else {
          fromStandardInput(session, greeting);
        }
      }
    }
    return 0;
  }

  private Answers answers(
      TextModel loaded,
      GenerationOptions options,
      @Nullable TokenConstraint constraint,
      Speculation speculation) {
    boolean whole =
        speculation.isOn() || options.beams().numBeams() > 1 || options.sampling().isContrastive();
    if (whole && cacheFile != null) {
      throw new IllegalArgumentException(
          "--cache: must come with greedy search or sampling and without guesses; leave it out");
    }
    BatchOptions batch =
        BatchOptions.defaults().withCache(MachineMemory.bytes(), PageFormat.F32, PAGE_SIZE);
    return whole
        ? Answers.wholePrompts(loaded, options, constraint, speculation)
        : Answers.newTokens(loaded, options, constraint, batch, cacheFile);
  }

  private void fromStandardInput(ChatSession session, String greeting) throws IOException {
    PrintWriter out = Output.of(spec);
    out.println(greeting);
    try (Utf8Lines lines = Utf8Lines.of(null)) {
      String line = lines.next();
      while (line != null && session.handle(line, out, () -> false)) {
        line = lines.next();
      }
    }
  }

  private void onTerminal(ChatSession session, String greeting) throws IOException {
    JLINE.setLevel(Level.OFF); // it reports unknown kinds of terminals with a stack trace
    try (Terminal terminal = TerminalBuilder.builder().dumb(true).build()) {
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .appName("rapt")
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .variable(LineReader.HISTORY_FILE, historyFile())
              .build();
      terminal.writer().println(greeting);
      boolean open = true;
      while (open) {
        try {
          open = handle(session, terminal, reader.readLine("> "));
        } catch (UserInterruptException e) {
          terminal.flush(); // Ctrl-C clears the line
        } catch (EndOfFileException e) {
          open = false;
        }
      }
    }
  }

  /** Handles a line while Ctrl-C stops the answer. */
  private static boolean handle(ChatSession session, Terminal terminal, String line) {
    AtomicBoolean stopped = new AtomicBoolean();
    Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, _ -> stopped.set(true));
    try {
      return session.handle(line, TerminalText.visible(terminal.writer()), stopped::get);
    } finally {
      terminal.handle(Terminal.Signal.INT, before);
    }
  }

  private Path historyFile() {
    Path file =
        history == null ? Path.of(System.getProperty("user.home"), ".rapt_history") : history;
    return Files.isDirectory(file) ? file.resolve("history") : file;
  }
}
