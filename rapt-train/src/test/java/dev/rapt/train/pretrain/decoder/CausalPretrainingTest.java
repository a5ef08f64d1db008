package dev.rapt.train.pretrain.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.generate.Generator;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.generate.speculate.Speculation;
import dev.rapt.model.CausalLm;
import dev.rapt.model.MultiTokenPrediction;
import dev.rapt.train.Measurement;
import dev.rapt.train.RunFolder;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.Trainer;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.pretrain.PretrainObjectives;
import dev.rapt.train.pretrain.TinyText;
import dev.rapt.train.pretrain.objective.PretrainRun;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CausalPretrainingTest {
  @TempDir Path path;

  private static PretrainRun<TokenBatch> open(
      TinyText text, String preset, boolean separates, Map<String, String> settings)
      throws IOException {
    PretrainSetup setup = text.setup("causal", preset, separates, null, settings);
    @SuppressWarnings("unchecked") // the batches of this objective
    PretrainRun<TokenBatch> run =
        (PretrainRun<TokenBatch>) PretrainObjectives.named("causal").open(setup);
    return run;
  }

  private static int id(TinyText text, String token) {
    return text.tokenizer().tokenToId(token).orElseThrow();
  }

  /** Returns the documents of the batches of a run, without the tokens that end them. */
  private static List<List<Integer>> documents(
      TinyText text, PretrainRun<TokenBatch> run, int steps) {
    int end = SpecialTokens.INFILLING_DECODER.endId(text.tokenizer());
    List<List<Integer>> documents = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      TokenBatch batch = run.batches().batch(step);
      int T = batch.seqLen();
      for (int b = 0; b < batch.batchSize(); b++) {
        List<Integer> open = new ArrayList<>();
        for (int t = 0; t < T && batch.targets()[b * T + t] != TokenBatch.IGNORED; t++) {
          int target = batch.targets()[b * T + t];
          assertThat(
                  t + 1 == T
                      || batch.inputs()[b * T + t + 1] == target
                      || batch.targets()[b * T + t + 1] == TokenBatch.IGNORED)
              .isTrue();
          if (target == end) {
            documents.add(open);
            open = new ArrayList<>();
          } else {
            open.add(target);
          }
        }
      }
    }
    return documents;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 1})
  void documentsAreRearrangedAtTheAskedRate(double rate) throws IOException {
    TinyText text = TinyText.of(SpecialTokens.INFILLING_DECODER, path);
    int prefix = id(text, "<|fim_prefix|>");
    int suffix = id(text, "<|fim_suffix|>");
    int middle = id(text, "<|fim_middle|>");
    Map<String, String> settings = Map.of("fim-rate", "" + rate, "spm-rate", "0.5");
    try (PretrainRun<TokenBatch> run = open(text, "tiny", true, settings)) {
      List<List<Integer>> documents = documents(text, run, 40);
      int rearranged = 0, suffixFirst = 0;
      for (List<Integer> document : documents) {
        if (!document.contains(prefix)) {
          assertThat(document).doesNotContain(suffix, middle);
          continue;
        }
        rearranged++;
        assertThat(document.getFirst()).isEqualTo(prefix);
        for (int token : new int[] {prefix, suffix, middle}) {
          assertThat(Collections.frequency(document, token)).isEqualTo(1);
        }
        assertThat(document.indexOf(suffix)).isLessThan(document.indexOf(middle));
        suffixFirst += document.indexOf(suffix) == 1 ? 1 : 0;
      }
      assertThat(documents).hasSizeGreaterThan(200);
      assertThat((double) rearranged / documents.size()).isBetween(rate - 0.1, rate + 0.1);
      if (rearranged > 0) {
        // half are SPM; of the others a few have an empty prefix
        assertThat((double) suffixFirst / rearranged).isBetween(0.4, 0.75);
      }
    }
  }

  @Test
  void attentionStaysInsideDocumentsOnRequest() throws IOException {
    TinyText text = TinyText.of(SpecialTokens.INFILLING_DECODER, path);
    int end = SpecialTokens.INFILLING_DECODER.endId(text.tokenizer());
    for (String rate : List.of("0", "1")) {
      try (PretrainRun<TokenBatch> run = open(text, "tiny", true, Map.of("fim-rate", rate))) {
        TokenBatch batch = run.batches().batch(0);
        int[] starts = batch.documentStart();
        assertThat(starts).isNotNull();
        for (int i = 0; i < starts.length; i++) {
          int t = i % batch.seqLen();
          boolean begins = t == 0 || (batch.inputs()[i] == end && batch.targets()[i] >= 0);
          if (begins) {
            assertThat(starts[i]).isEqualTo(t);
          } else if (batch.targets()[i] >= 0) {
            assertThat(starts[i]).isEqualTo(starts[i - 1]);
          }
        }
        assertThat(Arrays.stream(starts).distinct().count()).isGreaterThan(2);
      }
      try (PretrainRun<TokenBatch> run = open(text, "tiny", false, Map.of("fim-rate", rate))) {
        assertThat(run.batches().batch(0).documentStart()).isNull();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0.5"})
  void theLossFalls(String rate) throws IOException {
    TinyText text = TinyText.of(SpecialTokens.INFILLING_DECODER, path);
    TrainOptions options =
        TrainOptions.builder(60)
            .precision(PrecisionMode.F32)
            .lr(3e-3)
            .warmupSteps(2)
            .evalEverySteps(0)
            .build();
    try (PretrainRun<TokenBatch> run = open(text, "tiny", false, Map.of("fim-rate", rate))) {
      Measurement before = run.evaluator(4).measure();
      Trainer.of(run.trained(), run.objective(), run.batches(), options).build().run();
      assertThat(run.evaluator(4).measure().loss()).isLessThan(0.5 * before.loss());
    }
  }

  @Test
  void tokensFurtherAheadAreLearntAndTheModelStandsAlone() throws IOException {
    TinyText text = TinyText.of(SpecialTokens.INFILLING_DECODER, path);
    Map<String, String> settings = Map.of("predict-tokens", "3");
    TrainOptions options =
        TrainOptions.builder(40)
            .precision(PrecisionMode.F32)
            .lr(3e-3)
            .warmupSteps(2)
            .evalEverySteps(0)
            .saveEverySteps(20)
            .keepCheckpoints(9)
            .build();
    Path folder = path.resolve("run");
    List<Double> losses = new ArrayList<>();
    Measurement after;
    try (PretrainRun<TokenBatch> run = open(text, "small", true, settings)) {
      Measurement before = run.evaluator(4).measure();
      trainer(run, options, folder, losses).build().run();
      after = run.evaluator(4).measure();
      assertThat(after.loss()).isLessThan(0.5 * before.loss());
      for (String name : List.of("loss_of_token_2", "loss_of_token_3")) {
        assertThat(after.metrics().get(name)).isLessThan(0.6 * before.metrics().get(name));
      }
    }
    assertThat(
            ConfigReader.of(folder.resolve("config.json"))
                .requireInt("num_nextn_predict_layers", 0, 9))
        .isEqualTo(2);
    try (Checkpoint modules = Checkpoint.open(folder.resolve("mtp.safetensors"))) {
      assertThat(modules.names())
          .contains("model.layers.2.eh_proj.weight", "model.layers.3.shared_head.norm.weight");
    }
    try (CausalLm loaded = CausalLm.load(folder)) {
      assertThat(loaded.parameters().all()).noneMatch(p -> p.name().contains("layers.2."));
      assertThatTheModulesGuess(loaded, MultiTokenPrediction.load(loaded, folder));
    }
    Path half = folder.resolve("checkpoints/step-00000020");
    List<Double> rest = new ArrayList<>();
    PretrainSetup setup = text.setup("causal", "small", true, half, settings);
    try (CausalRun run = (CausalRun) PretrainObjectives.named("causal").open(setup)) {
      trainer(run, options, copyOf(folder, half), rest).resumeFrom(half).build().run();
      assertThat(run.evaluator(4).measure()).isEqualTo(after);
    }
    assertThat(rest).isEqualTo(losses.subList(20, 40));
  }

  private static void assertThatTheModulesGuess(CausalLm model, MultiTokenPrediction modules) {
    assertThat(modules.count()).isEqualTo(2);
    Generator plain = new Generator(new CausalLmDecoding(model));
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(30).build();
    Prompts prompts = Prompts.of(new int[] {5, 6, 7, 8});
    GeneratedSequence fast =
        plain
            .withSpeculation(Speculation.multiToken(model, modules))
            .generate(prompts, options)
            .first();
    assertThat(fast.ids()).isEqualTo(plain.generate(prompts, options).first().ids());
    assertThat(fast.drafts().orElseThrow().drafted()).isPositive();
  }

  /** Returns a new folder for a run that continues from a checkpoint, with the metrics so far. */
  private Path copyOf(Path folder, Path checkpoint) {
    try {
      Path copy = Files.createDirectories(path.resolve("resumed"));
      Files.copy(folder.resolve("metrics.jsonl"), copy.resolve("metrics.jsonl"));
      assertThat(checkpoint).isDirectory();
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Trainer.Builder<TokenBatch> trainer(
      PretrainRun<TokenBatch> run, TrainOptions options, Path folder, List<Double> losses) {
    return Trainer.of(run.trained(), run.objective(), run.batches(), options)
        .folder(new RunFolder(folder, _ -> {}))
        .listener(
            new TrainListener() {
              @Override
              public void onStep(StepMetrics step) {
                losses.add(step.loss());
              }
            });
  }

  @Test
  void predictionsFurtherAheadStayInsideTheirDocument() throws IOException {
    int end = 9;
    TokenBatch batch = TokenBatch.ofTexts(List.of(new int[] {1, 2, 3, end, 4, 5}), 6, end, true);
    assertThat(batch.inputs()).containsExactly(end, 1, 2, 3, end, 4);
    TokenBatch ahead = batch.ahead(1);
    assertThat(ahead.targets()).containsExactly(2, 3, end, -100, 5, -100);
    assertThat(ahead.inputs()).startsWith(1, 2, 3).contains(4);
    assertThat(batch.ahead(2).targets()).containsExactly(3, end, -100, -100, -100, -100);
  }

  @Test
  void onlyLlamasPredictSeveralTokens() throws IOException {
    TinyText text = TinyText.of(SpecialTokens.INFILLING_DECODER, path);
    assertThatThrownBy(() -> open(text, "tiny", false, Map.of("predict-tokens", "2")))
        .hasMessage(
            "predict-tokens: must be 1 for this preset, got 2; use a preset with the shape of Llama, such as small");
  }

  @Test
  void aTokenizerWithoutTheTokensOfInfillingIsRefusedByName() throws IOException {
    TinyText text = TinyText.of(SpecialTokens.DECODER, path);
    assertThatThrownBy(() -> open(text, "tiny", false, Map.of("fim-rate", "0.5")))
        .hasMessage(
            "tokenizer: must have the token <|fim_prefix|> for fill-in-the-middle, got none; use another tokenizer, or fim-rate 0");
    open(text, "tiny", false, Map.of()).close();
  }
}
