package dev.rapt.model.seq2seq;

import dev.rapt.autograd.AttentionArgs;
import dev.rapt.autograd.Heads;
import dev.rapt.autograd.KeyBits;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.RelativeColumns;
import dev.rapt.autograd.RelativeScores;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.RelativeBuckets;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;

/**
 * Attention in both directions in which tokens see their neighbours and a summary of each block of
 * the text: the sum of its tokens, normalised. LongT5, arXiv:2112.07916, section 3.1.2. Tokens
 * behind the last whole block belong to it.
 *
 * <p>Summaries stand behind the tokens as further keys, so far apart and so far away that the
 * distance to a query tells by how many blocks they are apart, and that it is none between tokens.
 *
 * @param layer index of the layer, for dropout
 * @param radius neighbours on each side that a token sees
 * @param blockSize tokens of a block
 * @param summaryNorm of the sums
 * @param tokenBias (buckets, H) learned scores by distance between tokens
 * @param summaryBias (buckets, H) learned scores by distance between blocks
 * @param dropout probability to drop an attention weight in training
 */
record TransientGlobalAttention(
    int layer,
    int radius,
    int blockSize,
    QkvProjection.Separate qkvProj,
    Norm summaryNorm,
    Parameter tokenBias,
    Parameter summaryBias,
    RelativeBuckets buckets,
    float dropout,
    Linear oProj)
    implements Layer {
  private static final int DROPOUT_SITE = 0;
  private static final int REST_DROPOUT_SITE = 10;

  /** Where the keys of a pass stand. */
  private record Places(int seqLen, int radius, int blockSize) {
    int numBlocks() {
      return seqLen / blockSize;
    }

    /** The place of the first summary: further from every token than its neighbours. */
    int first() {
      return seqLen + radius + 1;
    }

    int total() {
      return numBlocks() == 0 ? seqLen : first() + (numBlocks() - 1) * blockSize + 1;
    }
  }

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Places places = new Places(pass.seqLen(), radius, blockSize);
    Tensor inputs = places.numBlocks() == 0 ? x : withSummaries(x, pass, places);
    Heads q = Heads.of(qkvProj.qProj().forward(x), qkvProj.numHeads(), qkvProj.headDim());
    Heads k = Heads.of(qkvProj.kProj().forward(inputs), qkvProj.numHeads(), qkvProj.headDim());
    Heads v = Heads.of(qkvProj.vProj().forward(inputs), qkvProj.numHeads(), qkvProj.headDim());
    // each row is 0 in one of the two, where it sees no key
    Tensor mixed = Ops.attention(q, k, v, args(pass, places, false, q.tensor().scope()));
    if (hasRest(pass)) {
      Tensor rest = Ops.attention(q, k, v, args(pass, places, true, q.tensor().scope()));
      mixed = Ops.add(mixed, rest);
    }
    return oProj.forward(mixed);
  }

  /** Whole blocks of a sequence. */
  private int wholeBlocks(int length) {
    return length / blockSize;
  }

  private boolean hasRest(Pass pass) {
    for (int length : pass.lengths()) {
      if (wholeBlocks(length) > 0 && length % blockSize != 0) {
        return true;
      }
    }
    return false;
  }

  /** The tokens (B, T, D) and the summaries in their places, (B, S, D). */
  private Tensor withSummaries(Tensor x, Pass pass, Places places) {
    int B = pass.batchSize();
    int T = pass.seqLen();
    int G = places.numBlocks();
    long D = x.lastDim();
    int most = 2 * blockSize - 1; // a whole block and what is left
    int[] members = new int[B * G * most];
    int[] counts = new int[B * G * most];
    float[] sizes = new float[B * G];
    for (int b = 0; b < B; b++) {
      int length = pass.lengths()[b];
      int whole = wholeBlocks(length);
      for (int g = 0; g < G; g++) {
        int size = g < whole - 1 ? blockSize : g == whole - 1 ? length - g * blockSize : 1;
        sizes[b * G + g] = size;
        for (int n = 0; n < size; n++) {
          int at = (b * G + g) * most + n;
          members[at] = b * T + Math.min(g * blockSize + n, T - 1);
          counts[at] = 1;
        }
      }
    }
    Tensor rows = x.reshape(-1, D);
    Tensor gathered = Ops.embedding(rows, pass.scope().ints(members, (long) B * G, most));
    Tensor means = Ops.meanOverTime(gathered, pass.scope().ints(counts, (long) B * G, most));
    Tensor sums = Ops.multiply(means, pass.scope().floats(sizes, (long) B * G, 1));
    Tensor summaries = summaryNorm.forward(sums); // (B G, D)
    Tensor all = Ops.concat(List.of(rows.reshape(1, -1), summaries.reshape(1, -1))).reshape(-1, D);
    return Ops.embedding(all, pass.scope().ints(order(B, T, places), B, places.total()));
  }

  /** Which row of tokens, then summaries, stands in each place; any where no query looks. */
  private static int[] order(int B, int T, Places places) {
    int S = places.total();
    int[] order = new int[B * S];
    for (int b = 0; b < B; b++) {
      for (int t = 0; t < T; t++) {
        order[b * S + t] = b * T + t;
      }
      for (int g = 0; g < places.numBlocks(); g++) {
        order[b * S + places.first() + g * places.blockSize()] = B * T + b * places.numBlocks() + g;
      }
    }
    return order;
  }

  /** What tokens of whole blocks see, or those behind them, which are counted to the last block. */
  private AttentionArgs args(Pass pass, Places places, boolean ofRest, Scope scope) {
    int T = places.seqLen();
    int S = places.total();
    int[] from = new int[pass.batchSize() * T];
    int[] to = new int[from.length];
    KeyBits bits = KeyBits.none(pass.scope(), pass.batchSize(), 1, T, S);
    for (int b = 0; b < pass.batchSize(); b++) {
      int length = pass.lengths()[b];
      int whole = wholeBlocks(length);
      for (int i = 0; i < length; i++) {
        boolean isRest = whole > 0 && i >= whole * blockSize;
        if (isRest != ofRest) {
          continue;
        }
        int row = b * T + i;
        from[row] = Math.max(0, i - radius);
        to[row] = Math.min(length, i + radius + 1);
        bits.add(b, 0, i, from[row], to[row]);
        for (int g = 0; g < whole; g++) {
          int place = places.first() + g * blockSize;
          bits.add(b, 0, i, place);
          to[row] = place + 1;
        }
      }
    }
    Tensor table =
        Ops.concat(
            List.of(
                Ops.transpose(scope, tokenBias.value()),
                Ops.transpose(scope, summaryBias.value()))); // (H, 2 buckets)
    RelativeColumns columns =
        RelativeColumns.of(pass.scope(), T, S, d -> column(d + S - T, places, ofRest));
    int B = pass.batchSize();
    return AttentionArgs.of(1, pass.scope().ints(from, B, T), pass.scope().ints(to, B, T), S)
        .withKeyBits(bits)
        .withRelativeByQuery(
            new RelativeScores(table.reshape(1, table.dim(0), 1, table.dim(1)), columns))
        .withDropout(
            pass.dropout(dropout),
            pass.dropoutSeed(layer, ofRest ? REST_DROPOUT_SITE : DROPOUT_SITE));
  }

  /** The column of a key this far behind a query: by distance, or by blocks between them. */
  private int column(int distance, Places places, boolean ofRest) {
    if (distance <= radius) {
      return buckets.bucket(distance);
    }
    int blocks = Math.ceilDiv(distance - places.first(), blockSize);
    return buckets.numBuckets() + buckets.bucket(ofRest ? blocks + 1 : blocks);
  }
}
