package dev.rapt.generate.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.kernel.Activation;
import dev.rapt.model.CausalLm;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.decoder.Decoder;
import dev.rapt.model.decoder.PositionEncoding;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models with sliding windows in every second layer, at lengths far beyond the window. */
class SlidingWindowDecodingTest {
  private static final int VOCABULARY = 24, WINDOW = 7, BATCH = 2, LENGTH = 400, PROMPT = 150;
  private static final int[] PADDING = {0, 31};

  /** Logits around 1, of sums in another order. */
  private static final float TOLERANCE = 1e-4f;

  @ParameterizedTest
  @EnumSource(names = {"ROPE", "ALIBI", "NONE"})
  void decodingTokenByTokenMatchesOnePass(PositionEncoding positions) {
    int[][] ids = new int[BATCH][];
    boolean[][] mask = new boolean[BATCH][PROMPT];
    for (int row = 0; row < BATCH; row++) {
      ids[row] = new SplittableRandom(row).ints(LENGTH, 0, VOCABULARY).toArray();
      Arrays.fill(mask[row], PADDING[row], PROMPT, true);
    }
    int[][] prompts =
        Arrays.stream(ids).map(row -> Arrays.copyOf(row, PROMPT)).toArray(int[][]::new);
    try (CausalLm model = CausalLm.create(config(positions), 7);
        Scope scope = model.scope().child();
        Decoding decoding = new CausalLmDecoding(model).start(prompts, mask, LENGTH)) {
      Tensor wanted = onePass(model, ids, scope); // (B, T, V)
      for (int position = PROMPT - 1; position < LENGTH; position++) {
        for (int i = 0; i < BATCH * VOCABULARY; i++) {
          long row = (long) i / VOCABULARY * LENGTH + position;
          assertThat(decoding.logits().getAtIndex(ValueLayout.JAVA_FLOAT, i))
              .as("position %d, logit %d", position, i)
              .isCloseTo(wanted.getFloat(row * VOCABULARY + i % VOCABULARY), within(TOLERANCE));
        }
        if (position + 1 < LENGTH) {
          int next = position + 1;
          decoding.step(Arrays.stream(ids).mapToInt(row -> row[next]).toArray());
        }
      }
    }
  }

  private static Tensor onePass(CausalLm model, int[][] ids, Scope scope) {
    int[] flat = Arrays.stream(ids).flatMapToInt(Arrays::stream).toArray();
    int[] firstKeys = new int[flat.length];
    Arrays.setAll(firstKeys, i -> PADDING[i / LENGTH]);
    Tensor tokens = scope.ints(flat, BATCH, LENGTH);
    return model.logits(tokens, Pass.over(tokens).firstKeys(firstKeys).build());
  }

  private static Decoder.Config config(PositionEncoding positions) {
    RopeConfig rope =
        positions == PositionEncoding.ROPE
            ? new RopeConfig(RopeConfig.DEFAULT_THETA, new RopeScaling.None())
            : null;
    // weights large enough that what is seen decides
    DecoderSizes sizes = new DecoderSizes(VOCABULARY, 16, 3, 4, 2, 4, 32, 512, false, 0.3);
    return new Decoder.Config(
        sizes,
        positions,
        Decoder.Config.kinds(3, rope, WINDOW, true),
        Norm.Kind.RMS,
        false,
        1e-5f,
        Activation.SILU,
        true,
        false,
        0);
  }
}
