package dev.rapt.nn.attention;

import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * How attention scores are computed from queries and keys: {@code softCap tanh(scale q k' /
 * softCap) + ALiBi + bias}.
 *
 * @param scale factor of the products
 * @param softCap bound that scores approach through a tanh (logit soft-capping); 0 for none
 * @param alibiSlopes slopes of ALiBi (H), f32, or null
 * @param sinks attention sinks, a learned score (H) of each head that joins its softmax's
 *     denominator, or null
 * @param bias a learned bias by relative position, or null
 * @param temperature how scores grow with the position of the query
 */
public record ScoreTerms(
    float scale,
    float softCap,
    @Nullable Tensor alibiSlopes,
    @Nullable Parameter sinks,
    @Nullable RelativeBias bias,
    Temperature temperature) {
  /** Returns scores that are products times this factor and nothing else. */
  static ScoreTerms scaledBy(double factor) {
    return new ScoreTerms((float) factor, 0, null, null, null, Temperature.CONSTANT);
  }

  ScoreTerms scaled(double factor) {
    return new ScoreTerms((float) factor, softCap, alibiSlopes, sinks, bias, temperature);
  }

  ScoreTerms withSoftCap(double bound) {
    return new ScoreTerms(scale, (float) bound, alibiSlopes, sinks, bias, temperature);
  }

  ScoreTerms withAlibi(@Nullable Tensor slopes) {
    return new ScoreTerms(scale, softCap, slopes, sinks, bias, temperature);
  }

  ScoreTerms withSinks(Parameter learned) {
    return new ScoreTerms(scale, softCap, alibiSlopes, learned, bias, temperature);
  }

  ScoreTerms withBias(@Nullable RelativeBias learned) {
    return new ScoreTerms(scale, softCap, alibiSlopes, sinks, learned, temperature);
  }

  ScoreTerms withTemperature(Temperature growing) {
    return new ScoreTerms(scale, softCap, alibiSlopes, sinks, bias, growing);
  }

  /** Returns the arguments with these terms, for queries in this scope. */
  AttentionArgs apply(AttentionArgs args, Pass pass, Scope scope) {
    return args.withSoftCap(softCap)
        .withAlibi(alibiSlopes)
        .withSinks(sinks == null ? null : sinks.value())
        .withRelativeByQuery(bias == null ? null : bias.scores(pass, scope));
  }
}
