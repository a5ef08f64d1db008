package dev.rapt.cli.command.text;

import dev.rapt.cli.files.JsonFile;
import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.TextOrigin;
import dev.rapt.cli.files.TextSource;
import dev.rapt.cli.files.Utf8Lines;
import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.text.TokenPrinter;
import dev.rapt.hub.HubSettings;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatReader;
import java.io.IOException;
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

/** Tokenizes texts. */
@Command(
    name = "tokenize",
    description = "Tokenizes a text as a model reads it; prints ids, tokens and counts.")
public final class TokenizeCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description =
          "Folder with a tokenizer.json, tekken.json, vocab.txt, vocab.json and merges.txt,"
              + " SentencePiece model or tiktoken file; or such a file; or ORG/NAME of a pulled"
              + " model.")
  private Path model = Path.of("");

  @Parameters(
      index = "1..*",
      paramLabel = "TEXT",
      description = "The text (default: read --file, else the standard input).")
  private @Nullable List<String> words;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Reads the text from this UTF-8 file.")
  private @Nullable Path file;

  @Option(
      names = "--pair",
      paramLabel = "TEXT",
      description = "Encodes this second text together with the first.")
  private @Nullable String pair;

  @Option(
      names = "--chat",
      paramLabel = "FILE",
      description =
          "Encodes a conversation with the chat template of MODEL; the JSON file holds messages, or"
              + " {messages, tools, add_generation_prompt, ...}.")
  private @Nullable Path chat;

  @Option(names = "--text", description = "With --chat: prints only the rendered text.")
  private boolean textOnly;

  @Option(
      names = "--lines",
      description =
          "Tokenizes each line as a text; prints its ids, with --count its number of tokens, with"
              + " --json one object on each line.")
  private boolean lines;

  @Option(names = "--ids", description = "Prints only the ids, separated by spaces.")
  private boolean idsOnly;

  @Option(names = "--count", description = "Prints only the number of tokens.")
  private boolean countOnly;

  @Option(
      names = "--offsets",
      description = "Adds the offsets of each token in characters, its word and its type.")
  private boolean offsets;

  @Option(
      names = "--no-special",
      description = "Leaves out the special tokens that the tokenizer adds.")
  private boolean withoutSpecial;

  @Option(names = "--decode", description = "Decodes: TEXT is ids separated by spaces or commas.")
  private boolean decodes;

  @Option(
      names = "--pattern",
      paramLabel = "NAME",
      description =
          "The model of a tiktoken file that does not tell: gpt2, cl100k, o200k, llama3, llama4,"
              + " kimi, qwen, whisper, ... It has the split pattern and the special tokens.")
  private @Nullable String pattern;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    refuseContradictions();
    Tokenizer tokenizer =
        pattern == null ? ModelFolder.tokenizer(model) : ModelFolder.ranks(model, pattern);
    TokenPrinter table = new TokenPrinter(Output.of(spec), tokenizer);
    if (decodes) {
      String ids = TextSource.read(words, file);
      String text = TextOrigin.of(words, file).check("ids", "ids", () -> table.decode(ids));
      table.text(text, json);
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
          "output: must be one of --ids, --count, --text and --json, got " + forms);
    }
    long inputs = count(chat != null, file != null, words != null && !words.isEmpty());
    if (inputs > 1) {
      throw new IllegalArgumentException(
          "text: must come from arguments, from --file or from --chat, got " + inputs + " of them");
    }
    if (lines && (chat != null || pair != null || decodes)) {
      throw new IllegalArgumentException(
          "--lines: must come without --chat, --pair and --decode; leave one out");
    }
    if (textOnly && chat == null) {
      throw new IllegalArgumentException("--text: must come with --chat, got it alone");
    }
    if (chat != null && pair != null) {
      throw new IllegalArgumentException("--chat: must come without --pair; leave one out");
    }
  }

  private static long count(Boolean... flags) {
    return Arrays.stream(flags).filter(flag -> flag).count();
  }

  private EncodeOptions options() {
    return withoutSpecial ? EncodeOptions.PLAIN : EncodeOptions.DEFAULT;
  }

  private void show(TokenPrinter table, String text, EncodeOptions options) {
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

  private void eachLine(TokenPrinter table) throws IOException {
    if (words != null && !words.isEmpty()) {
      throw new IllegalArgumentException(
          "--lines: must read --file or the standard input, got TEXT");
    }
    try (Utf8Lines reader = Utf8Lines.of(file)) {
      for (String line = reader.next(); line != null; line = reader.next()) {
        Encoding encoding = table.encode(line, null, options());
        if (json) {
          table.json(encoding, line, null);
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
    Chat read = ChatReader.read(conversation.toString(), JsonFile.read(conversation));
    if (read.messages().isEmpty()) {
      throw new CommandException(conversation + ": must hold a message, got none");
    }
    return StoredModel.of(StoredModel.isGguf(path) ? path : folder)
        .chatTemplate()
        .orElseThrow(() ->
            new CommandException(
                "%s: must hold a chat template, got none; this may not be a chat model"
                    .formatted(path)))
        .render(read);
  }
}
