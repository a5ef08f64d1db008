package dev.rapt.train.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.model.CausalLm;
import dev.rapt.model.MultiTokenPrediction;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Llama;
import org.junit.jupiter.api.Test;

class TrainFlopsTest {
  private static final int V = 40, D = 32, T = 16;

  private static CausalLm llama(int layers) {
    return CausalLm.create(Llama.Config.of(DecoderSizes.of(V, D, layers, 4, 4, 64, T, true)), 1);
  }

  @Test
  void aModuleOfMultiTokenPredictionCountsAsALayerWithProjectionAndHead() {
    try (CausalLm model = llama(2);
        CausalLm taller = llama(3)) {
      MultiTokenPrediction further = MultiTokenPrediction.create(model, 1, 1);
      int ofModule = 2 * D * D + 3 * D + V * D; // projection, three norms, head
      assertThat(TrainFlops.perToken(model, further, T))
          .isCloseTo(TrainFlops.perToken(taller, T) + 6 * ofModule, within(1e-3));
    }
  }
}
