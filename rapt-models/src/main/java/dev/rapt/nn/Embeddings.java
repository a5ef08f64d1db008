package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What begins the residual stream: dropout(norm(projection(scale token) + position + segment)), and
 * perhaps further steps; each part but the first is optional.
 *
 * @param scale factor of the token's vector, as in Gemma; commonly 1
 * @param projection maps the token's vector to the width of the stream, or null
 * @param positions vectors for positions, learned, or null
 * @param positionOffset row of the first position, as in OPT; commonly 0
 * @param sinusoids fixed sines and cosines, or null
 * @param padTokenId where positions count the tokens that are not this id, from the row past it on,
 *     as in RoBERTa; -1 where they are those of the pass
 * @param tokenTypes vectors for segments, or null
 * @param norm of the sum, or null
 * @param steps what follows
 */
public record Embeddings(
    Embedding tokens,
    float scale,
    @Nullable Linear projection,
    @Nullable Embedding positions,
    int positionOffset,
    @Nullable Sinusoids sinusoids,
    int padTokenId,
    @Nullable Embedding tokenTypes,
    @Nullable Norm norm,
    float dropout,
    List<Layer> steps) {
  private static final int LAYER = -1;

  /** Tokens alone. */
  public static Embeddings of(Embedding tokens) {
    return new Embeddings(tokens, 1, null, null, 0, null, -1, null, null, 0, List.of());
  }

  /** The same with the tokens' vectors multiplied by this. */
  public Embeddings scaled(float factor) {
    return new Embeddings(
        tokens,
        factor,
        projection,
        positions,
        positionOffset,
        sinusoids,
        padTokenId,
        tokenTypes,
        norm,
        dropout,
        steps);
  }

  /** The same with the tokens' vectors mapped to the width of the stream. */
  public Embeddings projected(Linear layer) {
    return new Embeddings(
        tokens,
        scale,
        layer,
        positions,
        positionOffset,
        sinusoids,
        padTokenId,
        tokenTypes,
        norm,
        dropout,
        steps);
  }

  /** The same with learned positions, the first of which is row offset. */
  public Embeddings withPositions(Embedding table, int offset) {
    return new Embeddings(
        tokens,
        scale,
        projection,
        table,
        offset,
        sinusoids,
        padTokenId,
        tokenTypes,
        norm,
        dropout,
        steps);
  }

  /**
   * The same with learned positions that count the tokens which are not padding, the first of them
   * in the row past the padding id; padding has the row of its id.
   */
  public Embeddings withPositionsPast(Embedding table, int paddingId) {
    return new Embeddings(
        tokens,
        scale,
        projection,
        table,
        positionOffset,
        sinusoids,
        paddingId,
        tokenTypes,
        norm,
        dropout,
        steps);
  }

  /** The same with fixed sines and cosines, or null. */
  public Embeddings withSinusoids(@Nullable Sinusoids fixed) {
    return new Embeddings(
        tokens,
        scale,
        projection,
        positions,
        positionOffset,
        fixed,
        padTokenId,
        tokenTypes,
        norm,
        dropout,
        steps);
  }

  /** The same with vectors for segments. */
  public Embeddings withTokenTypes(Embedding table) {
    return new Embeddings(
        tokens,
        scale,
        projection,
        positions,
        positionOffset,
        sinusoids,
        padTokenId,
        table,
        norm,
        dropout,
        steps);
  }

  /** The same with a norm. */
  public Embeddings withNorm(Norm last) {
    return new Embeddings(
        tokens,
        scale,
        projection,
        positions,
        positionOffset,
        sinusoids,
        padTokenId,
        tokenTypes,
        last,
        dropout,
        steps);
  }

  /** The same with dropout in training. */
  public Embeddings withDropout(float probability) {
    return new Embeddings(
        tokens,
        scale,
        projection,
        positions,
        positionOffset,
        sinusoids,
        padTokenId,
        tokenTypes,
        norm,
        probability,
        steps);
  }

  /** The same with one more step after all others, which may change the width. */
  public Embeddings then(Layer step) {
    List<Layer> more = new ArrayList<>(steps);
    more.add(step);
    return new Embeddings(
        tokens,
        scale,
        projection,
        positions,
        positionOffset,
        sinusoids,
        padTokenId,
        tokenTypes,
        norm,
        dropout,
        List.copyOf(more));
  }

  /** The tables, the tokens' first. */
  List<Parameter> tables() {
    List<Parameter> tables = new ArrayList<>(List.of(tokens.table()));
    if (positions != null) {
      tables.add(positions.table());
    }
    if (tokenTypes != null) {
      tables.add(tokenTypes.table());
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
      x = Ops.add(x, positions.forward(rows(ids, pass)));
    }
    if (sinusoids != null) {
      x = Ops.add(x, sinusoids.of(ids, pass, Math.toIntExact(x.lastDim())));
    }
    if (tokenTypes != null) {
      x = Ops.add(x, tokenTypes.forward(types(pass)));
    }
    if (norm != null) {
      x = norm.forward(x);
    }
    x = Ops.dropout(x, pass.dropout(dropout), pass.dropoutSeed(LAYER, 0));
    for (Layer step : steps) {
      x = step.forward(x, pass);
    }
    return x;
  }

  private static Tensor types(Pass pass) {
    int[] types = pass.tokenTypes();
    int count = pass.batchSize() * pass.seqLen();
    return pass.scope()
        .ints(types == null ? new int[count] : types, pass.batchSize(), pass.seqLen());
  }

  private Tensor rows(Tensor ids, Pass pass) {
    int[] rows = padTokenId < 0 ? pass.positions().clone() : countedPast(ids, pass);
    for (int i = 0; i < rows.length; i++) {
      rows[i] += positionOffset;
    }
    return pass.scope().ints(rows, pass.batchSize(), pass.seqLen());
  }

  private int[] countedPast(Tensor ids, Pass pass) {
    int[] rows = new int[pass.batchSize() * pass.seqLen()];
    int last = padTokenId;
    for (int i = 0; i < rows.length; i++) {
      last = i % pass.seqLen() == 0 ? padTokenId : last;
      rows[i] = ids.getInt(i) == padTokenId ? padTokenId : ++last;
    }
    return rows;
  }
}
