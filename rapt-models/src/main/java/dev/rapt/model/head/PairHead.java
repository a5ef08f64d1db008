package dev.rapt.model.head;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.function.UnaryOperator;

/** Head for pairs of texts: two logits from the pooled first token. */
public record PairHead(UnaryOperator<Tensor> pooler, Linear projection) {
  /**
   * Builds the head of an encoder.
   *
   * @throws IllegalArgumentException if the family has no such head
   */
  public static PairHead of(ModelParts<EncoderConfig, Backbone> parts) {
    EncoderConfig config = parts.config();
    String name = config.pairProjection();
    if (name == null) {
      throw new IllegalArgumentException(
          "config.json: model_type must be bert or albert for a head for pairs of texts, got "
              + config.modelType());
    }
    return new PairHead(
        HeadParts.transform(parts, config.pooler()), HeadParts.projection(parts, name, 2));
  }

  /** Maps hidden states (B, T, D) to logits (B, 2). */
  public Tensor logits(Tensor hidden, Pass pass) {
    return projection.forward(pooler.apply(HeadParts.firstTokens(hidden, pass)));
  }
}
