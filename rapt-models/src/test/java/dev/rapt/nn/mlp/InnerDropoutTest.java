package dev.rapt.nn.mlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.kernel.Activation;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.nn.RandomSource;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InnerDropoutTest {
  private static final int D = 4, F = 6, T = 3, LAYER = 2, NUM_SEEDS = 4000;
  private static final float P = 0.3f;

  /** Some standard errors of a mean over that many seeds, of values around 1. */
  private static final double OF_MEANS = 0.06;

  private static final float ROUNDING = 1e-6f;

  private final Scope scope = Scope.open();
  private final Tensor x = scope.floats(gaussians(1), 1, T, D);
  private final Tensor stream = scope.floats(gaussians(2), 1, T, D);

  @AfterEach
  void close() {
    scope.close();
  }

  private static float[] gaussians(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[T * D];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private Layer mlp(boolean gated, float probability) {
    ParameterSource source = new RandomSource(new Parameters(scope), 5);
    Linear up = Linear.of(source.at("up"), D, F, true, 0.6);
    Linear down = Linear.of(source.at("down"), F, D, true, 0.6);
    return gated
        ? new GatedMlp(Linear.of(source.at("gate"), D, F, true, 0.6), up, Activation.SILU, down)
            .withDropout(LAYER, probability)
        : new Mlp(up, Activation.GELU, down).withDropout(LAYER, probability);
  }

  private Pass evaluating() {
    return Pass.over(x).build();
  }

  private Pass training(long seed) {
    return Pass.over(x).training(seed).build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingIsDroppedInEvaluationOrWithProbabilityZero(boolean gated) {
    float[] plain = mlp(gated, 0).forward(x, evaluating()).toFloats();
    assertThat(mlp(gated, P).forward(x, evaluating()).toFloats()).isEqualTo(plain);
    assertThat(mlp(gated, 0).forward(x, training(7)).toFloats()).isEqualTo(plain);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theSeedAloneDecidesWhatIsDropped(boolean gated) {
    Layer mlp = mlp(gated, P);
    float[] out = mlp.forward(x, training(7)).toFloats();
    assertThat(out).isNotEqualTo(mlp.forward(x, evaluating()).toFloats());
    assertThat(mlp.forward(x, training(7)).toFloats()).isEqualTo(out);
    assertThat(mlp.forward(x, training(8)).toFloats()).isNotEqualTo(out);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsAddedToTheStreamDropsTheSame(boolean gated) {
    Layer mlp = mlp(gated, P);
    float[] want = stream.toFloats();
    float[] out = mlp.forward(x, training(7)).toFloats();
    for (int i = 0; i < want.length; i++) {
      want[i] += out[i];
    }
    assertThat(mlp.addTo(stream, x, training(7)).toFloats())
        .containsExactly(want, within(ROUNDING));
  }

  /** The last projection is linear, so the mean of what it makes is what it makes of the mean. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theMeanOverSeedsIsTheResultWithoutDropout(boolean gated) {
    Layer mlp = mlp(gated, P);
    double[] sums = new double[T * D];
    for (int seed = 0; seed < NUM_SEEDS; seed++) {
      float[] out = mlp.forward(x, training(seed)).toFloats();
      for (int i = 0; i < sums.length; i++) {
        sums[i] += out[i];
      }
    }
    float[] want = mlp.forward(x, evaluating()).toFloats();
    for (int i = 0; i < sums.length; i++) {
      assertThat(sums[i] / NUM_SEEDS).as("element %d", i).isCloseTo(want[i], within(OF_MEANS));
    }
  }
}
