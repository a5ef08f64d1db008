package dev.rapt.generate.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.model.CausalLm;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Llama;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class CausalLmDecodingTest {
  private static final int VOCABULARY = 24;

  /** bf16 keeps 8 bits; logits of this model are below 0.1. */
  private static final float BF16_ERROR = 0.005f;

  @Test
  void bf16DecodesTokenByTokenWhatF32ComputesInOnePass() {
    Llama.Config config = Llama.Config.of(DecoderSizes.of(VOCABULARY, 16, 2, 4, 2, 32, 16, false));
    boolean[][] mask = {{true, true, true, true, true}};
    try (CausalLm wide = CausalLm.create(config, 7);
        CausalLm narrow = CausalLm.create(config, 7)) {
      narrow.parameters().computeInBf16();
      try (Decoding whole =
              new CausalLmDecoding(wide).start(new int[][] {{3, 1, 4, 1, 5}}, mask, 8);
          Decoding steps =
              new CausalLmDecoding(narrow)
                  .start(new int[][] {{3, 1, 4}}, new boolean[][] {{true, true, true}}, 8)) {
        steps.step(new int[] {1});
        steps.step(new int[] {5});
        for (int i = 0; i < VOCABULARY; i++) {
          assertThat(steps.logits().getAtIndex(ValueLayout.JAVA_FLOAT, i))
              .isCloseTo(whole.logits().getAtIndex(ValueLayout.JAVA_FLOAT, i), within(BF16_ERROR));
        }
      }
    }
  }
}
