package dev.rapt.cli.command.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.output.ExitStatus;
import dev.rapt.grammar.StoryGrammar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TrainCommandTest {
  private static final long TEXT_BYTES = 40_000;

  @TempDir private Path folder;
  private Path text;

  @BeforeEach
  void writeText() throws IOException {
    text = folder.resolve("stories.txt");
    StoryGrammar.standard().write(text, 1, TEXT_BYTES);
  }

  private CommandLineRun train(Path out, Object... more) {
    List<Object> words =
        new ArrayList<>(
            List.of("train", "--text", text, "--out", out, "--layers", 1, "--width", 32));
    words.addAll(List.of("--heads", 2, "--context", 32, "--batch", 4, "--precision", "f32"));
    words.addAll(List.of(more));
    return CommandLineRun.of(words.toArray());
  }

  @Test
  void aTrainedFolderGeneratesAndHasInfo() {
    Path run = folder.resolve("run");
    CommandLineRun trained = train(run, "--vocab-size", 300, "--steps", 6, "--json");
    assertThat(trained.err()).doesNotContain("rapt: ");
    assertThat(trained.status()).isZero();
    JsonNode result = JsonMapper.shared().readTree(trained.out());
    assertThat(result.get("steps").intValue()).isEqualTo(6);
    assertThat(result.get("held_out_loss").doubleValue()).isBetween(0.0, 7.0);
    assertThat(run)
        .isDirectoryContaining("glob:**config.json")
        .isDirectoryContaining("glob:**model.safetensors")
        .isDirectoryContaining("glob:**tokenizer.json")
        .isDirectoryContaining("glob:**metrics.jsonl")
        .isDirectoryContaining("glob:**loss.png");

    CommandLineRun first = generate(run, 7);
    assertThat(first.status()).isZero();
    JsonNode story = JsonMapper.shared().readTree(first.out());
    assertThat(story.get("tokens").intValue()).isBetween(1, 8);
    assertThat(ids(generate(run, 7))).isEqualTo(ids(first));

    CommandLineRun info = CommandLineRun.of("info", run, "--json");
    JsonNode facts = JsonMapper.shared().readTree(info.out());
    assertThat(facts.get("family").stringValue()).isEqualTo("gpt2");
    assertThat(facts.get("layers").intValue()).isEqualTo(1);
    assertThat(facts.get("tokenizer").get("tokens").intValue()).isEqualTo(300);
    JsonNode parameters = facts.get("parameters");
    assertThat(parameters.get("total").intValue()).isEqualTo(sumOfParts(parameters));

    CommandLineRun tokens = CommandLineRun.of("tokenize", run, "--ids", "Anna had a cat.");
    CommandLineRun back = CommandLineRun.of("tokenize", run, "--decode", tokens.out().strip());
    assertThat(back.out().strip()).isEqualTo("Anna had a cat.");
  }

  private static CommandLineRun generate(Path run, int seed) {
    return CommandLineRun.of(
        "generate", run, "--prompt", "Anna", "--max-tokens", 8, "--seed", seed, "--json");
  }

  private static String ids(CommandLineRun run) {
    return JsonMapper.shared().readTree(run.out()).get("ids").toString();
  }

  private static int sumOfParts(JsonNode parameters) {
    return parameters
        .propertyStream()
        .filter(part -> !part.getKey().equals("total") && part.getValue().isNumber())
        .mapToInt(part -> part.getValue().intValue())
        .sum();
  }

  @Test
  void aResumedRunHasTheLossesOfAnUninterruptedRun() throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    Object[] options = {
      "--char",
      "--steps",
      6,
      "--save-interval",
      3,
      "--keep",
      5,
      "--dropout",
      0.1,
      "--sample-interval",
      0
    };
    assertThat(train(whole, options).status()).isZero();
    assertThat(train(parts, options).status()).isZero();
    deleteTree(parts.resolve("checkpoints").resolve("step-00000006"));
    CommandLineRun resumed = CommandLineRun.of("train", "--resume", "--out", parts);
    assertThat(resumed.err()).contains("resuming from").doesNotContain("rapt: ");
    assertThat(resumed.status()).isZero();
    assertThat(losses(parts)).isEqualTo(losses(whole)).hasSize(6);
  }

  @Test
  void aFolderWithARunIsNotOverwritten() {
    Path run = folder.resolve("run");
    assertThat(train(run, "--char", "--steps", 1).status()).isZero();
    CommandLineRun again = train(run, "--char", "--steps", 1);
    assertThat(again.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(again.err()).contains("must not hold a run already", "--resume");
    CommandLineRun other = CommandLineRun.of("train", "--resume", "--out", run, "--lr", 1);
    assertThat(other.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(other.err()).contains("--resume: must come without options of the run, got --lr");
  }

  @Test
  void modelOptionsCombine() {
    Object[][] combinations = {
      {
        "--positions",
        "rope",
        "--norm",
        "rms",
        "--mlp",
        "gated",
        "--activation",
        "silu",
        "--no-bias"
      },
      {"--positions", "alibi", "--kv-heads", 1, "--norm-place", "post", "--activation", "relu2"},
      {"--positions", "none", "--window", 8, "--no-tied", "--optimizer", "lion"},
      {"--positions", "sinusoidal", "--schedule", "wsd", "--accumulate", 2, "--recompute"},
    };
    for (int i = 0; i < combinations.length; i++) {
      List<Object> options = new ArrayList<>(List.of("--char", "--steps", 2));
      options.addAll(List.of(combinations[i]));
      Path run = folder.resolve("run" + i);
      CommandLineRun trained = train(run, options.toArray());
      assertThat(trained.err()).doesNotContain("rapt: ");
      assertThat(trained.status()).isZero();
      assertThat(CommandLineRun.of("generate", run, "-p", "A", "-n", 4).status()).isZero();
    }
  }

  @Test
  void optionsOfOtherOptimizersAreRefusedAndThoseOfMuonsAdamWMatter() throws IOException {
    for (String optimizer : List.of("sgd", "adafactor")) {
      CommandLineRun run =
          train(
              folder.resolve("refused"),
              "--char",
              "--steps",
              1,
              "--optimizer",
              optimizer,
              "--beta2",
              0.9);
      assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
      assertThat(run.err())
          .contains(
              "--beta2: must come with an optimiser that has it, got " + optimizer + "; leave it");
    }
    Object[] muon = {"--char", "--steps", 3, "--optimizer", "muon"};
    Path usual = folder.resolve("usual");
    Path other = folder.resolve("other");
    assertThat(train(usual, muon).status()).isZero();
    Object[] withBeta1 = Arrays.copyOf(muon, muon.length + 2);
    withBeta1[muon.length] = "--beta1";
    withBeta1[muon.length + 1] = 0.5;
    assertThat(train(other, withBeta1).status()).isZero();
    assertThat(losses(other)).isNotEqualTo(losses(usual)).hasSize(3);
  }

  private static List<String> losses(Path run) throws IOException {
    return Files.readAllLines(run.resolve("metrics.jsonl")).stream()
        .map(line -> JsonMapper.shared().readTree(line))
        .filter(line -> line.has("grad_norm"))
        .map(line -> line.get("step") + " " + line.get("loss"))
        .toList();
  }

  private static void deleteTree(Path path) throws IOException {
    try (var files = Files.walk(path)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void aRunThatFailsLeavesTheFolderAsItWas() throws IOException {
    text = Files.writeString(folder.resolve("short.txt"), "The cat sat.");
    Path fresh = folder.resolve("fresh");
    CommandLineRun failed = train(fresh, "--vocab-size", 300, "--steps", 1);
    assertThat(failed.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(failed.err()).contains("must be longer than the context");
    assertThat(fresh).doesNotExist();
    Path used = Files.createDirectories(folder.resolve("used"));
    Files.writeString(used.resolve("notes.txt"), "mine");
    failed = train(used, "--vocab-size", 300, "--steps", 1);
    assertThat(failed.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(failed.err())
        .contains(used + ": holds other files, such as notes.txt; the run is written beside them");
    assertThat(used).isDirectoryContaining(path -> path.endsWith("notes.txt"));
    assertThat(used.toFile().list()).hasSize(1);
  }

  @Test
  void aFolderOfTheSameRunGetsNoNoteOnOtherFiles() {
    Path run = folder.resolve("run");
    assertThat(train(run, "--vocab-size", 300, "--steps", 1).err()).doesNotContain("other files");
  }

  @Test
  void aSentencePieceFileAloneServesAsTokenizer() {
    Path pieces =
        Path.of("../rapt-tokenizers/src/test/resources/translation/mbart/sentencepiece.bpe.model");
    Path run = folder.resolve("run");
    CommandLineRun trained = train(run, "--tokenizer", pieces, "--steps", 1);
    assertThat(trained.status()).as(trained.err()).isZero();
    assertThat(ids(generate(run, 7))).isNotEmpty();
  }
}
