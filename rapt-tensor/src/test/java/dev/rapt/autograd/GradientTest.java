package dev.rapt.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.autograd.FiniteDifferences.Inputs;
import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.Rotation;
import dev.rapt.autograd.loss.LinearHead;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.kernel.Activation;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.MemoryPool;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The gradient of every operation against central differences of its forward pass. */
class GradientTest {
  private final SplittableRandom random = new SplittableRandom(7);
  private final FiniteDifferences differences = new FiniteDifferences(random);

  @Test
  void addAndScale() {
    check(
        List.of(shape(3, 5), shape(3, 5)),
        p -> Ops.add(Ops.scale(p.get(0), 1.5f), Ops.add(p.get(1), p.get(0))));
  }

  @ParameterizedTest
  @EnumSource(
      value = Activation.class,
      names = {
        "RELU",
        "RELU_SQUARED",
        "RELU6",
        "LEAKY_RELU",
        "HARD_SWISH"
      }, // not smooth: checked at the kernel
      mode = EnumSource.Mode.EXCLUDE)
  void activations(Activation f) {
    check(List.of(shape(4, 7)), p -> Ops.activate(p.get(0), f));
    check(List.of(shape(4, 7), shape(4, 7)), p -> Ops.gate(p.get(0), p.get(1), f));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void linear(boolean inputMajor) {
    long[] weight = inputMajor ? shape(5, 3) : shape(3, 5);
    check(
        List.of(shape(2, 4, 5), weight, shape(3)),
        p -> Ops.linear(p.get(0), p.get(1), p.get(2), inputMajor));
  }

  @Test
  void linearWithAQuantizedWeight() {
    try (Scope scope = Scope.open()) {
      float[] values = random(scope, 3, 5).toFloats();
      QuantizedMatrix weight =
          new QuantizedMatrix(
              3,
              5,
              (from, to, type, out) -> {
                try (Scope inside = Scope.open()) {
                  float[] rows = Arrays.copyOfRange(values, (int) from * 5, (int) to * 5);
                  Tensor typed = inside.empty(type, rows.length);
                  Casts.copy(typed, inside.floats(rows, rows.length));
                  out.copyFrom(typed.memory());
                }
              });
      for (long[] x : List.of(shape(2, 4, 5), shape(3, 5))) { // panels; few rows
        differences.checkInBothTypes(
            List.of(x, shape(3)), p -> Ops.linear(p.get(0), weight, p.get(1), p.get(0).dtype()));
      }
    }
  }

  @Test
  void linearAddedInPlace() {
    differences.checkInBothTypes(
        List.of(shape(2, 4, 3), shape(2, 4, 5), shape(3, 5)),
        p -> Ops.addLinear(Ops.scale(p.get(0), 1.5f), p.get(1), p.get(2)));
  }

  @Test
  void norms() {
    check(
        List.of(shape(6, 9), shape(9), shape(9)),
        p -> Ops.layerNorm(p.get(0), p.get(1), p.get(2), 1e-5f));
    check(List.of(shape(6, 9)), p -> Ops.layerNorm(p.get(0), null, null, 1e-5f));
    check(
        List.of(shape(6, 9), shape(9), shape(9)),
        p -> Ops.layerNorm(p.get(0), p.get(1), 1, p.get(2), 1e-5f));
    check(List.of(shape(6, 9), shape(9)), p -> Ops.rmsNorm(p.get(0), p.get(1), 0, 1e-5f));
    check(List.of(shape(6, 9), shape(9)), p -> Ops.rmsNorm(p.get(0), p.get(1), 1, 1e-5f));
  }

  @Test
  void normsOfHeadsPassGradientsThroughReshape() {
    differences.checkInBothTypes(
        List.of(shape(2, 3, 5), shape(8, 5), shape(4), shape(8, 8)),
        p -> {
          Tensor x = Ops.linear(p.get(0), p.get(1), null, false); // (B, T, H E)
          Tensor heads = Ops.rmsNorm(x.reshape(2, 3, 2, 4), p.get(2), 1, 1e-5f);
          Tensor plain = Ops.layerNorm(x.reshape(2, 3, 2, 4), null, null, 1e-5f);
          Tensor straight = Ops.linear(x, p.get(3), null, false);
          return Ops.add(Ops.add(heads, plain).reshape(2, 3, 8), straight);
        });
  }

  @Test
  void embeddingAddsRowsThatAreLookedUpTwice() {
    check(
        List.of(shape(5, 37)),
        p -> Ops.embedding(p.get(0), p.scope().ints(new int[] {4, 0, 4, 2, 4, 1}, 2, 3)));
  }

  @Test
  void dropoutDropsTheSameInBothPasses() {
    check(List.of(shape(8, 8)), p -> Ops.dropout(p.get(0), 0.4f, 99));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void attentionWithRotation(boolean interleaved) {
    check(
        List.of(shape(2, 5, 16), shape(2, 5, 8), shape(2, 5, 8)),
        p -> {
          Rotation rotation = rotation(p.scope(), 2, 5, 2, interleaved);
          // rotation is in place: rotate sums, so that the parameters stay as they are
          Heads q = Ops.rotate(Heads.of(Ops.scale(p.get(0), 1), 4, 4), rotation);
          Heads k = Ops.rotate(Heads.of(Ops.scale(p.get(1), 1), 2, 4), rotation);
          return Ops.attention(q, k, Heads.of(p.get(2), 2, 4), causal(p.scope(), 2, 5));
        });
  }

  @Test
  void attentionOverOneFusedProjection() {
    check(
        List.of(shape(2, 6, 24)),
        p ->
            Ops.attention(
                new Heads(p.get(0), 0, 2, 4),
                new Heads(p.get(0), 8, 2, 4),
                new Heads(p.get(0), 16, 2, 4),
                causal(p.scope(), 2, 6)));
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 0.1f})
  void crossEntropies(float smoothing) {
    int[] targets = {3, -100, 0, 6};
    check(
        List.of(shape(4, 7)),
        p -> Losses.crossEntropy(p.get(0), p.scope().ints(targets, 4), smoothing));
    check(
        List.of(shape(4, 5), shape(7, 5)),
        p ->
            Losses.linearCrossEntropy(
                p.get(0), LinearHead.of(p.get(1)), p.scope().ints(targets, 4), smoothing, 0));
  }

  @Test
  void fusedHeadEqualsLogitsAndCrossEntropy() {
    try (Scope scope = Scope.open()) {
      Tensor x = random(scope, 300, 8);
      Tensor weight = random(scope, 11, 8);
      Tensor targets = scope.ints(random.ints(300, 0, 11).toArray(), 300);
      Tensor logits = Ops.linear(x, weight, null, false);
      assertThat(Losses.linearCrossEntropy(x, LinearHead.of(weight), targets, 0, 0).getFloat(0))
          .isEqualTo(Losses.crossEntropy(logits, targets, 0).getFloat(0));
    }
  }

  @Test
  void containedPartHasTheGradientOfThePart() {
    try (Scope scope = Scope.open()) {
      Tensor table = random(scope, 6, 4).track();
      Tensor weight = random(scope, 4, 4).track();
      UnaryOperator<Tensor> part =
          x -> Ops.activate(Ops.linear(x, weight, null, false), Activation.TANH);
      Gradients plain = gradients(scope, table, part);
      Gradients contained = gradients(scope, table, x -> Ops.contained(x, part));
      for (Tensor parameter : List.of(table, weight)) {
        assertThat(contained.of(parameter).toFloats())
            .containsExactly(plain.of(parameter).toFloats());
      }
    }
  }

  private static Gradients gradients(Scope scope, Tensor table, UnaryOperator<Tensor> part) {
    Gradients gradients = new Gradients(scope);
    try (Tape tape = Tape.open(scope)) {
      Tensor x = part.apply(Ops.embedding(table, tape.ints(new int[] {3, 1, 5}, 3)));
      tape.backward(Losses.crossEntropy(x, tape.ints(new int[] {0, 2, 3}, 3), 0), gradients);
    }
    return gradients;
  }

  @Test
  void aPartUsedTwiceGetsBothGradients() {
    check(
        List.of(shape(3, 4), shape(4, 4)),
        p -> {
          Tensor y = Ops.linear(p.get(0), p.get(1), null, false);
          return Ops.add(Ops.gate(y, y, Activation.SILU), Ops.add(y, y));
        });
  }

  @Test
  void gradientsAddUpOverPasses() {
    try (Scope scope = Scope.open()) {
      Tensor weight = random(scope, 3, 4).track();
      Gradients gradients = new Gradients(scope);
      float[] once = new float[0];
      for (int pass = 1; pass <= 3; pass++) {
        try (Tape tape = Tape.open(scope)) {
          Tensor x = tape.floats(new float[] {1, 2, 3, 4}, 1, 4);
          Tensor targets = tape.ints(new int[] {2}, 1);
          tape.backward(
              Losses.crossEntropy(Ops.linear(x, weight, null, false), targets, 0), gradients);
        }
        float[] sum = gradients.of(weight).toFloats();
        once = pass == 1 ? sum : once;
        for (int i = 0; i < sum.length; i++) {
          assertThat(sum[i]).isCloseTo(pass * once[i], Offset.offset(1e-6f));
        }
      }
      gradients.clear();
      assertThat(gradients.of(weight)).isNull();
    }
  }

  @Test
  void bf16FollowsF32Roughly() {
    try (Scope scope = Scope.open()) {
      Tensor weight = random(scope, 16, 24);
      Tensor x = random(scope, 10, 24);
      Tensor narrowX = scope.empty(DType.BF16, x.shape());
      Tensor narrowWeight = scope.empty(DType.BF16, weight.shape());
      Casts.copy(narrowX, x);
      Casts.copy(narrowWeight, weight);
      Tensor exact = Ops.rmsNorm(Ops.linear(x, weight, null, false), null, 0, 1e-5f);
      Tensor narrow = Ops.rmsNorm(Ops.linear(narrowX, narrowWeight, null, false), null, 0, 1e-5f);
      assertThat(narrow.dtype()).isEqualTo(DType.BF16);
      float[] got = Casts.toFloat(scope, narrow).toFloats();
      float[] want = exact.toFloats();
      for (int i = 0; i < want.length; i++) {
        assertThat(got[i]).isCloseTo(want[i], Offset.offset(0.05f));
      }
    }
  }

  @Test
  void everyByteComesBackAfterAStep() {
    long before = MemoryPool.shared().usedBytes();
    try (Scope scope = Scope.open()) {
      Tensor weight = random(scope, 64, 64).track();
      Gradients gradients = new Gradients(scope);
      try (Tape tape = Tape.open(scope)) {
        Tensor x = tape.zeros(DType.F32, 32, 64);
        Tensor y = Ops.contained(Ops.linear(x, weight, null, false), part -> Ops.add(part, part));
        tape.backward(Losses.crossEntropy(y, tape.ints(new int[32], 32), 0), gradients);
      }
    }
    assertThat(MemoryPool.shared().usedBytes()).isEqualTo(before);
  }

  private void check(List<long[]> shapes, Function<Inputs, Tensor> function) {
    differences.check(shapes, function);
  }

  private Tensor random(Scope scope, long... shape) {
    return differences.random(scope, shape);
  }

  private static long[] shape(long... dims) {
    return dims;
  }

  private static AttentionArgs causal(Scope scope, int batchSize, int seqLen) {
    int[] ends = new int[batchSize * seqLen];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = i % seqLen + 1;
    }
    return AttentionArgs.of(
        0.5f,
        scope.ints(new int[ends.length], batchSize, seqLen),
        scope.ints(ends, batchSize, seqLen),
        seqLen);
  }

  private static Rotation rotation(
      Scope scope, int batchSize, int seqLen, int pairs, boolean interleaved) {
    float[] cos = new float[seqLen * pairs];
    float[] sin = new float[seqLen * pairs];
    int[] rows = new int[batchSize * seqLen];
    for (int i = 0; i < cos.length; i++) {
      cos[i] = (float) Math.cos(i * 0.7);
      sin[i] = (float) Math.sin(i * 0.7);
    }
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i % seqLen;
    }
    return new Rotation(
        scope.floats(cos, seqLen, pairs),
        scope.floats(sin, seqLen, pairs),
        scope.ints(rows, batchSize, seqLen),
        interleaved);
  }
}
