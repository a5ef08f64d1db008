package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.RelativeColumns;
import dev.rapt.autograd.attention.RelativeScores;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.PaddingRows;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Disentangled attention: the score of a query i and a key j is the sum of content-to-content,
 * content-to-position and position-to-content terms. DeBERTa, arXiv:2006.03654, section 3.1.
 *
 * <pre>
 * scale (q[i] k[j]' + q[i] (P[i - j] Wk)' + k[j] (P[j - i] Wq)')      P: relative positions
 * </pre>
 *
 * @param layer index of the layer, for dropout
 * @param scale factor of the scores: 1 / sqrt(E times the number of terms)
 * @param dropout probability to drop an attention weight, in training
 * @param qkvProj (B, T, D) to queries, keys and values (B, T, H, E)
 * @param positions embeddings of relative positions, or null for content-to-content alone
 * @param posKeyProj projects them to keys, for content-to-position; null without that term
 * @param posQueryProj projects them to queries, for position-to-content; null without that term
 * @param oProj (B, T, H E) to (B, T, D)
 */
public record DisentangledAttention(
    int layer,
    float scale,
    float dropout,
    QkvProjection qkvProj,
    @Nullable Positions positions,
    @Nullable Linear posKeyProj,
    @Nullable Linear posQueryProj,
    Linear oProj)
    implements Layer {
  private static final int DROPOUT_SITE = 0;
  private static final int POSITION_DROPOUT_SITE = 8;

  /**
   * Embeddings of relative positions, which all layers share: one for each distance from -span to
   * span - 1, or for each bucket of distances.
   *
   * @param table (2 span, D)
   * @param norm of the embeddings, or null
   * @param span distances or buckets on each side
   * @param buckets maps distances to buckets; null where each distance has its own embedding
   * @param dropout probability to drop an element of an embedding, in training
   */
  public record Positions(
      Parameter table, @Nullable Norm norm, int span, @Nullable LogBuckets buckets, float dropout) {
    /** The embeddings (1, 2 r, D) that a pass of this length needs, where r is {@link #reach}. */
    private Tensor embeddings(Scope scope, Pass pass) {
      int reach = reach(pass);
      int[] rows = new int[2 * reach];
      Arrays.setAll(rows, i -> span - reach + i);
      Tensor picked =
          Ops.embedding(
              table.compute(), scope.ints(rows, 1, rows.length), table.activationType(), -1);
      return norm == null ? picked : norm.forward(picked);
    }

    /** The row in {@link #embeddings} of each distance between a query and a key. */
    private RelativeColumns columns(Scope scope, Pass pass) {
      int reach = reach(pass);
      return RelativeColumns.of(
          scope,
          pass.seqLen(),
          pass.totalLen(),
          distance -> Math.clamp(position(-distance) + reach, 0, 2 * reach - 1));
    }

    /** The largest distance or bucket that occurs in this pass. */
    private int reach(Pass pass) {
      return buckets != null ? span : Math.min(span, pass.totalLen());
    }

    private int position(int distance) {
      return buckets == null ? distance : buckets.bucket(distance);
    }
  }

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    QkvProjection.Qkv qkv = qkvProj.project(x);
    AttentionArgs args =
        AttentionArgs.of(scale, pass.keyFrom(0), pass.keyTo(0), pass.totalLen())
            .withDropout(pass.dropout(dropout), pass.dropoutSeed(layer, DROPOUT_SITE));
    if (positions != null) {
      RelativeColumns columns = positions.columns(x.scope(), pass);
      Tensor embeddings =
          Ops.dropout(
              positions.embeddings(x.scope(), pass),
              pass.dropout(positions.dropout()),
              pass.dropoutSeed(layer, POSITION_DROPOUT_SITE));
      args =
          args.withRelativeByQuery(scores(qkv.q(), posKeyProj, embeddings, columns))
              .withRelativeByKey(scores(qkv.k(), posQueryProj, embeddings, columns));
    }
    Tensor attended = Ops.attention(qkv.q(), qkv.k(), qkv.v(), args); // (B, T, H E)
    if (pass.isPadded()) {
      // as in the reference, padding attends to all positions equally, which changes losses on it
      Tensor mean = PaddingRows.meanOfAll(qkv.v().tensor());
      attended = PaddingRows.replaced(attended, mean, pass);
    }
    return oProj.forward(attended);
  }

  /** scale times the products of contents (B, T, H, E) and projected positions; null for none. */
  private @Nullable RelativeScores scores(
      Heads contents, @Nullable Linear projection, Tensor embeddings, RelativeColumns columns) {
    if (projection == null) {
      return null;
    }
    Tensor projected = Ops.scale(projection.forward(embeddings), scale);
    Heads heads = Heads.of(projected, contents.numHeads(), contents.headDim());
    return new RelativeScores(Ops.headProducts(contents, heads), columns);
  }
}
