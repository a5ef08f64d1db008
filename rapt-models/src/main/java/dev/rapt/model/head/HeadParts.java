package dev.rapt.model.head;

import dev.rapt.autograd.Ops;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderHeads;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Parts of the heads of encoders. */
public final class HeadParts {
  private HeadParts() {}

  /**
   * Builds a head transform, a layer, an activation and optionally a norm, that keeps the hidden
   * size; the identity for null.
   */
  public static UnaryOperator<Tensor> transform(
      ModelParts<EncoderConfig, Backbone> parts, @Nullable HeadTransform transform) {
    return transform == null
        ? UnaryOperator.identity()
        : transform(parts, transform, parts.config().hiddenSize());
  }

  /** Builds a head transform to this width. */
  public static UnaryOperator<Tensor> transform(
      ModelParts<EncoderConfig, Backbone> parts, HeadTransform transform, int width) {
    EncoderConfig config = parts.config();
    ParameterSource source = transform.inBody() ? parts.bodySource() : parts.source();
    Linear dense =
        Linear.of(
            source.at(transform.dense()),
            config.hiddenSize(),
            width,
            transform.bias(),
            config.initStd());
    float eps = config.sizes().normEps();
    Norm norm =
        transform.norm() == null
            ? null
            : Norm.LayerNorm.of(source.at(transform.norm()), width, eps, transform.normBias());
    return x -> {
      Tensor mapped = dense.forward(x, transform.activation());
      return norm == null ? mapped : norm.forward(mapped);
    };
  }

  /** Builds a post-norm residual MLP, as in the blocks of BERT. */
  public static UnaryOperator<Tensor> residualMlp(
      ModelParts<EncoderConfig, Backbone> parts, EncoderHeads.SpanMlp mlp) {
    EncoderSizes sizes = parts.config().sizes();
    ParameterSource source = parts.source();
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    Linear up = Linear.of(source.at(mlp.up()), D, F, true, sizes.initStd());
    Linear down = Linear.of(source.at(mlp.down()), F, D, true, sizes.initStd());
    Norm norm = Norm.LayerNorm.of(source.at(mlp.norm()), D, sizes.normEps(), true);
    return x -> norm.forward(Ops.add(down.forward(up.forward(x, sizes.activation())), x));
  }

  /** Builds the last layer of a head, from the hidden size to a number of outputs. */
  public static Linear projection(
      ModelParts<EncoderConfig, Backbone> parts, String name, int outputs) {
    EncoderConfig config = parts.config();
    return Linear.of(parts.source().at(name), config.hiddenSize(), outputs, true, config.initStd());
  }

  /** Returns the hidden states (B, D) of the first tokens, out of hidden states (B, T, D). */
  public static Tensor firstTokens(Tensor hidden, Pass pass) {
    int[] rows = new int[pass.batchSize()];
    for (int b = 0; b < rows.length; b++) {
      rows[b] = b * pass.seqLen();
    }
    return tokens(hidden, rows, pass);
  }

  /**
   * Builds the pooling of hidden states (B, T, D) to (B, D): the first token, or the mean over
   * tokens, then a transform.
   */
  public static BiFunction<Tensor, Pass, Tensor> summary(
      ModelParts<EncoderConfig, Backbone> parts, @Nullable HeadTransform transform) {
    UnaryOperator<Tensor> last = transform(parts, transform);
    return parts.config().meanPooled()
        ? (hidden, pass) -> last.apply(Ops.meanOverTime(hidden, pass.rightPaddingMask()))
        : (hidden, pass) -> last.apply(firstTokens(hidden, pass));
  }

  /** Returns the hidden states (B, D) of the last tokens that are not padding. */
  public static Tensor lastTokens(Tensor hidden, Tensor ids, int padTokenId, Pass pass) {
    int seqLen = pass.seqLen();
    int[] last = new int[pass.batchSize()];
    for (int b = 0; b < last.length; b++) {
      int t = seqLen - 1;
      while (t > 0 && ids.getInt((long) b * seqLen + t) == padTokenId) {
        t--;
      }
      last[b] = b * seqLen + t;
    }
    return tokens(hidden, last, pass);
  }

  /**
   * Returns the hidden states (B, D) of the last end-of-sequence tokens.
   *
   * @throws IllegalArgumentException if a sequence has none
   */
  public static Tensor lastEnds(Tensor hidden, Tensor ids, int eosTokenId, Pass pass) {
    int seqLen = pass.seqLen();
    int[] rows = new int[pass.batchSize()];
    for (int b = 0; b < rows.length; b++) {
      int t = seqLen - 1;
      while (t >= 0 && ids.getInt((long) b * seqLen + t) != eosTokenId) {
        t--;
      }
      if (t < 0) {
        throw new IllegalArgumentException(
            "input: each sequence must have the end-of-sequence token %d, got none in sequence %d"
                .formatted(eosTokenId, b));
      }
      rows[b] = b * seqLen + t;
    }
    return tokens(hidden, rows, pass);
  }

  /** Returns these rows (n, D) of hidden states (B, T, D), flattened to (B T, D). */
  public static Tensor tokens(Tensor hidden, int[] rows, Pass pass) {
    Tensor all = hidden.reshape(-1, hidden.lastDim());
    return Ops.embedding(all, pass.scope().ints(rows, rows.length));
  }
}
