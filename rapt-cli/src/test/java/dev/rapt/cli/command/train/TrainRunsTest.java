package dev.rapt.cli.command.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.output.ExitStatus;
import dev.rapt.train.RunLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The folder of a run: who may write to it, what resumes it, what its files are like. */
class TrainRunsTest {
  private static final String LINE = "the cat sat on the mat and saw a dog. ";

  @TempDir private Path folder;
  private Path text;
  private Path run;

  @BeforeEach
  void writeText() throws IOException {
    text = Files.writeString(folder.resolve("text.txt"), LINE.repeat(100));
    run = folder.resolve("run");
  }

  private CommandLineRun train(Path out, Object... more) {
    List<Object> words = new ArrayList<>(List.of("train", "--text", text, "--out", out));
    words.addAll(List.of("--layers", 1, "--width", 16, "--heads", 1, "--context", 16));
    words.addAll(List.of("--batch", 2, "--steps", 4, "--save-interval", 2, "--keep", 5));
    words.addAll(List.of("--precision", "f32", "--sample-interval", 0, "--char"));
    words.addAll(List.of(more));
    return CommandLineRun.of(words.toArray());
  }

  private CommandLineRun resume(Object... more) {
    List<Object> words = new ArrayList<>(List.of("train", "--resume", "--out", run));
    words.addAll(Arrays.asList(more));
    return CommandLineRun.of(words.toArray());
  }

  /** A run of four steps whose last checkpoint is gone, as if it had been interrupted. */
  private void interruptedRun(Object... more) throws IOException {
    assertThat(train(run, more).status()).isZero();
    deleteTree(run.resolve("checkpoints/step-00000004"));
  }

  private static void assertRefused(CommandLineRun run, String... parts) {
    assertThat(run.err()).contains("rapt: ").contains(parts).doesNotContain("Exception");
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
  }

  private static void deleteTree(Path path) throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void aSecondTrainingInAFolderIsRefused() throws IOException {
    assertThat(train(run).status()).isZero();
    byte[] before = Files.readAllBytes(run.resolve("run.json"));
    String busy = run + ": must be written by one training at a time";
    try (RunLock _ = RunLock.acquire(run)) {
      assertRefused(CompletableFuture.supplyAsync(() -> train(run)).join(), busy);
      assertRefused(CompletableFuture.supplyAsync(this::resume).join(), busy);
    }
    assertThat(run.resolve("run.json")).hasBinaryContent(before);
    Path demo = folder.resolve("demo");
    try (RunLock _ = RunLock.acquire(demo)) {
      assertRefused(
          CompletableFuture.supplyAsync(() -> CommandLineRun.of("demo", "--out", demo)).join(),
          demo + ": must be written by one training at a time");
    }
  }

  @Test
  void aFolderWithAnotherModelIsNotOverwritten() throws IOException {
    Files.createDirectories(run);
    Path config = Files.writeString(run.resolve("config.json"), "{}");
    assertRefused(train(run), run + ": must not hold a model already, got one with config.json");
    assertThat(config).hasContent("{}");
    assertThat(run.toFile().list()).containsExactly("config.json");
  }

  @Test
  void aFolderWithOtherFilesIsNotThatOfADemo() throws IOException {
    Files.createDirectories(run);
    Files.writeString(run.resolve("notes.txt"), "notes");
    assertRefused(
        CommandLineRun.of("demo", "--out", run), run + ": must be new or made by rapt demo");
    assertThat(run.toFile().list()).containsExactly("notes.txt");
  }

  @Test
  void heldOutTextThatPredictsNothingIsRefusedBeforeTraining() throws IOException {
    Path one = Files.writeString(folder.resolve("one.txt"), "a");
    assertRefused(train(run, "--val-text", one), "held-out text: must have at least 2 tokens");
    assertRefused(train(run, "--val-fraction", 1e-9), "held-out text: must have at least 2 tokens");
    assertThat(run.resolve("metrics.jsonl")).doesNotExist();
  }

  @Test
  void aChangedTextIsRefused() throws IOException {
    interruptedRun();
    FileTime time = Files.getLastModifiedTime(text);
    for (String changed :
        List.of(
            LINE.repeat(100) + "more",
            LINE.repeat(99),
            LINE.repeat(99) + LINE.toUpperCase(Locale.ROOT))) {
      Files.writeString(text, changed);
      Files.setLastModifiedTime(text, time);
      assertRefused(resume(), text + ": must be the text with which the run began", "got another");
    }
    Files.writeString(text, LINE.repeat(100));
    assertThat(resume().status()).isZero();
  }

  @Test
  void aChangedHeldOutTextIsRefused() throws IOException {
    Path heldOut = Files.writeString(folder.resolve("held-out.txt"), LINE.repeat(10));
    interruptedRun("--val-text", heldOut);
    Files.writeString(heldOut, LINE.repeat(11));
    assertRefused(resume(), heldOut + ": must be the text with which the run began");
  }

