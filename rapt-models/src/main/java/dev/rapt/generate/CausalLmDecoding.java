package dev.rapt.generate;

import dev.rapt.model.CausalLm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/** Generation with a causal language model and a cache of keys and values. */
public final class CausalLmDecoding implements DecodingModel {
  private final CausalLm model;

  /** Generation with this model, which the caller keeps open. */
  public CausalLmDecoding(CausalLm model) {
    this.model = model;
  }

  @Override
  public int vocabSize() {
    return model.config().vocabSize();
  }

  @Override
  public int maxPositions() {
    return model.config().endsAtMaxPositions() ? model.config().maxPositions() : Integer.MAX_VALUE;
  }

  @Override
  public Decoding start(int[][] ids, boolean[][] mask, int capacity) {
    for (int[] row : ids) {
      model.requireText(row);
    }
    CachedDecoding.Network network =
        new CachedDecoding.Network() {
          @Override
          public Tensor hidden(Tensor tokens, Pass.Builder pass) {
            return model.hidden(tokens, pass.build());
          }

          @Override
          public Tensor logits(Tensor hidden) {
            return model.logits(hidden);
          }
        };
    return CachedDecoding.start(
        model.scope().child(), network, model.config().numLayers(), ids, mask, capacity);
  }
}
