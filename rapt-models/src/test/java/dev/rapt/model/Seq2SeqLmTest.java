package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.generate.Generator;
import dev.rapt.generate.decoding.Decoding;
import dev.rapt.generate.decoding.Seq2SeqDecoding;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.Generation;
import dev.rapt.golden.Golden;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.config.StackSizes;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.model.seq2seq.Bart;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import dev.rapt.model.seq2seq.SourceAttention;
import dev.rapt.model.seq2seq.Transformer2017;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class Seq2SeqLmTest {
  /** Rounding of sums that are formed in another order. */
  private static final float ROUNDING = 2e-5f;

  /** Of the largest logit; bf16 keeps 8 bits, and roundings of a dozen products meet. */
  private static final float BF16_ERROR = 0.05f;

  private static final int[] SOURCE = {5, 6, 7, 8, 9, 10, 11};
  private static final int[] OTHER_SOURCE = {12, 13, 14};
  private static final int[] TARGET = {20, 21, 22, 23, -100, 24, 25, 26, 27, 28};

  private static Seq2SeqLm load(String name) {
    return Seq2SeqLm.loadTrainable(folder(name));
  }

  private static Path folder(String name) {
    Path recorded = Golden.recorded().resolve(name);
    return Files.exists(recorded) ? recorded : Golden.copy(name);
  }

  private static EncoderOutput encode(Seq2SeqLm model, Scope scope, boolean recomputing) {
    int[] ids = Arrays.copyOf(SOURCE, 2 * SOURCE.length);
    System.arraycopy(OTHER_SOURCE, 0, ids, SOURCE.length, OTHER_SOURCE.length);
    Tensor tensor = scope.ints(ids, 2, SOURCE.length);
    int[] lengths = {SOURCE.length, OTHER_SOURCE.length};
    return model.encode(
        tensor,
        Pass.over(tensor).bidirectional(lengths).gradientCheckpointing(recomputing).build());
  }

  private static Map<String, float[]> gradients(Seq2SeqLm model, boolean recomputing) {
    Map<String, float[]> values = new LinkedHashMap<>();
    try (Scope scope = model.scope().child();
        Tape tape = Tape.open(scope)) {
      Gradients gradients = new Gradients(scope);
      EncoderOutput encoded = encode(model, tape, recomputing);
      Tensor ids = tape.ints(model.decoderInputs(TARGET, 5), 2, 5);
      Pass pass = Pass.over(ids).encoderOutput(encoded).gradientCheckpointing(recomputing).build();
      tape.backward(model.loss(ids, tape.ints(TARGET, 2, 5), pass, 0), gradients);
      for (Parameter parameter : model.parameters()) {
        Tensor gradient = gradients.of(parameter.value());
        if (gradient != null) {
          values.put(parameter.name(), gradient.toFloats());
        }
      }
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"t5/gated_silu", "bart/mbart", "longt5/global", "lstm_seq2seq/tied", "t5gemma/lm"})
  void recomputingBlocksDoesNotChangeAnyGradient(String name) {
    try (Seq2SeqLm model = load(name)) {
      model.parameters().track();
      Map<String, float[]> kept = gradients(model, false);
      Map<String, float[]> recomputed = gradients(model, true);
      assertThat(kept.keySet()).hasSizeGreaterThan(20).anyMatch(key -> key.contains("encoder"));
      assertThat(recomputed.keySet()).isEqualTo(kept.keySet());
      kept.forEach((key, values) -> assertThat(recomputed.get(key)).as(key).isEqualTo(values));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"t5/gated_silu", "m2m100/lm", "longt5/global", "lstm_seq2seq/tied", "t5gemma/lm"})
  void decodingTokenByTokenMatchesOnePass(String name) {
    try (Seq2SeqLm model = load(name);
        Scope scope = model.scope().child()) {
      Seq2SeqDecoding decoding = new Seq2SeqDecoding(model, List.of(SOURCE, OTHER_SOURCE));
      Generation result =
          new Generator(decoding)
              .generate(
                  decoding.prompts(),
                  GenerationOptions.builder().maxNewTokens(6).recordLogits(true).build());
      int[][] rows = result.toMatrix(0);
      int[] ids = new int[12];
      for (int b = 0; b < 2; b++) {
        System.arraycopy(rows[b], 0, ids, 6 * b, 6);
      }
      Tensor tensor = scope.ints(ids, 2, 6);
      EncoderOutput encoded = encode(model, scope, false);
      Tensor logits =
          model.logits(model.hidden(tensor, Pass.over(tensor).encoderOutput(encoded).build()));
      int V = model.config().vocabSize();
      for (int b = 0; b < 2; b++) {
        for (int t = 0; t < 6; t++) {
          float[] step = result.sequences().get(b).stepLogits().get(t);
          for (int v = 0; v < V; v++) {
            assertThat(step[v])
                .isCloseTo(logits.getFloat(((long) b * 6 + t) * V + v), within(ROUNDING));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bart/mbart",
        "lstm_seq2seq/separate",
        "m2m100/lm",
        "marian/separate_embeddings",
        "pegasus/lm",
        "t5/gated_silu"
      })
  void bf16DecodesTokenByTokenWhatF32ComputesInOnePass(String name) {
    int[] tokens = {2, 21, 22, 23, 24, 25, 2, 30, 31, 32, 33, 34};
    try (Seq2SeqLm wide = load(name);
        Seq2SeqLm narrow = load(name);
        Scope scope = wide.scope().child()) {
      narrow.parameters().computeInBf16();
      Tensor ids = scope.ints(tokens, 2, 6);
      Pass pass = Pass.over(ids).encoderOutput(encode(wide, scope, false)).build();
      float[] whole = wide.logits(wide.hidden(ids, pass)).toFloats(); // (2, 6, V)
      float largest = 0;
      for (float logit : whole) {
        largest = Math.max(largest, Math.abs(logit));
      }
      Seq2SeqDecoding decoding = new Seq2SeqDecoding(narrow, List.of(SOURCE, OTHER_SOURCE));
      boolean[][] mask = {{true}, {true}};
      int V = wide.config().vocabSize();
      try (Decoding steps = decoding.start(new int[][] {{tokens[0]}, {tokens[6]}}, mask, 6)) {
        for (int t = 0; t < 6; t++) {
          if (t > 0) {
            steps.step(new int[] {tokens[t], tokens[6 + t]});
          }
          for (int i = 0; i < 2 * V; i++) {
            assertThat(steps.logits().getAtIndex(ValueLayout.JAVA_FLOAT, i))
                .isCloseTo(whole[(i / V * 6 + t) * V + i % V], within(BF16_ERROR * largest));
          }
        }
      }
      assertThat(narrow.parameters())
          .anyMatch(parameter -> parameter.activationType() == DType.BF16);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "t5/gated_silu",
        "bart/mbart",
        "pegasus/lm",
        "longt5/global",
        "lstm_seq2seq/tied",
        "t5gemma/lm"
      })
  void neighboursInTheBatchDoNotChangeTheResult(String name) {
    GenerationOptions options =
        GenerationOptions.builder().maxNewTokens(8).numBeams(3).noRepeatNgramSize(2).build();
    try (Seq2SeqLm model = load(name)) {
      Seq2SeqDecoding both = new Seq2SeqDecoding(model, List.of(SOURCE, OTHER_SOURCE));
      Generation batch = new Generator(both).generate(both.prompts(), options);
      Seq2SeqDecoding one = new Seq2SeqDecoding(model, List.of(OTHER_SOURCE));
      Generation alone = new Generator(one).generate(one.prompts(), options);
      assertThat(batch.sequences().get(1).ids()).isEqualTo(alone.first().ids());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "t5/gated_silu",
        "bart/mbart",
        "marian/separate_embeddings",
        "bigbird_pegasus/sparse",
        "longt5/global",
        "lstm_seq2seq/separate",
        "lstm_seq2seq/tied",
        "t5gemma/lm"
      })
  void freshModelsHaveTheWeightsOfLoadedOnes(String name) {
    try (Seq2SeqLm loaded = load(name);
        Seq2SeqLm fresh = Seq2SeqLm.create(loaded.config(), 7)) {
      Map<String, String> shapes = new LinkedHashMap<>();
      loaded.parameters().forEach(p -> shapes.put(p.name(), p.value().shape().toString()));
      shapes.remove("final_logits_bias"); // which is zero in a fresh model
      Map<String, String> freshShapes = new LinkedHashMap<>();
      fresh.parameters().forEach(p -> freshShapes.put(p.name(), p.value().shape().toString()));
      assertThat(freshShapes).isEqualTo(shapes);
      fresh.parameters().track();
      assertThat(gradients(fresh, false)).hasSize(freshShapes.size());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bart/mbart",
        "bigbird_pegasus/full",
        "bigbird_pegasus/sparse",
        "blenderbot/lm",
        "blenderbot_small/lm",
        "fsmt/lm",
        "led/global",
        "longt5/global",
        "longt5/local",
        "lstm_seq2seq/separate",
        "lstm_seq2seq/tied",
        "m2m100/lm",
        "marian/separate_embeddings",
        "mvp/lm",
        "pegasus/lm",
        "plbart/lm",
        "t5/gated_silu",
        "t5gemma/lm"
      })
  void configurationsThatAreWrittenAreReadTheSame(String name) {
    Path file = folder(name).resolve("config.json");
    Seq2SeqConfig config = config(ConfigReader.of(file));
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("model_type", config.modelType());
    config.write(json);
    assertThat(config(ConfigReader.of(file, json))).isEqualTo(config);
  }

  private static Seq2SeqConfig config(ConfigReader json) {
    return ModelTypes.family(Seq2SeqFamilies.TABLE, json).parse().apply(json);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bart/mbart"})
  void sourcesThatAreTooLongAreRefused(String name) {
    try (Seq2SeqLm model = load(name)) {
      Seq2SeqConfig config = model.config();
      int[] source = new int[config.maxSourcePositions() + 1];
      Seq2SeqDecoding decoding = new Seq2SeqDecoding(model, List.of(source));
      assertThatThrownBy(() ->
              new Generator(decoding).generate(decoding.prompts(), GenerationOptions.defaults()))
          .hasMessage("source: must have at most 48 tokens, got 49; shorten it");
    }
    ConfigReader json = ConfigReader.of(Golden.copy(name).resolve("config.json"));
    assertThat(Seq2SeqLm.isFamily(json.requireString("model_type"))).isTrue();
  }

  @Test
  void theTransformerOf2017HasTheWeightsOfThePaper() {
    assertThat(numWeights(Transformer2017.BASE.config(37_000, 0))).isBetween(62e6, 66e6);
    assertThat(numWeights(Transformer2017.BIG.config(37_000, 0))).isBetween(211e6, 216e6);
  }

  /** Counts by shapes alone, so that the test needs no memory for the weights. */
  private static double numWeights(Bart.Config config) {
    double D = config.hiddenSize();
    double F = config.encoder().intermediateSize();
    double attention = 4 * D * (D + 1);
    double mlp = 2 * D * F + D + F;
    double encoder = attention + mlp + 4 * D;
    double decoder = 2 * attention + mlp + 6 * D;
    return config.vocabSize() * D + config.numLayers() * (encoder + decoder);
  }

  @Test
  void whatIsWrittenLoadsAsTheSameModel(@TempDir Path folder) {
    Bart.Config base = Transformer2017.BASE.config(40, 0);
    Bart.Config small =
        new Bart.Config(
            base.wiring(),
            40,
            40,
            16,
            new StackSizes(2, 4, 24),
            new StackSizes(1, 2, 24),
            32,
            32,
            SourceAttention.FULL,
            true,
            base.activation(),
            true,
            true,
            true,
            0,
            0,
            0.3,
            0,
            0,
            0.25f);
    try (Seq2SeqLm model = Seq2SeqLm.create(small, 3)) {
      ModelWriter.write(folder, model, new ModelWriter.TokenIds(null, 1, 0), DType.F32);
      try (Seq2SeqLm loaded = Seq2SeqLm.load(folder)) {
        assertThat(loaded.config()).isEqualTo(small);
        for (Parameter parameter : model.parameters()) {
          Parameter other = loaded.parameters().get(parameter.name());
          assertThat(other).as(parameter.name()).isNotNull();
          assertThat(other.value().toFloats()).isEqualTo(parameter.value().toFloats());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theTransformerOf2017BeginsWithGlorotUniformWeights(boolean preNorm) {
    int D = 32;
    int F = 96;
    StackSizes stack = new StackSizes(1, 4, F);
    try (Seq2SeqLm model =
        Seq2SeqLm.create(Transformer2017.config(500, 3, D, stack, preNorm, 0.1f), 5)) {
      for (Parameter parameter : model.parameters()) {
        float[] values = parameter.value().toFloats();
        double mean = 0;
        double square = 0;
        double largest = 0;
        for (float value : values) {
          mean += value / values.length;
          square += value * value / values.length;
          largest = Math.max(largest, Math.abs(value));
        }
        if (parameter.name().equals("model.shared.weight")) {
          assertThat(square * D).isCloseTo(1, within(0.05));
        } else if (parameter.isMatrix()) {
          double bound = Math.sqrt(6.0 / (parameter.shape().dim(0) + parameter.shape().dim(1)));
          assertThat(largest).isBetween(0.98 * bound, bound);
          assertThat(mean).isCloseTo(0, within(0.1 * bound));
          assertThat(square).isCloseTo(bound * bound / 3, within(0.1 * bound * bound / 3));
        } else {
          boolean isNorm = parameter.name().endsWith("norm.weight");
          assertThat(values).containsOnly(isNorm ? 1 : 0);
        }
      }
    }
  }
}
