package dev.rapt.model.bigbird;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.KeyBits;
import dev.rapt.autograd.attention.RelativeColumns;
import dev.rapt.autograd.attention.RelativeScores;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.nn.QkvProjection;
import dev.rapt.tensor.Tensor;

/**
 * Attention between blocks of tokens: the first and the last block see all and all see them, the
 * others see their neighbours and random blocks, too. BigBird, arXiv:2007.14062, section 2.
 *
 * <p>Outside of training the reference takes the first block for each random one, so that its keys
 * count more than once; so does this, always. Short passes see everything.
 *
 * @param layer index of the layer, for dropout
 * @param dropout probability to drop an attention weight in training
 */
public record BlockSparseAttention(
    int layer, BlockSparsity blocks, QkvProjection.Separate qkvProj, float dropout, Linear oProj)
    implements Layer {
  private static final int DROPOUT_SITE = 0;
  private static final int EDGE_DROPOUT_SITE = 10;

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    QkvProjection.Qkv qkv = qkvProj.project(x);
    if (!blocks.isSparse(pass.seqLen())) {
      AttentionArgs all =
          AttentionArgs.of(scale(), pass.keyFrom(0), pass.keyTo(0), pass.totalLen());
      return oProj.forward(attend(qkv, all, DROPOUT_SITE, pass));
    }
    // each row is 0 in one of the two, where it sees no key
    Tensor edges = attend(qkv, rows(pass, true), EDGE_DROPOUT_SITE, pass);
    AttentionArgs inner =
        rows(pass, false).withKeyBits(innerKeys(pass)).withRelativeByKey(repeatedKeys(pass));
    return oProj.forward(Ops.add(edges, attend(qkv, inner, DROPOUT_SITE, pass)));
  }

  private Tensor attend(QkvProjection.Qkv qkv, AttentionArgs args, int site, Pass pass) {
    return Ops.attention(
        qkv.q(),
        qkv.k(),
        qkv.v(),
        args.withDropout(pass.dropout(dropout), pass.dropoutSeed(layer, site)));
  }

  private float scale() {
    return (float) (1 / Math.sqrt(qkvProj.headDim()));
  }

  /** Lets the tokens of the first and last block, or the others, see their sequence. */
  private AttentionArgs rows(Pass pass, boolean ofEdges) {
    int B = pass.batchSize();
    int T = pass.seqLen();
    int last = (T - 1) / blocks.blockSize();
    int[] to = new int[B * T];
    for (int row = 0; row < to.length; row++) {
      int length = pass.lengths()[row / T];
      int block = row % T / blocks.blockSize();
      boolean isEdge = block == 0 || block == last;
      to[row] = isEdge == ofEdges && row % T < length ? length : 0;
    }
    Tensor from = pass.scope().ints(new int[B * T], B, T);
    return AttentionArgs.of(scale(), from, pass.scope().ints(to, B, T), T);
  }

  /** Keys of the first and last block, and of the blocks around each token. */
  private KeyBits innerKeys(Pass pass) {
    int T = pass.seqLen();
    int size = blocks.blockSize();
    int lastFrom = (T - 1) / size * size;
    KeyBits bits = KeyBits.none(pass.scope(), 1, 1, T, T);
    for (int i = size; i < lastFrom; i++) {
      int own = i / size * size;
      bits.add(0, 0, i, 0, size);
      bits.add(0, 0, i, own - size, Math.min(T, own + 2 * size));
      bits.add(0, 0, i, lastFrom, T);
    }
    return bits;
  }

  /** The logarithm of how often each key counts. */
  private RelativeScores repeatedKeys(Pass pass) {
    int T = pass.seqLen();
    int H = qkvProj.numHeads();
    float[] logs = new float[H * T];
    for (int n = 0; n < logs.length; n++) {
      logs[n] = n % T < blocks.blockSize() ? (float) Math.log1p(blocks.numRandomBlocks()) : 0;
    }
    Tensor table = pass.scope().floats(logs, 1, H, T, 1);
    return new RelativeScores(table, RelativeColumns.of(pass.scope(), T, T, _ -> 0));
  }
}
