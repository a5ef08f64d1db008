package dev.rapt.nn.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.nn.Init;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.nn.RandomSource;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatentAttentionTest {
  private static final int D = 10, QUERY_LATENT = 7, INDEX_HEADS = 3, INDEX_DIM = 6;
  private static final LatentAttention.Sizes SIZES = new LatentAttention.Sizes(2, 3, 4, 5, 8);

  /** Sums in another order, of values around 1. */
  private static final float TOLERANCE = 2e-5f;

  /** New tokens up to which latents are looked at as they are; beyond, they are expanded. */
  private static final int MOST_ABSORBED = 8;

  private final Scope scope = Scope.open();
  private final SplittableRandom random = new SplittableRandom(3);

  @AfterEach
  void close() {
    scope.close();
  }

  /** With {@code topK} keys for each query, or all if 0. */
  private LatentAttention attention(int topK) {
    ParameterSource source = new RandomSource(new Parameters(scope), 11);
    Rope rope = new Rope(SIZES.rotaryDim(), 100, new RopeScaling.None(), true);
    Rope indexRope = new Rope(SIZES.rotaryDim(), 100, new RopeScaling.None(), false);
    LightningIndexer indexer =
        new LightningIndexer(
            0,
            linear(source, "wq_b", QUERY_LATENT, INDEX_HEADS * INDEX_DIM),
            linear(source, "wk", D, INDEX_DIM),
            Norm.LayerNorm.of(source.at("k_norm"), INDEX_DIM, 1e-6f, true),
            linear(source, "weights_proj", D, INDEX_HEADS),
            indexRope,
            INDEX_HEADS,
            INDEX_DIM,
            Math.max(1, topK));
    int H = SIZES.numHeads();
    return new LatentAttention(
        SIZES,
        new LatentAttention.Projections(
            new LatentAttention.QueryProjection(
                linear(source, "q_a", D, QUERY_LATENT),
                Norm.RmsNorm.of(source.at("q_norm"), QUERY_LATENT, 1e-6f),
                linear(source, "q_b", QUERY_LATENT, H * SIZES.headDim())),
            linear(source, "kv_a", D, SIZES.keptDim()),
            Norm.RmsNorm.of(source.at("kv_norm"), SIZES.latentDim(), 1e-6f),
            source.get("kv_b", new Init.Normal(0.4), (long) H * SIZES.upDim(), SIZES.latentDim()),
            linear(source, "o", H * SIZES.valueDim(), D)),
        rope,
        Attention.of(0, SIZES.headDim()).scaled(0.4f),
        topK == 0 ? null : indexer);
  }

  private static Linear linear(ParameterSource source, String name, int in, int out) {
    return Linear.of(source.at(name), in, out, false, 0.4);
  }

  private float[] stream(int batchSize, int seqLen) {
    float[] x = new float[batchSize * seqLen * D];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  private float[] run(LatentAttention attention, KvCache cache, float[] x) {
    Tensor stream = scope.floats(x, 1, x.length / D, D);
    float[] out = attention.forward(stream, Pass.over(stream).cache(cache).build()).toFloats();
    cache.advance(x.length / D);
    return out;
  }

  @Test
  void fewNewTokensAreAbsorbedAndManyExpanded() {
    assertThat(SIZES.absorbs(MOST_ABSORBED)).isTrue();
    assertThat(SIZES.absorbs(MOST_ABSORBED + 1)).isFalse();
    // DeepSeek-V3
    assertThat(new LatentAttention.Sizes(128, 128, 64, 128, 512).absorbs(1)).isTrue();
    assertThat(new LatentAttention.Sizes(128, 128, 64, 128, 512).absorbs(512)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 100})
  void absorbedAndExpandedFormsAgree(int topK) {
    LatentAttention attention = attention(topK);
    int T = 2 * MOST_ABSORBED + 5;
    float[] x = stream(1, T);
    Tensor stream = scope.floats(x, 1, T, D);
    float[] expanded = attention.forward(stream, Pass.over(stream).build()).toFloats();
    for (int[] pieces :
        new int[][] {{1, 1, 5, 8, 6}, {3, MOST_ABSORBED + 1, MOST_ABSORBED + 1}, {T - 1, 1}}) {
      KvCache cache = new KvCache(scope, 1, 1, 64);
      int at = 0;
      for (int piece : pieces) {
        float[] got = run(attention, cache, Arrays.copyOfRange(x, at * D, (at + piece) * D));
        float[] want = Arrays.copyOfRange(expanded, at * D, (at + piece) * D);
        assertThat(got).containsExactly(want, within(TOLERANCE));
        at += piece;
      }
      assertThat(at).isEqualTo(T);
    }
  }

  @Test
  void aQueryLooksAtTheChosenKeysOnly() {
    float[] x = stream(1, 12);
    Tensor stream = scope.floats(x, 1, 12, D);
    float[] all = attention(0).forward(stream, Pass.over(stream).build()).toFloats();
    float[] three = attention(3).forward(stream, Pass.over(stream).build()).toFloats();
    assertThat(Arrays.copyOf(three, 3 * D)).containsExactly(Arrays.copyOf(all, 3 * D));
    assertThat(Arrays.copyOfRange(three, 11 * D, 12 * D))
        .isNotEqualTo(Arrays.copyOfRange(all, 11 * D, 12 * D));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void selectedAndShortenedCachesGoOnAsIfNothingElseHadBeen(int topK) {
    LatentAttention attention = attention(topK);
    float[] first = stream(1, 6);
    float[] second = stream(1, 6);
    float[] next = stream(1, 1);
    KvCache alone = new KvCache(scope, 1, 1, 16);
    run(attention, alone, second);
    float[] want = run(attention, alone, next);
    alone.truncate(6);
    assertThat(run(attention, alone, next)).containsExactly(want);

    KvCache both = new KvCache(scope, 1, 2, 16);
    float[] pair = Arrays.copyOf(first, 12 * D);
    System.arraycopy(second, 0, pair, 6 * D, 6 * D);
    Tensor stream = scope.floats(pair, 2, 6, D);
    attention.forward(stream, Pass.over(stream).cache(both).build());
    both.advance(6);
    both.select(new int[] {1});
    assertThat(run(attention, both, next)).containsExactly(want, within(TOLERANCE));
  }
}
