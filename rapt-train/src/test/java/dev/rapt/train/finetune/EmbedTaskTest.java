package dev.rapt.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.text.TextEmbedder;
import dev.rapt.train.RunFolder;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.Trainer;
import dev.rapt.train.example.ExampleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** A random encoder learns which words belong together; its folder embeds texts accordingly. */
class EmbedTaskTest {
  @TempDir private static Path shared;
  @TempDir private Path temp;

  private static Path plain;
  private static Path pairs;

  @BeforeAll
  static void write() throws IOException {
    plain = TinyEmbedder.plain(shared.resolve("plain"), 1, 3);
    pairs = TinyEmbedder.pairs(shared.resolve("pairs.jsonl"));
  }

  private static FineTuning tuning(Path base, Path examples, double epochs) {
    return FineTuning.of("embed", base)
        .train(examples)
        .heldOut(examples)
        .epochs(epochs)
        .batchSize(32)
        .options(usual -> usual.lr(5e-3).precision(PrecisionMode.F32));
  }

  /** Returns the share of words a whose nearest word b is that of the same topic. */
  private static double rightNeighbours(Path folder) {
    try (TextEmbedder model = TextEmbedder.load(folder)) {
      List<String> anchors = words("a"), others = words("b");
      List<TextEmbedder.Embedded> x = model.embed(anchors), y = model.embed(others);
      int right = 0;
      for (int i = 0; i < x.size(); i++) {
        int best = 0;
        for (int j = 0; j < y.size(); j++) {
          double score = model.similarity().of(x.get(i).vector(), y.get(j).vector());
          best = score > model.similarity().of(x.get(i).vector(), y.get(best).vector()) ? j : best;
        }
        right += best == i ? 1 : 0;
      }
      return (double) right / x.size();
    }
  }

