package dev.rapt.cli;

import dev.rapt.hub.HubSettings;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatReader;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the tokens of a text. */
@Command(
    name = "tokenize",
    description = "Shows ids, pieces and counts of a text: what a model would read.")
final class TokenizeCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description =
          "A folder with a tokenizer.json, vocab.txt, vocab.json and merges.txt, SentencePiece"
              + " model or tiktoken file; or such a file.")
  private Path model = Path.of("");

  @Parameters(
      index = "1..*",
      paramLabel = "TEXT",
      description = "The text; without it and without --file, the standard input is read.")
  private @Nullable List<String> words;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Read the text from this UTF-8 file.")
  private @Nullable Path file;

  @Option(
      names = "--pair",
      paramLabel = "TEXT",
      description = "A second text, encoded together with the first.")
  private @Nullable String pair;

  @Option(
      names = "--chat",
      paramLabel = "FILE",
      description =
          "Read a conversation, JSON of messages or of {messages, tools, add_generation_prompt,"
              + " ...}, and encode what the chat template of MODEL makes of it.")
  private @Nullable Path chat;

  @Option(names = "--text", description = "With --chat: print the text alone, without tokens.")
  private boolean textOnly;

  @Option(
      names = "--lines",
      description =
          "Each line is a text of its own; results are printed as they come: ids, counts, or with"
              + " --json one object a line.")
  private boolean lines;

  @Option(names = "--ids", description = "Print the ids alone, separated by spaces.")
  private boolean idsOnly;

  @Option(names = "--count", description = "Print the number of tokens alone.")
  private boolean countOnly;

  @Option(
      names = "--offsets",
      description = "Show where each token is in the text, in characters, and which word it is of.")
  private boolean offsets;

  @Option(
      names = "--no-special",
      description = "Leave out the special tokens that the tokenizer adds around a text.")
  private boolean withoutSpecial;

  @Option(
      names = "--decode",
      description = "The other way: TEXT is ids separated by spaces or commas.")
  private boolean decodes;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    refuseContradictions();
    TokenTable table = new TokenTable(Output.of(spec), ModelFolder.tokenizer(model));
    if (decodes) {
      table.decoded(TextSource.read(words, file), json);
    } else if (lines) {
      eachLine(table);
    } else if (chat != null) {
      String text = rendered(chat);
      if (textOnly) {
        table.text(text, json);
      } else {
        show(table, text, EncodeOptions.PLAIN);
      }
    } else {
      show(table, TextSource.read(words, file), options());
    }
    return 0;
  }

  private void refuseContradictions() {
    long forms = count(idsOnly, countOnly, json && !lines, textOnly);
    if (forms > 1) {
      throw new IllegalArgumentException(
          "output: one of --ids, --count, --text and --json, got " + forms);
    }
    long inputs = count(chat != null, file != null, words != null && !words.isEmpty());
    if (inputs > 1) {
      throw new IllegalArgumentException(
          "text: must come from arguments, from --file or from --chat, got " + inputs + " of them");
    }
    if (lines && (chat != null || pair != null || decodes)) {
      throw new IllegalArgumentException(
          "--lines: cannot go with --chat, --pair or --decode; leave one out");
    }
    if (textOnly && chat == null) {
      throw new IllegalArgumentException("--text: prints a conversation, give one with --chat");
    }
    if (chat != null && pair != null) {
      throw new IllegalArgumentException("--chat: has no second text; leave --pair out");
    }
  }

  private static long count(Boolean... flags) {
    return Arrays.stream(flags).filter(flag -> flag).count();
  }

  private EncodeOptions options() {
    return withoutSpecial ? EncodeOptions.PLAIN : EncodeOptions.DEFAULT;
  }

  private void show(TokenTable table, String text, EncodeOptions options) {
    Encoding encoding = table.encode(text, pair, options);
    if (json) {
      table.json(encoding, text, pair);
    } else if (countOnly) {
      table.count(encoding);
    } else if (idsOnly) {
      table.ids(encoding);
    } else {
      table.rows(encoding, text, pair, offsets);
    }
  }

  private void eachLine(TokenTable table) throws IOException {
    if (words != null && !words.isEmpty()) {
      throw new IllegalArgumentException("--lines: reads --file or the standard input, got TEXT");
    }
    try (BufferedReader reader =
        file == null
            ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
            : Files.newBufferedReader(file)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        Encoding encoding = table.encode(line, null, options());
        if (json) {
          table.jsonLine(encoding, line);
        } else if (countOnly) {
          table.count(encoding);
        } else {
          table.ids(encoding);
        }
      }
    }
  }

  private String rendered(Path conversation) throws IOException {
    Path path = ModelFolder.find(model, HubSettings.ofProcess().cache());
    Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
    if (folder == null) {
      throw new CommandException(model + ": must be in a folder with a chat template");
    }
    Chat read = ChatReader.read(conversation.toString(), Json.read(conversation));
    if (read.messages().isEmpty()) {
      throw new CommandException(conversation + ": must hold a message, got none");
    }
    return ChatTemplate.load(folder).render(read);
  }
}
