package dev.rapt.generate.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Casts;
import dev.rapt.model.CausalLm;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Llama;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

  @ParameterizedTest
  @EnumSource(Stored.class)
  void prefillInBf16RoundsInputsOfLongPromptsAlone(Stored stored) {
    Llama.Config config = Llama.Config.of(DecoderSizes.of(VOCABULARY, 64, 2, 4, 2, 64, 64, false));
    try (CausalLm exact = CausalLm.create(config, 7);
        CausalLm rounding = CausalLm.create(config, 7)) {
      stored.change(exact);
      stored.change(rounding);
      rounding.parameters().prefillInBf16();
      assertThat(logits(rounding, 31)).isEqualTo(logits(exact, 31));
      float[] expected = logits(exact, 32);
      float[] found = logits(rounding, 32);
      assertThat(found).containsExactly(expected, within(BF16_ERROR));
      if (stored == Stored.F32) {
        assertThat(found).isEqualTo(expected);
      } else {
        assertThat(found).isNotEqualTo(expected);
      }
    }
  }

  private static float[] logits(CausalLm model, int promptLen) {
    int[] prompt = IntStream.range(0, promptLen).map(i -> i * 7 % VOCABULARY).toArray();
    boolean[] mask = new boolean[promptLen];
    Arrays.fill(mask, true);
    try (Decoding decoding =
        new CausalLmDecoding(model)
            .start(new int[][] {prompt}, new boolean[][] {mask}, promptLen + 1)) {
      return decoding.logits().toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  /** How the matrices of linear layers are stored. */
  enum Stored {
    F32 {
      @Override
      void changeWeight(Parameter weight, Scope scope) {}
    },
    BF16 {
      @Override
      void changeWeight(Parameter weight, Scope scope) {
        Tensor narrow = scope.empty(DType.BF16, weight.shape());
        Casts.copy(narrow, weight.value());
        weight.replace(narrow);
      }
    },
    NF4 {
      @Override
      void changeWeight(Parameter weight, Scope scope) {
        weight.quantize();
      }
    };

    abstract void changeWeight(Parameter weight, Scope scope);

    void change(CausalLm model) {
      for (Parameter parameter : model.parameters()) {
        if (parameter.acceptsUpdates()) {
          changeWeight(parameter, model.scope());
        }
      }
    }
  }
}
