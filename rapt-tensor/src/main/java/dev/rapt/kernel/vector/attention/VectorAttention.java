package dev.rapt.kernel.vector.attention;

import dev.rapt.kernel.AttentionCall;
import dev.rapt.kernel.AttentionCall.RelativeTerm;
import dev.rapt.kernel.AttentionKernel;
import dev.rapt.kernel.vector.attention.AttentionBackward.Area;
import org.jspecify.annotations.Nullable;

/**
 * FlashAttention-2 (arXiv:2307.08691) in f32 with the Vector API. Results are within 2e-6 of {@code
 * ScalarAttention}, relative to the values. Each thread keeps tiles of about 200 KiB (width 64, 256
 * bits) for its next call; no memory grows with the lengths.
 *
 * <p>A task of the forward pass is a block of queries of one key-value head, with all heads of the
 * group, or all queries if there are few. A task of the backward pass is a key-value head. If there
 * are too few of these for the threads, it is a block of queries or a chunk of keys, which computes
 * the weights twice: 7 matrix products instead of 5.
 */
public final class VectorAttention implements AttentionKernel {
  /** With fewer key-value heads in total than this, the backward pass is divided further. */
  private static final int ENOUGH_TASKS = 16;

  /** Keys for each task of the backward pass; with larger chunks, queries are packed less often. */
  private static final int KEY_CHUNK = 5 * QueryBlock.KEYS;

  /** Tiles of a thread, for heads up to these widths; created when first needed. */
  private static final class Tiles {
    final int headDim, valueDim;
    @Nullable AttentionForward forward;
    @Nullable AttentionDecode decode;
    @Nullable AttentionBackward backward;

    Tiles(int headDim, int valueDim) {
      this.headDim = headDim;
      this.valueDim = valueDim;
    }

    AttentionForward forward() {
      AttentionForward tiles = forward;
      if (tiles == null) {
        tiles = new AttentionForward(headDim, valueDim);
        forward = tiles;
      }
      return tiles;
    }

    AttentionDecode decode() {
      AttentionDecode tiles = decode;
      if (tiles == null) {
        tiles = new AttentionDecode(headDim, valueDim);
        decode = tiles;
      }
      return tiles;
    }

    AttentionBackward backward() {
      AttentionBackward tiles = backward;
      if (tiles == null) {
        tiles = new AttentionBackward(headDim, valueDim);
        backward = tiles;
      }
      return tiles;
    }
  }

  private static final ThreadLocal<Tiles> TILES = ThreadLocal.withInitial(() -> new Tiles(0, 0));

  private static Tiles tiles(AttentionCall call) {
    int headDim = call.sizes().headDim(), valueDim = call.sizes().valueDim();
    Tiles tiles = TILES.get();
    if (tiles.headDim < headDim || tiles.valueDim < valueDim) {
      tiles = new Tiles(Math.max(tiles.headDim, headDim), Math.max(tiles.valueDim, valueDim));
      TILES.set(tiles);
    }
    return tiles;
  }

  private static int heads(AttentionCall call) {
    return Math.multiplyExact(call.sizes().batchSize(), call.sizes().numKvHeads());
  }

  private static int queries(AttentionCall call) {
    return Math.multiplyExact(call.sizes().seqLen(), call.sizes().queriesPerKey());
  }

  private static int blocks(AttentionCall call) {
    return (queries(call) + QueryBlock.QUERIES - 1) / QueryBlock.QUERIES;
  }

  private static int chunks(AttentionCall call) {
    return (call.sizes().totalLen() + KEY_CHUNK - 1) / KEY_CHUNK;
  }

  @Override
  public int forwardTasks(AttentionCall call) {
    int totalLen = call.sizes().totalLen();
    if (totalLen > QueryBlock.MAX_KEYS) {
      throw new IllegalArgumentException(
          "attention: totalLen must be at most " + QueryBlock.MAX_KEYS + ", got " + totalLen);
    }
    return Math.multiplyExact(heads(call), blocks(call));
  }

  @Override
  public void forward(AttentionCall call, Inputs x, Results y, int from, int to) {
    Tiles tiles = tiles(call);
    int G = call.sizes().numKvHeads(), queries = queries(call), blocks = blocks(call);
    if (queries <= AttentionDecode.QUERIES && call.dropout().probability() == 0) {
      AttentionDecode decode = tiles.decode();
      for (int task = from; task < to; task++) {
        decode.run(call, x, y, task / G, task % G);
      }
      return;
    }
    AttentionForward forward = tiles.forward();
    for (int task = from; task < to; task++) {
      int head = task / blocks;
      // The last block goes first: in causal attention it sees the most keys.
      int first = (blocks - 1 - task % blocks) * QueryBlock.QUERIES;
      int end = Math.min(first + QueryBlock.QUERIES, queries);
      forward.run(call, x, y, head / G, head % G, first, end);
    }
  }

  @Override
  public int backwardTasks(AttentionCall call) {
    int heads = heads(call);
    return isWhole(call) ? heads : heads * (blocks(call) + chunks(call));
  }

  /**
   * Whether a task of the backward pass must be a whole key-value head, since table rows may be
   * shared.
   */
  private static boolean isWhole(AttentionCall call) {
    RelativeTerm byQuery = call.scoring().byQuery(), byKey = call.scoring().byKey();
    return heads(call) >= ENOUGH_TASKS
        || (byQuery != null && byQuery.isShared())
        || (byKey != null && byKey.isShared());
  }

  @Override
  public void backward(AttentionCall call, BackwardOperands operands, int from, int to) {
    AttentionBackward backward = tiles(call).backward();
    int G = call.sizes().numKvHeads(), heads = heads(call), S = call.sizes().totalLen();
    int queries = queries(call), blocks = blocks(call), chunks = chunks(call);
    boolean whole = isWhole(call);
    for (int task = from; task < to; task++) {
      if (whole) {
        backward.run(call, operands, Area.whole(task / G, task % G, queries, S));
      } else if (task < heads * chunks) {
        int head = task / chunks, first = task % chunks * KEY_CHUNK;
        int end = Math.min(first + KEY_CHUNK, S);
        backward.run(call, operands, Area.ofKeys(head / G, head % G, queries, first, end));
      } else {
        int head = (task - heads * chunks) / blocks;
        int first = (blocks - 1 - (task - heads * chunks) % blocks) * QueryBlock.QUERIES;
        int end = Math.min(first + QueryBlock.QUERIES, queries);
        backward.run(call, operands, Area.ofQueries(head / G, head % G, first, end, S));
      }
    }
  }
}