  private static List<String> words(String letter) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < TinyEmbedder.TOPICS; i++) {
      words.add(letter + i + " " + letter + i * 7 % TinyEmbedder.TOPICS);
    }
    return words;
  }

  @Test
  void pairsBringWhatBelongsTogetherClose() throws IOException {
    Path folder = temp.resolve("run");
    FineTuning.Result result = tuning(plain, pairs, 12).set("normalize", "true").run(folder);
    assertThat(result.metrics().keySet())
        .containsExactly("accuracy_at_1", "mrr_at_10", "ndcg_at_10", "recall_at_10");
    assertThat(result.metrics().get("ndcg_at_10")).isGreaterThan(0.95);
    assertThat(rightNeighbours(plain)).isLessThan(0.3);
    assertThat(rightNeighbours(folder)).isGreaterThan(0.7);
    try (TextEmbedder model = TextEmbedder.load(folder)) {
      assertThat(model.hasModules()).isTrue();
      assertThat(model.maxTokens()).isEqualTo(16);
      float[] vector = model.embed("a1").vector();
      double squares = 0;
      for (float x : vector) {
        squares += (double) x * x;
      }
      assertThat(squares).isBetween(0.9999, 1.0001);
    }
  }

  @Test
  void modulesAreTrainedAndWhatTheFolderSaysIsKept() throws IOException {
    Path base = TinyEmbedder.withModules(temp.resolve("base"), "0_Transformer");
    Path folder = temp.resolve("run");
    tuning(base, pairs, 2).set("document-prompt", "b1 ").run(folder);
    assertThat(Files.readAllBytes(folder.resolve("2_Dense/model.safetensors")))
        .isNotEqualTo(Files.readAllBytes(base.resolve("2_Dense/model.safetensors")));
    assertThat(folder.resolve("0_Transformer")).doesNotExist();
    assertThat(JsonFiles.read(folder.resolve("4_Dense/config.json")))
        .isEqualTo(JsonFiles.read(base.resolve("4_Dense/config.json")));
    JsonNode settings = JsonFiles.read(folder.resolve("config_sentence_transformers.json"));
    assertThat(settings.get("kept").intValue()).isEqualTo(7);
    assertThat(settings.get("prompts").get("query").stringValue()).isEqualTo("a0 ");
    assertThat(settings.get("prompts").get("document").stringValue()).isEqualTo("b1 ");
    try (TextEmbedder model = TextEmbedder.load(folder)) {
      assertThat(model.embed("a1").vector()).hasSize(16);
    }
  }

  @Test
  void aResumedRunEndsWithTheBitsOfOneThatRanThrough() throws IOException {
    Path base = TinyEmbedder.withModules(temp.resolve("base"), "");
    Path whole = temp.resolve("whole"), parted = temp.resolve("parted");
    tuning(base, pairs, 2).run(whole);
    List<Trainer<?>> trainers = new ArrayList<>();
    FineTuning stopped = tuning(base, pairs, 2).onStart(trainers::add);
    stopped.listener(
        new TrainListener() {
          @Override
          public void onStep(StepMetrics step) {
            if (step.step() == 3) {
              trainers.getFirst().requestStop();
            }
          }
        });
    assertThat(stopped.run(parted).training().stopped()).isTrue();
    FineTuning.resuming(parted).run(parted);
    for (String file : List.of("", "2_Dense/", "4_Dense/")) {
      assertThat(parted.resolve(file + "model.safetensors"))
          .hasSameBinaryContentAs(whole.resolve(file + "model.safetensors"));
    }
    Path last = RunFolder.newest(parted).orElseThrow();
    assertThat(last.resolve("tokenizer.json")).exists();
    assertThat(last.resolve("1_Pooling/config.json")).exists();
    assertThat(parted.resolve("modules.json"))
        .hasSameTextualContentAs(whole.resolve("modules.json"));
  }

  @Test
  void chunksDoNotChangeTheModel() throws IOException {
    Path whole = temp.resolve("whole"), chunked = temp.resolve("chunked");
    List<Double> losses = new ArrayList<>(), inChunks = new ArrayList<>();
    noDropout(1).listener(recorder(losses)).run(whole);
    noDropout(1).set("chunk", "5").listener(recorder(inChunks)).run(chunked);
    assertThat(inChunks).hasSameSizeAs(losses);
    for (int i = 0; i < losses.size(); i++) {
      assertThat(inChunks.get(i)).isCloseTo(losses.get(i), within(1e-4));
    }
  }

  private FineTuning noDropout(double epochs) throws IOException {
    Path base = temp.resolve("base");
    if (!Files.exists(base)) {
      TinyEmbedder.plain(base, 1, 3);
      Path config = base.resolve("config.json");
      Files.writeString(
          config, Files.readString(config).replaceAll("(dropout_prob\"\\s*:\\s*)0\\.1", "$10.0"));
    }
    return tuning(base, pairs, epochs);
  }

  private static TrainListener recorder(List<Double> losses) {
    return new TrainListener() {
      @Override
      public void onStep(StepMetrics step) {
        losses.add(step.loss());
      }
    };
  }

  @Test
  void matryoshkaVectorsAreGoodWhenTheyAreCut() throws IOException {
    Path folder = temp.resolve("run");
    FineTuning.Result result = tuning(plain, pairs, 16).set("matryoshka", "32,8").run(folder);
    assertThat(result.metrics().get("ndcg_at_10_of_8")).isGreaterThan(0.7);
    assertThat(result.details()).hasSize(3);
    assertThat(result.details().getLast()).contains("8");
    JsonFiles.write(folder.resolve("config_sentence_transformers.json"), Map.of("truncate_dim", 8));
    try (TextEmbedder model = TextEmbedder.load(folder)) {
      assertThat(model.embed("a1").vector()).hasSize(8);
    }
    assertThat(rightNeighbours(folder)).isGreaterThan(0.6);
  }

  @Test
  void scoredPairsAreOrderedAsTheirScores() throws IOException {
    StringBuilder lines = new StringBuilder("sentence1\tsentence2\tscore\n");
    for (int i = 0; i < TinyEmbedder.TOPICS; i++) {
      int j = (i + 5) % TinyEmbedder.TOPICS;
      lines.append("a%d\tb%d\t5\n".formatted(i, i));
      lines.append("a%d\tb%d b%d\t3\n".formatted(i, i, j));
      lines.append("a%d\tb%d\t0.5\n".formatted(i, j));
    }
    Path file = temp.resolve("scored.tsv");
    Files.writeString(file, lines);
    FineTuning.Result result = tuning(plain, file, 20).run(temp.resolve("run"));
    assertThat(result.metrics().keySet()).containsExactly("spearman", "pearson");
    assertThat(result.metrics().get("spearman")).isGreaterThan(0.9);
  }

  @ParameterizedTest
  @CsvSource({"ranking", "triplet", "symmetric"})
  void negativesArePushedAway(String loss) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < TinyEmbedder.TOPICS; i++) {
      int j = (i + 1) % TinyEmbedder.TOPICS;
      String more = i % 2 == 0 ? ", \"b%d\"".formatted((i + 9) % TinyEmbedder.TOPICS) : "";
      lines.append(
          "{\"query\": \"a%d\", \"positive\": \"b%d\", \"negatives\": [\"b%d\"%s]}%n"
              .formatted(i, i, j, more));
    }
    Path file = temp.resolve("triplets.jsonl");
    Files.writeString(file, lines);
    FineTuning.Result result =
        tuning(plain, file, 40).set("loss", loss).batchSize(8).run(temp.resolve("run"));
    assertThat(result.metrics().get("triplet_accuracy")).isGreaterThan(0.9);
  }

  @Test
  void anEmbedderLearnsTheVectorsOfItsTeacher() throws IOException {
    Path teacher = TinyEmbedder.plain(temp.resolve("teacher"), 2, 11);
    Path folder = temp.resolve("run");
    FineTuning.Result result =
        tuning(plain, pairs, 20).set("teacher", teacher.toString()).run(folder);
    assertThat(result.metrics().get("cosine")).isGreaterThan(0.8);
    Path other = TinyEmbedder.withModules(temp.resolve("other"), "");
    assertThatThrownBy(
            () -> tuning(plain, pairs, 1).set("teacher", other.toString()).run(temp.resolve("no")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must have vectors of the model's size 32, got 16");
  }

  @Test
  void whatDoesNotFitIsRefusedBeforeTraining() throws IOException {
    assertThatThrownBy(() -> tuning(plain, pairs, 1).set("matryoshka", "64").run(temp.resolve("a")))
        .hasMessageContaining("matryoshka: sizes must be from 1 to 32");
    assertThatThrownBy(() -> tuning(plain, pairs, 1).set("loss", "triplet").run(temp.resolve("b")))
        .isInstanceOf(ExampleException.class)
        .hasMessageContaining("pairs.jsonl, line 1: must have a negative for the loss triplet");
    assertThatThrownBy(() -> tuning(plain, pairs, 1).set("loss", "hinge").run(temp.resolve("c")))
        .hasMessageContaining("loss: must be ranking, symmetric,");
    assertThatThrownBy(() -> tuning(plain, pairs, 1).set("margin", "1").run(temp.resolve("d")))
        .hasMessageContaining("margin: must come with the loss triplet or contrastive");
    Path file = temp.resolve("scored.tsv");
    Files.writeString(file, "sentence1\tsentence2\tscore\na1\tb1\t5\n");
    assertThatThrownBy(() -> tuning(plain, file, 1).set("loss", "cosine").run(temp.resolve("e")))
        .hasMessageContaining("scored.tsv, line 2: \"score\" must be from -1 to 1");
  }
}
