package dev.rapt.model.deberta;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.RelativeColumns;
import dev.rapt.autograd.attention.RelativeScores;
import dev.rapt.model.encoder.PaddingRows;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.nn.QkvProjection;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Attention in which content and relative position meet apart: the score of a key is the sum of
 * content to content, content to position and position to content. arXiv:2006.03654, section 3.1.
 *
 * @param positions vectors of relative positions, or null where scores do not depend on them
 * @param posKeyProj makes them keys for the contents of queries, or null
 * @param posQueryProj makes them queries for the contents of keys, or null
 */
record DisentangledAttention(
    int layer,
    DebertaConfig config,
    QkvProjection qkvProj,
    @Nullable RelativePositions positions,
    @Nullable Linear posKeyProj,
    @Nullable Linear posQueryProj,
    Linear oProj)
    implements Layer {
  private static final int DROPOUT_SITE = 0;
  private static final int POSITION_DROPOUT_SITE = 8;

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    QkvProjection.Qkv qkv = qkvProj.project(x);
    float scale = (float) config.scoreScale();
    float dropout = pass.dropout(config.sizes().attentionDropout());
    AttentionArgs args =
        AttentionArgs.of(scale, pass.keyFrom(0), pass.keyTo(0), pass.totalLen())
            .withDropout(dropout, pass.dropoutSeed(layer, DROPOUT_SITE));
    if (positions != null) {
      RelativeColumns columns = positions.columns(x.scope(), pass);
      Tensor vectors =
          Ops.dropout(
              positions.vectors(x.scope(), pass),
              pass.dropout(config.sizes().dropout()),
              pass.dropoutSeed(layer, POSITION_DROPOUT_SITE));
      args =
          args.withRelativeByQuery(scores(qkv.q(), posKeyProj, vectors, columns))
              .withRelativeByKey(scores(qkv.k(), posQueryProj, vectors, columns));
    }
    Tensor mixed = Ops.attention(qkv.q(), qkv.k(), qkv.v(), args);
    if (pass.isPadded()) {
      // in the reference padding sees all positions alike, which the loss of answers depends on
      mixed = PaddingRows.replaced(mixed, PaddingRows.meanOfAll(qkv.v().tensor()), pass);
    }
    return oProj.forward(mixed);
  }

  private @Nullable RelativeScores scores(
      Heads contents, @Nullable Linear projection, Tensor vectors, RelativeColumns columns) {
    if (projection == null) {
      return null;
    }
    Tensor projected = Ops.scale(projection.forward(vectors), (float) config.scoreScale());
    Heads heads = Heads.of(projected, contents.numHeads(), contents.headDim());
    return new RelativeScores(Ops.headProducts(contents, heads), columns);
  }
}
