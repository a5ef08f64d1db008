package dev.rapt.generate.decoding;

import dev.rapt.model.CausalLm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/** Generation with a causal language model and a KV cache. */
public final class CausalLmDecoding implements DecodingModel {
  private final CausalLm model;

  /** Generation with this model, which must stay open. */
  public CausalLmDecoding(CausalLm model) {
    this.model = model;
  }

  /** The model. */
  public CausalLm model() {
    return model;
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
          public int numLayers() {
            return model.config().numLayers();
          }

          @Override
          public Tensor hidden(Tensor tokens, Pass.Builder pass) {
            return model.hidden(tokens, pass.build());
          }

          @Override
          public Tensor logits(Tensor hidden) {
            return model.logits(hidden);
          }
        };
    return CachedDecoding.start(model.scope().child(), network, ids, mask, capacity);
  }
}
