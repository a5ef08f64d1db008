package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.KeyBits;
import dev.rapt.autograd.attention.RelativeColumns;
import dev.rapt.autograd.attention.RelativeScores;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Block-sparse attention in both directions. The text is cut into blocks of tokens. The first and
 * the last block are global: they see all tokens and all tokens see them. A token of another block
 * sees its own block, the two beside it and random sparsity. BigBird, arXiv:2007.14062, section 2.
 *
 * @implNote Outside of training, the reference takes block 0 for each random block, so that keys of
 *     block 0 count several times in the softmax. This class always does.
 * @param layer index of the layer, for dropout
 * @param sparsity which blocks see which
 * @param qkvProj (B, T, D) to queries, keys and values (B, T, H, E)
 * @param dropout probability to drop an attention weight, in training
 * @param oProj (B, T, H E) to (B, T, D)
 */
public record BlockSparseAttention(
    int layer, Sparsity sparsity, QkvProjection.Separate qkvProj, float dropout, Linear oProj)
    implements Layer {
  /**
   * Which blocks of a text see which.
   *
   * @param sparse whether long texts have block-sparse attention; otherwise all have full attention
   * @param blockSize tokens of a block
   * @param numRandomBlocks random blocks that a token sees
   */
  public record Sparsity(boolean sparse, int blockSize, int numRandomBlocks) {
    /** Whether a text of this many tokens has block-sparse attention; short texts have full. */
    boolean isSparse(int seqLen) {
      return sparse && seqLen > (5L + 2L * numRandomBlocks) * blockSize;
    }
  }

  private static final int DROPOUT_SITE = 0;
  private static final int GLOBAL_DROPOUT_SITE = 10;

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    QkvProjection.Qkv qkv = qkvProj.project(x);
    if (!sparsity.isSparse(pass.seqLen())) {
      AttentionArgs all =
          AttentionArgs.of(scale(), pass.keyFrom(0), pass.keyTo(0), pass.totalLen());
      return oProj.forward(attend(qkv, all, DROPOUT_SITE, pass));
    }
    // a query that sees no key gives 0, so that each row of the sum comes from one of the two
    Tensor global = attend(qkv, queries(pass, true), GLOBAL_DROPOUT_SITE, pass);
    AttentionArgs sparse =
        queries(pass, false).withKeyBits(sparseKeys(pass)).withRelativeByKey(repeatedKeys(pass));
    return oProj.forward(Ops.add(global, attend(qkv, sparse, DROPOUT_SITE, pass)));
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

  /** Arguments in which the queries of the global blocks see their whole text, or all others do. */
  private AttentionArgs queries(Pass pass, boolean ofGlobalBlocks) {
    int B = pass.batchSize();
    int T = pass.seqLen();
    int last = (T - 1) / sparsity.blockSize();
    int[] to = new int[B * T];
    for (int row = 0; row < to.length; row++) {
      int length = pass.lengths()[row / T];
      int block = row % T / sparsity.blockSize();
      boolean isGlobal = block == 0 || block == last;
      to[row] = isGlobal == ofGlobalBlocks && row % T < length ? length : 0;
    }
    Tensor from = pass.scope().ints(new int[B * T], B, T);
    return AttentionArgs.of(scale(), from, pass.scope().ints(to, B, T), T);
  }

  /** For each query of the other blocks, the keys of the global blocks and of the blocks around. */
  private KeyBits sparseKeys(Pass pass) {
    int T = pass.seqLen();
    int size = sparsity.blockSize();
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

  /** Added to the scores of each key: the logarithm of how often it counts in the softmax. */
  private RelativeScores repeatedKeys(Pass pass) {
    int T = pass.seqLen();
    int H = qkvProj.numHeads();
    float[] logs = new float[H * T];
    for (int n = 0; n < logs.length; n++) {
      logs[n] = n % T < sparsity.blockSize() ? (float) Math.log1p(sparsity.numRandomBlocks()) : 0;
    }
    Tensor table = pass.scope().floats(logs, 1, H, T, 1);
    return new RelativeScores(table, RelativeColumns.of(pass.scope(), T, T, _ -> 0));
  }
}
