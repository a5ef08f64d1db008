package dev.rapt.kernel.vector;

import dev.rapt.kernel.AttentionKernel;
import dev.rapt.kernel.HeadView;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * FlashAttention-2 (arXiv:2307.08691) in f32 with the Vector API. Within 2e-6 of {@code
 * ScalarAttention} relative to the values. Each thread keeps tiles of about 200 KiB (width 64, 256
 * bits) for its next call; nothing grows with the lengths.
 *
 * <p>A task of the forward pass is a block of queries of one key-value head, all heads of the group
 * together, or for a few queries all of them. A task of the backward pass is a key-value head;
 * where these are too few to share among threads, a block of queries or a chunk of keys, at the
 * cost of computing the weights twice, 7 products in place of 5.
 */
public final class VectorAttention implements AttentionKernel {
  /** With fewer key-value heads in all, the backward pass is divided further. */
  private static final int ENOUGH_TASKS = 16;

  /** Keys of a task of the backward pass; the more, the less often the queries are packed. */
  private static final int KEY_CHUNK = 5 * QueryBlock.KEYS;

  /** Tiles of a thread, for heads up to a width; made when first needed. */
  private static final class Tiles {
    final int headDim;
    @Nullable AttentionForward forward;
    @Nullable AttentionDecode decode;
    @Nullable AttentionBackward backward;

    Tiles(int headDim) {
      this.headDim = headDim;
    }
  }

  private static final ThreadLocal<Tiles> TILES = ThreadLocal.withInitial(() -> new Tiles(0));

  private static Tiles tiles(int headDim) {
    Tiles tiles = TILES.get();
    if (tiles.headDim < headDim) {
      tiles = new Tiles(headDim);
      TILES.set(tiles);
    }
    return tiles;
  }

  private static int queries(Call call) {
    return Math.multiplyExact(call.seqLen(), call.numHeads() / call.numKvHeads());
  }

  private static int blocks(Call call) {
    return (queries(call) + QueryBlock.QUERIES - 1) / QueryBlock.QUERIES;
  }

  private static int chunks(Call call) {
    return (call.totalLen() + KEY_CHUNK - 1) / KEY_CHUNK;
  }

  @Override
  public int forwardTasks(Call call) {
    if (call.totalLen() > QueryBlock.MAX_KEYS) {
      throw new IllegalArgumentException(
          "attention: at most " + QueryBlock.MAX_KEYS + " keys, got " + call.totalLen());
    }
    return Math.multiplyExact(call.batchSize() * call.numKvHeads(), blocks(call));
  }

  @Override
  public void forward(
      Call call,
      HeadView out,
      MemorySegment logSumExp,
      HeadView q,
      HeadView k,
      HeadView v,
      int from,
      int to) {
    Tiles tiles = tiles(call.headDim());
    int G = call.numKvHeads(), queries = queries(call), blocks = blocks(call);
    if (queries <= AttentionDecode.QUERIES && call.dropout() == 0) {
      AttentionDecode decode = tiles.decode;
      if (decode == null) {
        decode = new AttentionDecode(tiles.headDim);
        tiles.decode = decode;
      }
      for (int task = from; task < to; task++) {
        decode.run(call, out, logSumExp, q, k, v, task / G, task % G);
      }
      return;
    }
    AttentionForward forward = tiles.forward;
    if (forward == null) {
      forward = new AttentionForward(tiles.headDim);
      tiles.forward = forward;
    }
    for (int task = from; task < to; task++) {
      int head = task / blocks;
      // The last block first: causal, it sees most keys.
      int first = (blocks - 1 - task % blocks) * QueryBlock.QUERIES;
      int end = Math.min(first + QueryBlock.QUERIES, queries);
      forward.run(call, out, logSumExp, q, k, v, head / G, head % G, first, end);
    }
  }

  @Override
  public int backwardTasks(Call call) {
    int heads = call.batchSize() * call.numKvHeads();
    return heads >= ENOUGH_TASKS ? heads : heads * (blocks(call) + chunks(call));
  }

  @Override
  public void backward(
      Call call,
      HeadView dQ,
      HeadView dK,
      HeadView dV,
      HeadView dOut,
      HeadView out,
      MemorySegment logSumExp,
      HeadView q,
      HeadView k,
      HeadView v,
      int from,
      int to) {
    Tiles tiles = tiles(call.headDim());
    AttentionBackward backward = tiles.backward;
    if (backward == null) {
      backward = new AttentionBackward(tiles.headDim);
      tiles.backward = backward;
    }
    var operands = new AttentionBackward.Operands(dQ, dK, dV, dOut, out, logSumExp, q, k, v);
    int G = call.numKvHeads(), heads = call.batchSize() * G, S = call.totalLen();
    int queries = queries(call), blocks = blocks(call), chunks = chunks(call);
    for (int task = from; task < to; task++) {
      if (heads >= ENOUGH_TASKS) {
        backward.run(call, operands, task / G, task % G, 0, queries, 0, S, true, true);
      } else if (task < heads * chunks) {
        int head = task / chunks, first = task % chunks * KEY_CHUNK;
        int end = Math.min(first + KEY_CHUNK, S);
        backward.run(call, operands, head / G, head % G, 0, queries, first, end, false, true);
      } else {
        int head = (task - heads * chunks) / blocks;
        int first = (blocks - 1 - (task - heads * chunks) % blocks) * QueryBlock.QUERIES;
        int end = Math.min(first + QueryBlock.QUERIES, queries);
        backward.run(call, operands, head / G, head % G, first, end, 0, S, true, false);
      }
    }
  }
}
