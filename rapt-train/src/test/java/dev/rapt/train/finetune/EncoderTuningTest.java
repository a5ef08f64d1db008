package dev.rapt.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.model.CausalLm;
import dev.rapt.model.Classifier;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Llama;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.TextClassifier;
import dev.rapt.train.RunFolder;
import dev.rapt.train.TrainListener;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.Trainer;
import dev.rapt.train.optim.Sgd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncoderTuningTest {
  @TempDir private static Path folder;
  private static Path base;
  private static Path examples;

  @BeforeAll
  static void writeFiles() throws IOException {
    base = TinyEncoder.write(folder.resolve("base"));
    SplittableRandom random = new SplittableRandom(1);
    List<String> lines = new ArrayList<>(List.of("text\tlabel"));
    for (int i = 0; i < 200; i++) {
      String word = i % 2 == 0 ? "good" : "bad";
      lines.add(String.join(" ", TinyEncoder.sentence(random, word)) + "\t" + word);
    }
    examples = Files.write(folder.resolve("examples.tsv"), lines);
  }

  private static FineTuning tuning(UnaryOperator<TrainOptions.Builder> more) {
    return FineTuning.of("classify", base)
        .train(examples)
        .epochs(1)
        .options(options -> more.apply(TinyEncoder.options().apply(options)));
  }

  @Test
  void aResumedRunEqualsOneThatWasNeverStopped() throws IOException {
    Path whole = folder.resolve("whole");
    tuning(UnaryOperator.identity()).layerDecay(0.8).freeze(0).run(whole);
    Path halves = folder.resolve("halves");
    AtomicReference<Trainer<?>> trainer = new AtomicReference<>();
    TrainListener stop =
        new TrainListener() {
          @Override
          public void onStep(StepMetrics step) {
            if (step.step() == 5) {
              trainer.get().requestStop();
            }
          }
        };
    FineTuning.Result stopped =
        tuning(UnaryOperator.identity())
            .layerDecay(0.8)
            .freeze(0)
            .listener(stop)
            .onStart(trainer::set)
            .run(halves);
    assertThat(stopped.training().stopped()).isTrue();
    FineTuning.Result resumed = FineTuning.resuming(halves).run(halves);
    assertThat(resumed.training().steps()).isEqualTo(12);
    for (String file : List.of("model.safetensors", "config.json", "tokenizer.json")) {
      assertThat(newest(halves).resolve(file)).hasSameBinaryContentAs(newest(whole).resolve(file));
    }
  }

  private static Path newest(Path run) {
    return RunFolder.newest(run).orElseThrow();
  }

  @Test
  void frozenLayersKeepTheirWeights() throws IOException {
    Map<String, Double> moves = moves("frozen", tuning(UnaryOperator.identity()).freeze(1));
    moves.forEach((name, move) -> assertThat(move > 0).as(name).isEqualTo(!isFrozen(name)));
    assertThatThrownBy(() -> tuning(UnaryOperator.identity()).freeze(3).run(folder.resolve("no")))
        .hasMessage("frozen layers: must be from 0 to 2, the layers of the model, got 3");
  }

  private static TrainOptions.Builder oneStep(TrainOptions.Builder options) {
    return options
        .steps(1)
        .warmupSteps(0)
        .maxGradNorm(0)
        .lr(0.1)
        .optimizer(Sgd.Options.defaults().withMomentum(0).withWeightDecay(0));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void layersAboveFrozenOnesMoveAsIfNoneWereFrozen(boolean recompute) throws IOException {
    UnaryOperator<TrainOptions.Builder> step = options -> oneStep(options).recompute(recompute);
    Map<String, Double> all = moves("all" + recompute, tuning(step));
    Map<String, Double> upper = moves("upper" + recompute, tuning(step).freeze(1));
    upper.forEach(
        (name, move) -> assertThat(move).as(name).isEqualTo(isFrozen(name) ? 0 : all.get(name)));
  }

  private static boolean isFrozen(String name) {
    return name.contains(".embeddings.") || name.contains(".layer.0.");
  }

  @Test
  void learningRatesDecayFromLayerToLayer() throws IOException {
    Map<String, Double> equal = moves("equal", tuning(EncoderTuningTest::oneStep));
    Map<String, Double> decayed =
        moves("decayed", tuning(EncoderTuningTest::oneStep).layerDecay(0.5));
    Map.of(
            "classifier.weight", 1.0,
            "bert.encoder.layer.1.output.dense.weight", 0.5,
            "bert.encoder.layer.0.output.dense.weight", 0.25,
            "bert.embeddings.LayerNorm.bias", 0.125)
        .forEach((name, factor) ->
            assertThat(decayed.get(name) / equal.get(name))
                .as(name)
                .isCloseTo(factor, within(0.01)));
  }

  /** How far each parameter moves from its start in a run, as the norm of the difference. */
  private static Map<String, Double> moves(String name, FineTuning tuning) throws IOException {
    Map<String, Double> moves = new TreeMap<>();
    AtomicReference<Map<String, float[]>> start = new AtomicReference<>(Map.of());
    tuning.onOpen(run -> {
      Map<String, float[]> weights = new TreeMap<>();
      run.model().parameters().forEach(p -> weights.put(p.name(), floats(p.value())));
      start.set(weights);
    });
    tuning.run(folder.resolve(name));
    try (Classifier after =
        Classifier.load(newest(folder.resolve(name)), Classifier.Unit.SEQUENCE)) {
      start
          .get()
          .forEach((key, before) -> {
            float[] now = floats(Objects.requireNonNull(after.parameters().get(key), key).value());
            double squares = 0;
            for (int i = 0; i < now.length; i++) {
              squares += Math.pow(now[i] - before[i], 2);
            }
            moves.put(key, Math.sqrt(squares));
          });
    }
    return moves;
  }

  private static float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.numElements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.getFloat(i);
    }
    return values;
  }

  @Test
  void aDecoderClassifiesFromTheLastTokenOfEachText() throws IOException {
    Path decoder = Files.createDirectories(folder.resolve("decoder"));
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(base.resolve(file), decoder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    Llama.Config config =
        Llama.Config.of(DecoderSizes.of(TinyEncoder.vocabSize(), 32, 2, 2, 2, 64, 32, false));
    try (CausalLm model = CausalLm.create(config, 3)) {
      ModelWriter.write(decoder, model, ModelWriter.TokenIds.NONE, DType.F32);
    }
    Path out = folder.resolve("decoder-classes");
    FineTuning.Result result =
        FineTuning.of("classify", decoder)
            .train(examples)
            .epochs(4)
            .options(TinyEncoder.options())
            .run(out);
    assertThat(result.metrics()).containsEntry("accuracy", 1.0);
    assertThat(out.resolve("config.json"))
        .content()
        .contains("LlamaForSequenceClassification")
        .containsPattern("\"pad_token_id\"\\s*:\\s*0");
    try (TextClassifier model = TextClassifier.load(out)) {
      List<String> texts = List.of("good", "w1 w2 w3 w4 w5 bad w1 w2 w3");
      assertThat(model.classify(texts))
          .extracting(found -> found.best().label())
          .containsExactly("good", "bad");
    }
  }
}
