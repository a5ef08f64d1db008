package dev.rapt.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.model.CausalLm;
import dev.rapt.model.Classifier;
import dev.rapt.model.MaskedLm;
import dev.rapt.model.Model;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LearningRatesTest {
  private static final Path GOLDEN =
      Path.of("..", "rapt-models", "src", "test", "resources", "golden");

  static List<OptimizerOptions> optimizers() {
    return List.of(
        AdamW.Options.defaults(),
        AdamW.Options.defaults().withDecaysAll(true),
        new AdamW.Options(0.9, 0.95, 1e-8, 0.1, false, true, true, DType.F32),
        Muon.Options.defaults(),
        Lion.Options.defaults(),
        Sgd.Options.defaults().withMomentum(0.5),
        Adafactor.Options.defaults(),
        new Adafactor.Options(Adafactor.Form.HUGGING_FACE, false, false, false, 0.5, 0.1, false));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void aFactorIsALearningRateOfItsOwn(OptimizerOptions options) {
    float[] halved = afterTwoSteps(options, 0.02, p -> p.name().equals("a.weight") ? 0.5 : 1);
    float[] low = afterTwoSteps(options, 0.01, LearningRates.EQUAL);
    float[] high = afterTwoSteps(options, 0.02, LearningRates.EQUAL);
    for (int i = 0; i < halved.length; i++) {
      assertThat(halved[i]).isEqualTo(i < 6 ? low[i] : high[i]);
    }
    assertThat(low).isNotEqualTo(high);
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void aFactorOfZeroKeepsTheWeights(OptimizerOptions options) {
    float[] after = afterTwoSteps(options, 0.02, p -> p.name().equals("a.weight") ? 0 : 1);
    for (int i = 0; i < 6; i++) {
      assertThat(after[i]).isEqualTo(weight(i));
    }
    assertThat(after[6]).isNotEqualTo(weight(0));
  }

  @Test
  void relativeStepsOfAdafactorHaveTheFactorToo() {
    OptimizerOptions options =
        new Adafactor.Options(Adafactor.Form.HUGGING_FACE, false, true, false, 0, 0, false);
    float[] full = afterTwoSteps(options, 1, LearningRates.EQUAL);
    float[] half = afterTwoSteps(options, 1, _ -> 0.5);
    for (int i = 0; i < full.length; i++) {
      float start = weight(i % 6);
      assertThat(half[i] - start).isCloseTo((full[i] - start) / 2, within(1e-6f));
    }
  }

  private static float weight(int i) {
    return 0.25f * (i + 1) * (i % 2 == 0 ? 1 : -1);
  }

  /** Two matrices with equal weights and gradients, one after the other. */
  private static float[] afterTwoSteps(OptimizerOptions options, double lr, LearningRates rates) {
    try (Scope scope = Scope.open()) {
      float[] start = new float[6];
      float[] slope = new float[6];
      for (int i = 0; i < 6; i++) {
        start[i] = weight(i);
        slope[i] = 0.3f - 0.1f * i;
      }
      List<Parameter> both =
          List.of(
              new Parameter("a.weight", scope.floats(start, 2, 3)),
              new Parameter("b.weight", scope.floats(start, 2, 3)));
      Gradients gradients = new Gradients(scope);
      try (Optimizer optimizer = options.create(both, Set.copyOf(both), rates)) {
        for (int step = 0; step < 2; step++) {
          for (Parameter parameter : both) {
            Tensor gradient = gradients.overwrite(parameter.value());
            gradient.memory().copyFrom(scope.floats(slope, 2, 3).memory());
          }
          optimizer.step(gradients, lr, 1);
        }
      }
      float[] after = new float[12];
      for (int i = 0; i < 12; i++) {
        after[i] = both.get(i / 6).value().getFloat(i % 6);
      }
      return after;
    }
  }

  @Test
  void frozenParametersGetNeitherGradientsNorState() {
    try (CausalLm model = gpt2()) {
      Parameters parameters = model.parameters();
      LearningRates rates = p -> p.name().startsWith("transformer.h.1.") ? 1 : 0;
      List<Parameter> trained = rates.trained(parameters);
      parameters.track();
      assertThat(trained).allMatch(p -> p.name().startsWith("transformer.h.1.")).isNotEmpty();
      try (Optimizer optimizer =
              AdamW.Options.defaults().create(trained, model.hiddenMatrices(), rates);
          Tape tape = Tape.open(model.scope())) {
        Tensor ids = tape.ints(new int[] {1, 2, 3}, 1, 3);
        Gradients gradients = new Gradients(tape);
        tape.backward(model.loss(ids, ids, Pass.over(ids).build(), 0), gradients);
        for (Parameter parameter : parameters) {
          assertThat(gradients.of(parameter.value()) != null)
              .as(parameter.name())
              .isEqualTo(trained.contains(parameter));
        }
        assertThat(optimizer.state().tensors()).hasSize(2 * trained.size());
      }
    }
  }

  private static CausalLm gpt2() {
    return CausalLm.create(Gpt2.Config.of(DecoderSizes.of(24, 16, 2, 2, 2, 64, 16, true)), 1);
  }

  @Test
  void factorsMustBeFinite() {
    try (CausalLm model = gpt2()) {
      LearningRates rates = _ -> -1;
      assertThatThrownBy(() -> rates.trained(model.parameters()))
          .hasMessage(
              "transformer.wte.weight: factor of the learning rate must be finite and at least 0,"
                  + " got -1.0");
    }
  }

  @Test
  void layersOfADecoderDecayFromTheTop() {
    assertFactors(
        LearningRatesTest::gpt2,
        Map.of(
            "transformer.wte.weight", 0.125,
            "transformer.wpe.weight", 0.125,
            "transformer.h.0.attn.c_attn.weight", 0.25,
            "transformer.h.1.mlp.c_proj.bias", 0.5,
            "transformer.ln_f.weight", 1.0));
  }

  @Test
  void layersOfAnEncoderDecayFromTheTop() {
    assertFactors(
        () ->
            Classifier.load(GOLDEN.resolve("bert/sequence_multi_label"), Classifier.Unit.SEQUENCE),
        Map.of(
            "bert.embeddings.word_embeddings.weight", 0.125,
            "bert.embeddings.LayerNorm.weight", 0.125,
            "bert.encoder.layer.0.attention.self.query.weight", 0.25,
            "bert.encoder.layer.1.output.LayerNorm.bias", 0.5,
            "bert.pooler.dense.weight", 1.0,
            "classifier.weight", 1.0));
  }

  @Test
  void bothStacksOfAnEncoderDecoderDecayFromTheirTops() {
    assertFactors(
        () -> Seq2SeqLm.load(GOLDEN.resolve("bart/mbart")),
        Map.of(
            "model.shared.weight", 0.125,
            "model.decoder.layernorm_embedding.weight", 0.125,
            "model.encoder.layers.0.fc1.weight", 0.25,
            "model.decoder.layers.0.fc1.weight", 0.25,
            "model.encoder.layers.1.fc1.weight", 0.5,
            "model.encoder.layer_norm.weight", 1.0,
            "model.decoder.layers.1.fc1.weight", 0.5));
  }

  @Test
  void groupsOfSharedLayersCountAsLayers() {
    assertFactors(
        () -> MaskedLm.load(GOLDEN.resolve("albert/mlm")),
        Map.of(
            "albert.encoder.embedding_hidden_mapping_in.weight", 0.125,
            "albert.encoder.albert_layer_groups.0.albert_layers.0.ffn.weight", 0.25,
            "predictions.dense.weight", 1.0));
  }

  private static void assertFactors(Supplier<Model> source, Map<String, Double> wanted) {
    try (Model model = source.get()) {
      LayerwiseDecay decay = new LayerwiseDecay(model, 0.5);
      Map<String, Double> got = new TreeMap<>();
      for (String name : wanted.keySet()) {
        Parameter parameter = Objects.requireNonNull(model.parameters().get(name), name);
        got.put(name, decay.factor(parameter));
      }
      assertThat(got).isEqualTo(new TreeMap<>(wanted));
    }
  }
}
