package dev.rapt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.cli.output.ExitStatus;
import dev.rapt.model.Classifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command reports bad input in one sentence and with an exit status. */
class BadInputTest {
  private static final String TEXT = "the cat saw a dog <mask>";

  @TempDir private static Path folder;

  /** A valid model for each command that takes one. */
  private static Map<String, Path> models;

  @BeforeAll
  static void writeModels() throws IOException {
    Path decoder = TinyModels.decoder(folder.resolve("decoder"), 0.3);
    Path bart = TinyModels.encoderDecoder(folder.resolve("bart"), "bart");
    Path masked = TinyModels.masked(folder.resolve("masked"));
    models =
        Map.of(
            "generate", decoder,
            "chat", decoder,
            "perplexity", decoder,
            "summarize", bart,
            "translate", bart,
            "fill-mask", masked,
            "embed", masked,
            "classify", TinyModels.classifier(folder.resolve("classes"), Classifier.Unit.SEQUENCE),
            "tag", TinyModels.classifier(folder.resolve("tags"), Classifier.Unit.TOKEN),
            "answer", TinyModels.answerer(folder.resolve("answers")));
  }

  /** Runs a command with a model, and with a text if the command reads one. */
  private static CommandLineRun run(String command, Path model, Object... more) throws IOException {
    List<Object> words = new ArrayList<>(List.of(command, model));
    switch (command) {
      case "generate" -> words.addAll(List.of("-n", 2, "-p", TEXT));
      case "summarize", "translate" -> words.addAll(List.of("-n", 2, TEXT));
      case "chat" -> words.addAll(List.of("--history", folder.resolve("history")));
      case "perplexity" ->
          words.addAll(List.of("--text", Files.writeString(folder.resolve("text.txt"), TEXT)));
      case "answer" -> words.addAll(List.of("the cat", TEXT));
      default -> words.add(TEXT);
    }
    words.addAll(Arrays.asList(more));
    return CommandLineRun.of(words.toArray());
  }

