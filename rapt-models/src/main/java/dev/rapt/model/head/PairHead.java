package dev.rapt.model.head;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.function.UnaryOperator;

/** Two scores of a pair of texts, from what the pooler makes of the first token. */
public record PairHead(UnaryOperator<Tensor> pooler, Linear projection) {
  public static PairHead of(ModelParts<EncoderConfig, Backbone> parts) {
    EncoderConfig config = parts.config();
    String name = config.pairProjection();
    if (name == null) {
      throw new IllegalArgumentException(
          config.modelType() + ": has no head for pairs of texts; only bert and albert do");
    }
    return new PairHead(
        HeadParts.transform(parts, config.pooler()), HeadParts.projection(parts, name, 2));
  }

  /** Maps hidden states (B, T, D) to scores (B, 2). */
  public Tensor logits(Tensor hidden, Pass pass) {
    return projection.forward(pooler.apply(HeadParts.firstTokens(hidden, pass)));
  }
}