  @Test
  void aMovedTextIsUsedWhenItIsNamed() throws IOException {
    assertThat(train(folder.resolve("whole")).status()).isZero();
    interruptedRun();
    Path moved = Files.move(text, folder.resolve("moved.txt"));
    deleteTree(run.resolve("data"));
    assertRefused(resume(), text + ": must exist, since its tokens in", "--text");
    Path other = Files.writeString(folder.resolve("other.txt"), LINE.repeat(101));
    assertRefused(resume("--text", other), other + ": must be the text with which the run began");
    CommandLineRun tooMany = resume("--text", moved, other);
    assertThat(tooMany.err()).contains("--text: must name the 1 files");
    assertThat(tooMany.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(resume("--text", moved).status()).isZero();
    assertThat(run.resolve("model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("whole/model.safetensors"));
    assertThat(resume().err()).doesNotContain("no longer there");
  }

  @Test
  void aTextThatIsGoneIsNotNeededWhileItsTokensAreComplete() throws IOException {
    assertThat(train(folder.resolve("whole")).status()).isZero();
    interruptedRun();
    Files.delete(text);
    CommandLineRun resumed = resume();
    assertThat(resumed.err())
        .contains(text + ": no longer there; going on with its tokens in " + run.resolve("data"));
    assertThat(resumed.status()).isZero();
    assertThat(run.resolve("model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("whole/model.safetensors"));
  }

  @Test
  void anotherTokenizerIsRefused() throws IOException {
    interruptedRun();
    Path tokenizer = run.resolve("tokenizer.json");
    String before = Files.readString(tokenizer);
    Files.writeString(tokenizer, before.replace("\"version\" : \"1.0\"", "\"version\": \"1.0\""));
    assertRefused(resume(), tokenizer + ": must be the tokenizer with which the run began");
    Files.writeString(tokenizer, before);
    assertThat(resume().status()).isZero();
  }

  @Test
  void otherOptionsAreRefusedByName() throws IOException {
    interruptedRun();
    Path file = run.resolve("run.json");
    String before = Files.readString(file);
    Files.writeString(file, before.replace("\"batchSize\" : 2", "\"batchSize\" : 4"));
    assertRefused(resume(), "run.json: data.batchSize must be 2 as in ", "got 4");
    Files.writeString(file, before.replace("\"lr\" : 0.001", "\"lr\" : 0.01"));
    assertRefused(resume(), "run.json: options.lr must be 0.001 as in ", "got 0.01");
    Files.writeString(file, before);
    CommandLineRun given = resume("--steps", 9);
    assertThat(given.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(given.err()).contains("must come without options of the run, got --steps");
  }

  @Test
  void aFinishedRunThatIsResumedReportsItsLosses() {
    JsonNode first = JsonMapper.shared().readTree(train(run, "--json").out());
    JsonNode again = JsonMapper.shared().readTree(resume("--json").out());
    for (String key : List.of("steps", "loss", "held_out_loss", "held_out_bits_per_byte")) {
      assertThat(again.get(key)).as(key).isEqualTo(first.get(key));
      assertThat(again.get(key).isNumber()).as(key).isTrue();
    }
  }

  @Test
  void resumingWhatIsNoRunChangesNothing() {
    assertRefused(resume(), run + ": must be the folder of a run to resume");
    assertThat(run).doesNotExist();
  }

  @Test
  void charactersThatTheVocabularyLacksAreRefused() throws IOException {
    Path snow = Files.writeString(folder.resolve("snow.txt"), (LINE + "\u2603\u2603").repeat(10));
    String problem = "got 20 of 400 that it lacks: '\u2603' (U+2603) 20 times";
    assertRefused(train(run, "--val-text", snow), snow + ": must hold only characters", problem);
    assertThat(train(run).status()).isZero();
    assertRefused(CommandLineRun.of("perplexity", run, "--text", snow), snow.toString(), problem);
    CommandLineRun prompt = CommandLineRun.of("generate", run, "-p", "the \u2603", "-n", 2);
    assertThat(prompt.err())
        .contains("-p: must hold only characters of the vocabulary, got 1 of 5");
    assertThat(prompt.out()).isEmpty();
    assertThat(prompt.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(CommandLineRun.of("generate", run, "-p", "the cat", "-n", 2).status()).isZero();
  }

  @Test
  void bitsPerByteAreThoseOfPerplexity() throws IOException {
    Path heldOut =
        Files.writeString(folder.resolve("held-out.txt"), LINE.repeat(6) + "\n\n" + LINE);
    Files.writeString(text, LINE.repeat(100) + "\n\n" + "stop");
    CommandLineRun trained = train(run, "--val-text", heldOut, "--json");
    double bits =
        JsonMapper.shared().readTree(trained.out()).get("held_out_bits_per_byte").doubleValue();
    CommandLineRun measured = CommandLineRun.of("perplexity", run, "--text", heldOut, "--json");
    double expected =
        JsonMapper.shared().readTree(measured.out()).get("bits_per_byte").doubleValue();
    // the last window is shorter than a context: perplexity leaves it out
    assertThat(bits).isCloseTo(expected, withinPercentage(5));
  }

  @Test
  void theOffsetOfBadUtf8IsNamed() throws IOException {
    byte[] bytes = LINE.repeat(3000).getBytes(StandardCharsets.UTF_8);
    for (int offset : new int[] {5, 100_000}) {
      byte[] bad = bytes.clone();
      bad[offset] = (byte) 0xe9;
      Files.write(text, bad);
      assertRefused(train(run), "text.txt: must be UTF-8 text, got byte 0xE9 at offset " + offset);
    }
  }

  @Test
  void allFilesHaveTheUsualPermissions() throws IOException {
    Set<PosixFilePermission> usual =
        Files.getPosixFilePermissions(Files.writeString(folder.resolve("usual"), "x"));
    assertThat(train(run).status()).isZero();
    Path copy = folder.resolve("copy");
    assertThat(CommandLineRun.of("convert", run, copy, "--dtype", "bf16").status()).isZero();
    for (Path out : List.of(run, copy)) {
      try (Stream<Path> files = Files.walk(out)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          assertThat(Files.getPosixFilePermissions(file)).as(file.toString()).isEqualTo(usual);
        }
      }
    }
  }
}
