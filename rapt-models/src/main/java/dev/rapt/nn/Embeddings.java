package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Start of the residual stream: dropout(norm(projection(scale token) + position + segment)), then
 * further layers if there are any. {@link #of} has token embeddings alone; the other methods return
 * copies that differ in one part.
 */
public final class Embeddings {
  private static final int LAYER = -1;

  // not final, but assigned only while a copy is made
  private final Embedding tokens;
  private float scale = 1;
  private @Nullable Norm tokenNorm;
  private @Nullable Linear projection;
  private @Nullable Embedding positions;
  private int positionOffset;
  private int padTokenId = -1; // position ids skip this token; -1: positions of the pass
  private @Nullable Sinusoids sinusoids;
  private @Nullable Embedding tokenTypes;
  private @Nullable Embedding task;
  private @Nullable Norm norm;
  private float dropout;
  private List<Layer> steps = List.of();

  private Embeddings(Embedding tokens) {
    this.tokens = tokens;
  }

  /** Creates embeddings of tokens alone. */
  public static Embeddings of(Embedding tokens) {
    return new Embeddings(tokens);
  }

  private Embeddings copy() {
    Embeddings copy = new Embeddings(tokens);
    copy.scale = scale;
    copy.tokenNorm = tokenNorm;
    copy.projection = projection;
    copy.positions = positions;
    copy.positionOffset = positionOffset;
    copy.padTokenId = padTokenId;
    copy.sinusoids = sinusoids;
    copy.tokenTypes = tokenTypes;
    copy.task = task;
    copy.norm = norm;
    copy.dropout = dropout;
    copy.steps = steps;
    return copy;
  }

  /** Returns a copy with token embeddings multiplied by this factor, as in Gemma. */
  public Embeddings scaled(float factor) {
    Embeddings copy = copy();
    copy.scale = factor;
    return copy;
  }

  /** Returns a copy with a norm of the token embeddings, before positions are added. */
  public Embeddings withTokenNorm(Norm first) {
    Embeddings copy = copy();
    copy.tokenNorm = first;
    return copy;
  }

  /** Returns a copy with token embeddings projected to the width of the residual stream. */
  public Embeddings projected(Linear layer) {
    Embeddings copy = copy();
    copy.projection = layer;
    return copy;
  }

  /**
   * Returns a copy with learned absolute positions; position p is row {@code p + offset} of the
   * table (offset 2 in OPT, elsewhere 0).
   */
  public Embeddings withPositions(Embedding table, int offset) {
    Embeddings copy = copy();
    copy.positions = table;
    copy.positionOffset = offset;
    return copy;
  }

  /**
   * Returns a copy with learned absolute positions that skip padding, as in RoBERTa: tokens count
   * from row {@code paddingId + 1} of the table on, padding tokens have row {@code paddingId}.
   */
  public Embeddings withPaddingAwarePositions(Embedding table, int paddingId) {
    Embeddings copy = copy();
    copy.positions = table.withPadding(paddingId);
    copy.padTokenId = paddingId;
    return copy;
  }

  /** Returns a copy with sinusoidal positions, or null for none. */
  public Embeddings withSinusoids(@Nullable Sinusoids fixed) {
    Embeddings copy = copy();
    copy.sinusoids = fixed;
    return copy;
  }

  /** Returns a copy with an embedding of segment (token type) ids. */
  public Embeddings withTokenTypes(Embedding table) {
    Embeddings copy = copy();
    copy.tokenTypes = table;
    return copy;
  }

  /**
   * Returns a copy with a task embedding, as in ERNIE: the table's first row is added to every
   * token.
   */
  public Embeddings withTaskEmbedding(Embedding table) {
    Embeddings copy = copy();
    copy.task = table;
    return copy;
  }

  /** Returns a copy with a norm of the sum. */
  public Embeddings withNorm(Norm last) {
    Embeddings copy = copy();
    copy.norm = last;
    return copy;
  }

  /** Returns a copy with dropout {@code probability} after the norm, in training. */
  public Embeddings withDropout(float probability) {
    Embeddings copy = copy();
    copy.dropout = probability;
    return copy;
  }

  /** Returns a copy with one more layer after all others, which may change the width. */
  public Embeddings then(Layer step) {
    Embeddings copy = copy();
    copy.steps = Stream.concat(steps.stream(), Stream.of(step)).toList();
    return copy;
  }

  /** Returns the token embedding. */
  public Embedding tokens() {
    return tokens;
  }

  /** Returns the tables, that of tokens first. */
  public List<Parameter> tables() {
    List<Parameter> tables = new ArrayList<>(List.of(tokens.table()));
    if (positions != null) {
      tables.add(positions.table());
    }
    if (tokenTypes != null) {
      tables.add(tokenTypes.table());
    }
    if (task != null) {
      tables.add(task.table());
    }
    return tables;
  }

  /** Maps ids (B, T) to (B, T, D). */
  public Tensor forward(Tensor ids, Pass pass) {
    Tensor x = tokens.forward(ids);
    if (scale != 1) {
      x = Ops.scale(x, scale);
    }
    if (tokenNorm != null) {
      x = tokenNorm.forward(x);
    }
    if (projection != null) {
      x = projection.forward(x);
    }
    if (positions != null) {
      x = Ops.add(x, positions.forward(rows(ids, pass)));
    }
    if (sinusoids != null) {
      x = Ops.add(x, sinusoids.encode(ids, pass, Math.toIntExact(x.lastDim())));
    }
    if (tokenTypes != null) {
      x = Ops.add(x, tokenTypes.forward(types(pass)));
    }
    if (task != null) {
      x = Ops.add(x, task.forward(zeros(pass)));
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

  private static Tensor zeros(Pass pass) {
    int count = pass.batchSize() * pass.seqLen();
    return pass.scope().ints(new int[count], pass.batchSize(), pass.seqLen());
  }

  private Tensor rows(Tensor ids, Pass pass) {
    if (pass.isRagged() && padTokenId >= 0) {
      return pass.eachSequence(
              ids.reshape(1, -1, 1),
              (own, part) -> rows(own.reshape(1, -1), part).reshape(1, -1, 1))
          .reshape(1, -1);
    }
    int[] rows = padTokenId < 0 ? pass.positions().clone() : countedFromPadding(ids, pass);
    for (int i = 0; i < rows.length; i++) {
      rows[i] += positionOffset;
    }
    return pass.scope().ints(rows, pass.batchSize(), pass.seqLen());
  }

  private int[] countedFromPadding(Tensor ids, Pass pass) {
    int[] rows = new int[pass.batchSize() * pass.seqLen()];
    int last = padTokenId;
    for (int i = 0; i < rows.length; i++) {
      last = i % pass.seqLen() == 0 ? padTokenId : last;
      rows[i] = ids.getInt(i) == padTokenId ? padTokenId : ++last;
    }
    return rows;
  }
}
