package dev.rapt.autograd.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Tape;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Losses and their gradients are those of torch and sentence-transformers, which
 * losses/reference.txt in the resources records.
 */
class LossReferenceTest {
  private static final int B = 4;

  /** Of values up to 40, in f32. */
  private static final float TOLERANCE = 2e-5f;

  private static final float[] SIMILARITIES = {0.2f, 0.9f, 0.2f, 0.6f};
  private static final float[] PAIRS = {1, 0, 1, 0};
  private static final float[] MARGINS = {0.5f, -1, 2, 0.25f, 0, 1, -0.5f, 3};
  private static final int[] TARGETS = {3, -100, 0, 4};
  private static final float[] WEIGHTS = {0.5f, 2, 1.5f, 0.25f, 3};
  private static final float[] LABELS = {
    0, 1, 0.3f, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0.5f
  };

  private static final Map<String, float[]> RECORDED = read();

  private static Map<String, float[]> read() {
    Map<String, float[]> lines = new LinkedHashMap<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    LossReferenceTest.class.getResourceAsStream("/losses/reference.txt")),
                StandardCharsets.UTF_8))) {
      for (String line : reader.lines().toList()) {
        String[] words = line.split(" ", -1);
        float[] values = new float[words.length - 1];
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.parseFloat(words[i + 1]);
        }
        lines.put(words[0], values);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }

  /** The cases: names of one number that are not those of a gradient. */
  static List<String> cases() {
    return RECORDED.entrySet().stream()
        .filter(line -> line.getValue().length == 1)
        .map(Map.Entry::getKey)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void lossAndGradientsAreThoseOfTheReference(String name) {
    try (Scope scope = Scope.open();
        Tape tape = Tape.open(scope)) {
      List<String> inputs =
          RECORDED.keySet().stream()
              .filter(key -> key.startsWith(name + "."))
              .map(key -> key.substring(name.length() + 1))
              .toList();
      List<Tensor> leaves = inputs.stream().map(input -> constant(scope, input).track()).toList();
      // only operations on a tape's tensors are recorded, so each input is added to zeros
      List<Tensor> x =
          leaves.stream()
              .map(leaf -> Ops.add(leaf, tape.zeros(DType.F32, leaf.shape().toArray())))
              .toList();
      Tensor loss = loss(name, tape, x);
      Gradients gradients = new Gradients(scope);
      assertThat(loss.getFloat(0))
          .isCloseTo(Objects.requireNonNull(RECORDED.get(name))[0], within(TOLERANCE));
      tape.backward(loss, gradients);
      for (int i = 0; i < leaves.size(); i++) {
        assertThat(Objects.requireNonNull(gradients.of(leaves.get(i))).toFloats())
            .as("gradient of %s", inputs.get(i))
            .containsExactly(RECORDED.get(name + "." + inputs.get(i)), within(TOLERANCE));
      }
    }
  }

  private static Tensor constant(Scope scope, String name) {
    float[] values = Objects.requireNonNull(RECORDED.get(name));
    return scope.floats(values, B, values.length / B);
  }

  private static Tensor loss(String name, Scope scope, List<Tensor> x) {
    Tensor targets = scope.ints(TARGETS, B);
    List<Tensor> after = x.subList(1, x.size());
    return switch (name) {
      case "ranking", "ranking_hard" -> ranking(x);
      case "ranking_dot" ->
          ContrastiveLosses.multipleNegativesRanking(x.get(0), after, VectorSimilarity.DOT, 1, 0);
      case "symmetric" ->
          ContrastiveLosses.symmetricRanking(x.get(0), after, VectorSimilarity.COSINE, 20, 0);
      case "cosent" -> ContrastiveLosses.coSent(x.get(0), x.get(1), SIMILARITIES, 20);
      case "cosine" -> ContrastiveLosses.cosineSimilarity(x.get(0), x.get(1), SIMILARITIES, 0);
      case "triplet_euclidean" -> triplet(x, VectorDistance.EUCLIDEAN, 5);
      case "triplet_manhattan" -> triplet(x, VectorDistance.MANHATTAN, 4);
      case "triplet_cosine" -> triplet(x, VectorDistance.COSINE, 0.5f);
      case "contrastive" ->
          ContrastiveLosses.contrastive(x.get(0), x.get(1), PAIRS, VectorDistance.COSINE, 1.2f, 0);
      case "contrastive_euclidean" ->
          ContrastiveLosses.contrastive(x.get(0), x.get(1), PAIRS, VectorDistance.EUCLIDEAN, 3, 0);
      case "online" ->
          ContrastiveLosses.onlineContrastive(
              x.get(0), x.get(1), new int[] {1, 0, 1, 0}, VectorDistance.COSINE, 1.2f);
      case "margin_mse" ->
          ContrastiveLosses.marginMse(
              x.get(0), x.get(1), x.subList(2, 4), MARGINS, VectorSimilarity.DOT, 0);
      case "matryoshka" ->
          ContrastiveLosses.matryoshka(
              x, new int[] {6, 4, 2}, new float[] {1, 0.5f, 0.25f}, LossReferenceTest::ranking);
      case "weighted" -> Losses.crossEntropy(x.get(0), targets, WEIGHTS, 0, 0);
      case "weighted_smooth" -> Losses.crossEntropy(x.get(0), targets, WEIGHTS, 0.1f, 0);
      case "binary" -> Losses.binaryCrossEntropy(x.get(0), scope.floats(LABELS, B, 5), WEIGHTS, 0);
      case "distillation" ->
          Losses.distillation(x.get(0), constant(scope, "teacher"), targets, 2, 0);
      case "hidden_cosine" -> Losses.cosineDistance(x.get(0), constant(scope, "teacher"), 0);
      default -> throw new AssertionError("a recorded case without a loss: " + name);
    };
  }

  private static Tensor ranking(List<Tensor> x) {
    return ContrastiveLosses.multipleNegativesRanking(
        x.getFirst(), x.subList(1, x.size()), VectorSimilarity.COSINE, 20, 0);
  }

  private static Tensor triplet(List<Tensor> x, VectorDistance distance, float margin) {
    return ContrastiveLosses.triplet(x.get(0), x.get(1), x.get(2), distance, margin, 0);
  }
}
