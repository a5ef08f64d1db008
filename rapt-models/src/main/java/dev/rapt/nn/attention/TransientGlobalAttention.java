package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.autograd.attention.KeyBits;
import dev.rapt.autograd.attention.RelativeColumns;
import dev.rapt.autograd.attention.RelativeScores;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;

/**
 * Transient-global attention, in both directions: a token sees the tokens within a radius and a
 * global token for each block of the text, which is the normalised sum of the block's tokens.
 * LongT5, arXiv:2112.07916, section 3.1.2. Tokens after the last whole block belong to that block.
 *
 * @implNote Global tokens are further keys after the tokens. They stand so far apart, and so far
 *     from the tokens, that the distance from a query gives the number of blocks between them.
 * @param layer index of the layer, for dropout
 * @param radius tokens that a token sees on each side
 * @param blockSize tokens of a block
 * @param qkvProj (B, T, D) to queries, keys and values (B, T, H, E)
 * @param globalNorm of the sums
 * @param tokenBias relative position bias (buckets, H) by distance between tokens
 * @param globalBias relative position bias (buckets, H) by distance between blocks
 * @param buckets maps both kinds of distances to rows of the biases
 * @param dropout probability to drop an attention weight, in training
 * @param oProj (B, T, H E) to (B, T, D)
 */
public record TransientGlobalAttention(
    int layer,
    int radius,
    int blockSize,
    QkvProjection.Separate qkvProj,
    Norm globalNorm,
    Parameter tokenBias,
    Parameter globalBias,
    RelativeBuckets buckets,
    float dropout,
    Linear oProj)
    implements Layer {
  private static final int DROPOUT_SITE = 0;
  private static final int REMAINDER_DROPOUT_SITE = 10;

  /** Places of the keys of a pass: its tokens, then the global token of each block. */
  private record Places(int seqLen, int radius, int blockSize) {
    int numBlocks() {
      return seqLen / blockSize;
    }

    /** The place of the first global token, outside the radius of every token. */
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
    Tensor inputs = places.numBlocks() == 0 ? x : withGlobalTokens(x, pass, places);
    Heads q = Heads.of(qkvProj.qProj().forward(x), qkvProj.numHeads(), qkvProj.headDim());
    Heads k = Heads.of(qkvProj.kProj().forward(inputs), qkvProj.numHeads(), qkvProj.headDim());
    Heads v = Heads.of(qkvProj.vProj().forward(inputs), qkvProj.numHeads(), qkvProj.headDim());
    // a query that sees no key gives 0, so that each row of the sum comes from one of the two
    Tensor attended = Ops.attention(q, k, v, args(pass, places, false, q.tensor().scope()));
    if (hasRemainder(pass)) {
      Tensor remainder = Ops.attention(q, k, v, args(pass, places, true, q.tensor().scope()));
      attended = Ops.add(attended, remainder);
    }
    return oProj.forward(attended);
  }

  /** Whole blocks in a text of this length. */
  private int wholeBlocks(int length) {
    return length / blockSize;
  }

  private boolean hasRemainder(Pass pass) {
    for (int length : pass.lengths()) {
      if (wholeBlocks(length) > 0 && length % blockSize != 0) {
        return true;
      }
    }
    return false;
  }

  /** The tokens (B, T, D) and the global tokens, each in its place: (B, S, D). */
  private Tensor withGlobalTokens(Tensor x, Pass pass, Places places) {
    int B = pass.batchSize();
    int T = pass.seqLen();
    int G = places.numBlocks();
    long D = x.lastDim();
    int most = 2 * blockSize - 1; // the last block and the remainder
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
    Tensor globals = globalNorm.forward(sums); // (B G, D)
    Tensor all = Ops.concat(List.of(rows.reshape(1, -1), globals.reshape(1, -1))).reshape(-1, D);
    return Ops.embedding(all, pass.scope().ints(order(B, T, places), B, places.total()));
  }

  /** The row of each place in tokens, then global tokens; any row where no query looks. */
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

  /** The keys that the queries of whole blocks see, or the queries of the remainder. */
  private AttentionArgs args(Pass pass, Places places, boolean ofRemainder, Scope scope) {
    int T = places.seqLen();
    int S = places.total();
    int[] from = new int[pass.batchSize() * T];
    int[] to = new int[from.length];
    KeyBits bits = KeyBits.none(pass.scope(), pass.batchSize(), 1, T, S);
    for (int b = 0; b < pass.batchSize(); b++) {
      int length = pass.lengths()[b];
      int whole = wholeBlocks(length);
      for (int i = 0; i < length; i++) {
        boolean isRemainder = whole > 0 && i >= whole * blockSize;
        if (isRemainder != ofRemainder) {
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
                Ops.transpose(scope, globalBias.value()))); // (H, 2 buckets)
    RelativeColumns columns =
        RelativeColumns.of(pass.scope(), T, S, d -> column(d + S - T, places, ofRemainder));
    int B = pass.batchSize();
    return AttentionArgs.of(1, pass.scope().ints(from, B, T), pass.scope().ints(to, B, T), S)
        .withKeyBits(bits)
        .withRelativeByQuery(
            new RelativeScores(table.reshape(1, table.dim(0), 1, table.dim(1)), columns))
        .withDropout(
            pass.dropout(dropout),
            pass.dropoutSeed(layer, ofRemainder ? REMAINDER_DROPOUT_SITE : DROPOUT_SITE));
  }

  /** The bias column of a key whose place less that of the query is this distance. */
  private int column(int distance, Places places, boolean ofRemainder) {
    if (distance <= radius) {
      return buckets.bucket(distance);
    }
    int blocks = Math.ceilDiv(distance - places.first(), blockSize);
    return buckets.numBuckets() + buckets.bucket(ofRemainder ? blocks + 1 : blocks);
  }
}
