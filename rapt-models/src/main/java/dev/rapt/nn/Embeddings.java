package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What begins the residual stream: dropout(norm(projection(scale token) + position)), each part but
 * the first optional.
 *
 * @param scale factor of the token's vector, as in Gemma; commonly 1
 * @param projection maps the token's vector to the width of the stream, or null
 * @param positions vectors for positions, learned, or null
 * @param positionOffset row of the first position, as in OPT; commonly 0
 * @param sinusoids fixed sines and cosines, or null
 * @param norm of the sum, or null
 */
public record Embeddings(
    Embedding tokens,
    float scale,
    @Nullable Linear projection,
    @Nullable Embedding positions,
    int positionOffset,
    @Nullable Sinusoids sinusoids,
    @Nullable Norm norm,
    float dropout) {
  private static final int LAYER = -1;

  /** Tokens alone. */
  public static Embeddings of(Embedding tokens) {
    return new Embeddings(tokens, 1, null, null, 0, null, null, 0);
  }

  /** The same with the tokens' vectors multiplied by this. */
  public Embeddings scaled(float factor) {
    return new Embeddings(
        tokens, factor, projection, positions, positionOffset, sinusoids, norm, dropout);
  }

  /** The same with the tokens' vectors mapped to the width of the stream. */
  public Embeddings projected(Linear layer) {
    return new Embeddings(
        tokens, scale, layer, positions, positionOffset, sinusoids, norm, dropout);
  }

  /** The same with learned positions, the first of which is row offset. */
  public Embeddings withPositions(Embedding table, int offset) {
    return new Embeddings(tokens, scale, projection, table, offset, sinusoids, norm, dropout);
  }

  /** The same with fixed sines and cosines, or null. */
  public Embeddings withSinusoids(@Nullable Sinusoids fixed) {
    return new Embeddings(
        tokens, scale, projection, positions, positionOffset, fixed, norm, dropout);
  }

  /** The same with a norm. */
  public Embeddings withNorm(Norm last) {
    return new Embeddings(
        tokens, scale, projection, positions, positionOffset, sinusoids, last, dropout);
  }

  /** The same with dropout in training. */
  public Embeddings withDropout(float probability) {
    return new Embeddings(
        tokens, scale, projection, positions, positionOffset, sinusoids, norm, probability);
  }

  /** The tables, the tokens' first. */
  List<Parameter> tables() {
    List<Parameter> tables = new ArrayList<>(List.of(tokens.table()));
    if (positions != null) {
      tables.add(positions.table());
    }
    return tables;
  }

  /** Maps ids (B, T) to (B, T, D). */
  public Tensor forward(Tensor ids, Pass pass) {
    Tensor x = tokens.forward(ids);
    if (scale != 1) {
      x = Ops.scale(x, scale);
    }
    if (projection != null) {
      x = projection.forward(x);
    }
    if (positions != null) {
      x = Ops.add(x, positions.forward(rows(pass)));
    }
    if (sinusoids != null) {
      x = Ops.add(x, sinusoids.of(ids, pass, Math.toIntExact(x.lastDim())));
    }
    if (norm != null) {
      x = norm.forward(x);
    }
    return Ops.dropout(x, pass.dropout(dropout), pass.dropoutSeed(LAYER, 0));
  }

  private Tensor rows(Pass pass) {
    int[] rows = pass.positions().clone();
    for (int i = 0; i < rows.length; i++) {
      rows[i] += positionOffset;
    }
    return pass.scope().ints(rows, pass.batchSize(), pass.seqLen());
  }
}