  private static void assertFails(CommandLineRun run, int status, String sentence) {
    assertThat(run.err()).startsWith("rapt: ").contains(sentence);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).doesNotContain("Exception", "\tat ", "unexpected");
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(status);
  }

  private static Path copy(Path model, String name) throws IOException {
    Path copy = Files.createDirectories(folder.resolve(name));
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  /** A defect of a model folder. */
  record Damage(String name, String sentence, Consumer<Path> change) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Consumer<Path> write(String file, byte[] bytes) {
    return model -> {
      try {
        Files.write(model.resolve(file), bytes);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    };
  }

  private static Consumer<Path> write(String file, String text) {
    return write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private static Consumer<Path> delete(String file) {
    return model -> {
      try {
        Files.delete(model.resolve(file));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    };
  }

  /** Makes every weight NaN; keeps the header. */
  private static void spoil(Path model) {
    try {
      Path file = model.resolve(Checkpoint.SINGLE_FILE);
      byte[] bytes = Files.readAllBytes(file);
      int header = 8 + (bytes[0] & 255) + 256 * (bytes[1] & 255);
      Arrays.fill(bytes, header, bytes.length, (byte) 0xff);
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<Damage> damages() {
    String weights = Checkpoint.SINGLE_FILE;
    return List.of(
        new Damage("no config", "without config.json", delete("config.json")),
        new Damage("empty config", "config.json: must hold a JSON value", write("config.json", "")),
        new Damage("config no JSON", "config.json: must be valid JSON", write("config.json", "{")),
        new Damage("array", "must hold a JSON object", write("config.json", "[1]")),
        new Damage(
            "unknown type",
            "config.json: model_type must be",
            write("config.json", "{\"model_type\": \"frobnicate\"}")),
        new Damage("no weights", "must hold model.safetensors", delete(weights)),
        new Damage(
            "pickled weights",
            "weights must be in safetensors, got pytorch_model.bin",
            delete(weights).andThen(write("pytorch_model.bin", "x"))),
        new Damage("empty weights", "model.safetensors: must begin", write(weights, "")),
        new Damage(
            "pointer to weights",
            "git lfs pull",
            write(weights, "version https://git-lfs.github.com/spec/v1\n")),
        new Damage("other weights", "model.safetensors: ", write(weights, "<html></html>")),
        new Damage("NaN", "must be finite, got NaN", BadInputTest::spoil),
        new Damage("no tokenizer", "must hold a tokenizer.json", delete("tokenizer.json")),
        new Damage(
            "empty tokenizer",
            "tokenizer.json: must be an object, got an empty file",
            write("tokenizer.json", "")),
        new Damage(
            "broken tokenizer", "tokenizer.json: must be valid JSON", write("tokenizer.json", "{")),
        new Damage(
            "tokenizer without model",
            "tokenizer.json: model: must be an object, got nothing",
            write("tokenizer.json", "{}")));
  }

  static Stream<Arguments> damagedModels() {
    return models.keySet().stream()
        .sorted()
        .flatMap(command ->
            damages().stream()
                .filter(damage -> !command.equals("chat") || !damage.name().equals("NaN"))
                .map(damage -> Arguments.of(command, damage)));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("damagedModels")
  void aDamagedModelIsRefused(String command, Damage damage) throws IOException {
    Path model = copy(models.get(command), command + " " + damage.name());
    damage.change().accept(model);
    assertFails(run(command, model), ExitStatus.FAILED, damage.sentence());
  }

  static Stream<String> commandsWithModels() {
    return models.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("commandsWithModels")
  void pathsThatAreNoModelFolderAreRefused(String command) throws IOException {
    Path nothing = folder.resolve("nothing");
    Path file = Files.writeString(folder.resolve("file"), "x");
    assertFails(
        run(command, nothing), ExitStatus.FAILED, "must be the folder of a model, got nothing");
    assertFails(run(command, file), ExitStatus.FAILED, "must be the folder of a model, got a file");
    assertFails(run(command, Path.of("")), ExitStatus.USAGE, "MODEL: must be a folder or a name");
    assertFails(
        run(command, Path.of("org/name")), ExitStatus.FAILED, "rapt pull org/name downloads");
    assertFails(CommandLineRun.of(command), ExitStatus.USAGE, "MODEL");
  }

  @ParameterizedTest
  @ValueSource(strings = {"finetune --train", "pretrain --text"})
  void misspeltOptionAfterAListOfFilesIsNoFile(String start) {
    List<Object> words = new ArrayList<>(List.of(start.split(" ", -1)));
    words.addAll(List.of("a.tsv", "--stepz", "5", "--out", folder.resolve("run")));
    assertFails(
        CommandLineRun.of(words.toArray()),
        ExitStatus.USAGE,
        "'--stepz', '5': not an option of this command");
  }

  @ParameterizedTest
  @MethodSource("commandsWithModels")
  void modelsForAnotherTaskAreRefused(String command) throws IOException {
    for (Path model : models.values()) {
      boolean isRight = model.equals(models.get(command));
      boolean anyEncoder = command.equals("embed");
      boolean readsBoth = command.equals("generate") && model.endsWith("bart");
      if (!isRight && !anyEncoder && !readsBoth) {
        CommandLineRun run = run(command, model);
        assertFails(run, ExitStatus.FAILED, "config.json: ");
        assertThat(run.err()).contains("rapt ");
      }
    }
  }

  static Stream<String> commandsWithTexts() {
    return commandsWithModels().filter(c -> !List.of("chat", "perplexity").contains(c));
  }

  @ParameterizedTest
  @MethodSource("commandsWithTexts")
  void invalidTextIsRefused(String command) throws IOException {
    byte[] latin = {'c', 'a', 'f', (byte) 0xe9};
    Path binary = Files.write(folder.resolve("latin.txt"), latin);
    Path empty = Files.write(folder.resolve("empty.txt"), new byte[0]);
    Path nothing = folder.resolve("nothing");
    assertFails(
        fromFile(command, binary), ExitStatus.FAILED, "latin.txt: must be UTF-8 text, got byte");
    assertFails(fromFile(command, empty), ExitStatus.FAILED, "empty.txt: must hold text, got none");
    assertFails(fromFile(command, nothing), ExitStatus.FAILED, "must be a text file, got nothing");
    assertFails(fromFile(command, folder), ExitStatus.FAILED, "must be a text file, got a folder");
    assertFails(run(command, models.get(command), "-f", empty), ExitStatus.USAGE, "got both");
    assertFails(fromInput(command, new byte[0]), ExitStatus.USAGE, ": must be given, got none");
    assertFails(fromInput(command, latin), ExitStatus.FAILED, "standard input: must be UTF-8 text");
  }

  private static CommandLineRun fromFile(String command, Path file) {
    return CommandLineRun.of(words(command, "-f", file));
  }

  private static CommandLineRun fromInput(String command, byte[] bytes) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(bytes));
    try {
      return CommandLineRun.of(words(command));
    } finally {
      System.setIn(before);
    }
  }

  private static Object[] words(String command, Object... more) {
    List<Object> words = new ArrayList<>(List.of(command, models.get(command)));
    if (command.equals("answer")) {
      words.add("the cat");
    }
    words.addAll(Arrays.asList(more));
    return words.toArray();
  }

  @Test
  void aByteOrderMarkIsNotPartOfAText() {
    byte[] marked = "\uFEFFthe cat\n".getBytes(StandardCharsets.UTF_8);
    CommandLineRun run = fromInput("classify", marked);
    assertThat(run.status()).isZero();
    assertThat(run.out()).endsWith(" the cat" + System.lineSeparator());
  }

  static Stream<Arguments> badOptions() {
    String drawing = "must come with sampling, got a search for the best token";
    return Stream.of(
        Arguments.of("generate", "--top-p abc", "--top-p: must be a number, got 'abc'"),
        Arguments.of("generate", "--top-p NaN", "--top-p: must be a finite number"),
        Arguments.of("generate", "--top-p 1.5", "--top-p: must be from 0 to 1, got 1.5"),
        Arguments.of("generate", "--top-k -1", "--top-k: must be at least 0"),
        Arguments.of(
            "generate",
            "--top-k 99999999999",
            "--top-k: must be from 0 to 2147483647, got 99999999999"),
        Arguments.of("generate", "--seed 1.5", "--seed: must be a whole number, got '1.5'"),
        Arguments.of("generate", "--temperature 0 --top-p 0.5", "--top-p: " + drawing),
        Arguments.of("generate", "--beams 2 --min-p 0.5", "--min-p: " + drawing),
        Arguments.of("generate", "--beams 0", "--beams: must be from 1 to 1000, got 0"),
        Arguments.of("generate", "--beams 2000000000", "--beams: must be from 1 to 1000"),
        Arguments.of("generate", "--length-penalty 1", "--length-penalty: must come with --beams"),
        Arguments.of(
            "generate", "--beams 2 --diversity-penalty 1", "must come with --beam-groups of at"),
        Arguments.of("generate", "--penalty-alpha 0.6", "must come with --top-k of at least 2"),
        Arguments.of(
            "generate",
            "--penalty-alpha 0.6 --top-k 4 --temperature 1",
            "must come without --beams and --temperature"),
        Arguments.of("generate", "--suppress 99", "--suppress: must be ids from 0 to 17, got 99"),
        Arguments.of(
            "generate", "--begin-suppress -1", "--begin-suppress: must be at least 0, got -1"),
        Arguments.of("generate", "--forced-eos 1,99", "--forced-eos: must be ids from 0"),
        Arguments.of("generate", "--stop-token 99", "--stop-token: must be ids from 0"),
        Arguments.of("generate", "--decay 5", "--decay: must be N,X, got '5'"),
        Arguments.of("generate", "--decay 1.5,2", "--decay: must be a whole number"),
        Arguments.of("generate", "--bias cat", "--bias: must be TEXT=X, got 'cat'"),
        Arguments.of("generate", "--bias cat=much", "--bias: must be a number, got 'much'"),
        Arguments.of("generate", "--min-tokens 3", "--min-tokens: must be at most --max-tokens"),
        Arguments.of("generate", "--logprobs 1", "--logprobs: must come with --json"),
        Arguments.of("generate", "--logprobs -1 --json", "--logprobs: must be at least 0"),
        Arguments.of("generate", "--num-return-sequences 9999999", "must be from 1 to 1000"),
        Arguments.of("generate", "-n 2", "-n: must be given once, got it twice"),
        Arguments.of("summarize", "--top-k 5", "--top-k: " + drawing),
        Arguments.of("summarize", "--forced-bos 99", "--forced-bos: must be ids from 0"),
        Arguments.of("translate", "--from en", "languages: must be given for source and target"),
        Arguments.of("translate", "--from en --to fr --prefix x", "prefix: must be left out"),
        Arguments.of("classify", "--top 0", "--top: must be at least 1, got 0"),
        Arguments.of("classify", "--max-length 0", "--max-length: must be at least 1, got 0"),
        Arguments.of("classify", "--max-length 25", "--max-length: must be from 2 to 24 tokens"),
        Arguments.of("classify", "--overlap 4", "--overlap: must come with --windows"),
        Arguments.of("classify", "--windows --overlap -1", "--overlap: must be at least 0, got -1"),
        Arguments.of("tag", "--overlap -1", "--overlap: must be at least 0, got -1"),
        Arguments.of("answer", "--top 0", "--top: must be at least 1, got 0"),
        Arguments.of("fill-mask", "--top -1", "--top: must be at least 1, got -1"),
        Arguments.of("perplexity", "--batch 0", "--batch: must be at least 1, got 0"),
        Arguments.of("perplexity", "--window -5", "--window: must be at least 1, got -5"),
        Arguments.of("classify", "--frobnicate", "'--frobnicate': not an option of this command"));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("badOptions")
  void invalidOptionsAreRefused(String command, String options, String sentence)
      throws IOException {
    Object[] words = options.split(" ");
    assertFails(run(command, models.get(command), words), ExitStatus.USAGE, sentence);
  }

  @Test
  void unwritableOutputsAreRefusedBeforeAnyWork() throws IOException {
    Path file = Files.writeString(folder.resolve("a-file"), "x");
    Path text = Files.writeString(folder.resolve("book.txt"), "the cat. ".repeat(100));
    for (Path out : List.of(file, file.resolve("below"))) {
      CommandLineRun train = CommandLineRun.of("train", "--text", text, "--out", out, "--steps", 1);
      assertFails(train, ExitStatus.FAILED, "must be a folder, got ");
      assertFails(
          CommandLineRun.of("demo", "--out", out), ExitStatus.FAILED, "must be a folder, got ");
    }
    assertFails(
        CommandLineRun.of("convert", models.get("generate"), file.resolve("below")),
        ExitStatus.FAILED,
        "is not a folder");
  }

  @Test
  void conversationsWithoutMessagesAreRefused() throws IOException {
    Path chat = Files.writeString(folder.resolve("chat.json"), "[]");
    Path model = copy(models.get("generate"), "templated");
    write("chat_template.jinja", "{{ messages[0].content }}").accept(model);
    assertFails(
        CommandLineRun.of("tokenize", model, "--chat", chat),
        ExitStatus.FAILED,
        "chat.json: must hold a message, got none");
    Files.writeString(chat, "");
    assertFails(
        CommandLineRun.of("tokenize", model, "--chat", chat),
        ExitStatus.FAILED,
        "chat.json: must hold JSON, got an empty file");
    Files.writeString(chat, "[{\"role\": \"user\", \"content\": \"the cat\"}]");
    write("chat_template.jinja", "{% for").accept(model);
    assertThat(CommandLineRun.of("tokenize", model, "--chat", chat).err())
        .startsWith("rapt: ")
        .contains("chat template")
        .doesNotContain("\tat ");
  }
}
