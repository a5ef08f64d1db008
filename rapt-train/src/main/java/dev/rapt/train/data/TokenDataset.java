package dev.rapt.train.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;

/**
 * A sequence of tokens in memory-mapped shards, or a part of one. Safe for use by several threads.
 *
 * <p>The dataset that {@link TokenShards#dataset} returns owns the mapping: closing it ends the use
 * of all parts made from it. Closing a part does nothing.
 */
public final class TokenDataset implements AutoCloseable {
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * Tokens in memory, shared by a dataset and its parts.
   *
   * @param shards tokens of each shard, without header
   * @param starts position of each shard in the whole, and the end of the last
   * @param tokenBytes bytes per token, 2 or 4
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Storage(MemorySegment[] shards, long[] starts, int tokenBytes) {
    long size() {
      return starts[shards.length];
    }
  }

  private final Storage storage;
  private final int vocabSize;
  private final int endOfTextId;
  private final long from;
  private final long size;
  private final Runnable release;

  /** The two parts of a dataset: tokens to train on and held-out tokens. */
  public record Split(TokenDataset train, TokenDataset validation) {}

  /** The whole of a storage. */
  private TokenDataset(Storage storage, int vocabSize, int endOfTextId, Runnable release) {
    this.storage = storage;
    this.vocabSize = vocabSize;
    this.endOfTextId = endOfTextId;
    this.from = 0;
    this.size = storage.size();
    this.release = release;
  }

  /** A part of a dataset, which does not own the storage. */
  private TokenDataset(TokenDataset whole, long from, long to) {
    this.storage = whole.storage;
    this.vocabSize = whole.vocabSize;
    this.endOfTextId = whole.endOfTextId;
    this.from = whole.from + from;
    this.size = to - from;
    this.release = () -> {};
  }

  @SuppressWarnings("MustBeClosedChecker") // the dataset closes the arena
  static TokenDataset map(TokenShards tokens) throws IOException {
    List<TokenShards.Shard> files = tokens.shards();
    MemorySegment[] shards = new MemorySegment[files.size()];
    long[] starts = new long[files.size() + 1];
    Arena arena = Arena.ofShared();
    try {
      for (int i = 0; i < shards.length; i++) {
        TokenShards.Shard shard = files.get(i);
        long bytes = shard.tokens() * tokens.tokenBytes();
        try (FileChannel in = FileChannel.open(shard.file(), StandardOpenOption.READ)) {
          if (in.size() < ShardHeader.BYTES + bytes) {
            throw new DataException(
                shard.file(),
                "must have "
                    + (ShardHeader.BYTES + bytes)
                    + " bytes, got "
                    + in.size()
                    + "; build the shards again");
          }
          shards[i] =
              in.map(FileChannel.MapMode.READ_ONLY, 0, ShardHeader.BYTES + bytes, arena)
                  .asSlice(ShardHeader.BYTES);
        }
        starts[i + 1] = starts[i] + shard.tokens();
      }
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
    return new TokenDataset(
        new Storage(shards, starts, tokens.tokenBytes()),
        tokens.vocabSize(),
        tokens.endOfTextId(),
        arena::close);
  }

  /** A dataset in memory, which need not be closed. */
  public static TokenDataset of(int[] tokens, int vocabSize, int endOfTextId) {
    MemorySegment copy = MemorySegment.ofArray(new int[tokens.length]);
    MemorySegment.copy(tokens, 0, copy, I32, 0, tokens.length);
    Storage storage = new Storage(new MemorySegment[] {copy}, new long[] {0, tokens.length}, 4);
    return new TokenDataset(storage, vocabSize, endOfTextId, () -> {});
  }

  /** Number of tokens. */
  public long size() {
    return size;
  }

  /** The vocabulary size; tokens are in [0, vocabSize). */
  public int vocabSize() {
    return vocabSize;
  }

  /** The token after every document, or {@link TextEncoder#NONE}. */
  public int endOfTextId() {
    return endOfTextId;
  }

  /** The token at a position. */
  public int token(long index) {
    int[] one = new int[1];
    copy(index, one, 0, 1);
    return one[0];
  }

  /**
   * Copies {@code count} tokens, beginning at position {@code index}, into an array.
   *
   * @throws IndexOutOfBoundsException if they are not all within the dataset and the array
   */
  public void copy(long index, int[] into, int offset, int count) {
    Objects.checkFromIndexSize(index, (long) count, size);
    Objects.checkFromIndexSize(offset, count, into.length);
    MemorySegment[] shards = storage.shards();
    long[] starts = storage.starts();
    int tokenBytes = storage.tokenBytes();
    long at = from + index;
    int shard = 0;
    while (starts[shard + 1] <= at && shard + 1 < shards.length) {
      shard++;
    }
    int done = 0;
    while (done < count) {
      int here = (int) Math.min(count - done, starts[shard + 1] - at);
      long byteOffset = (at - starts[shard]) * tokenBytes;
      if (tokenBytes == 4) {
        MemorySegment.copy(shards[shard], I32, byteOffset, into, offset + done, here);
      } else {
        for (int i = 0; i < here; i++) {
          into[offset + done + i] =
              Short.toUnsignedInt(shards[shard].get(U16, byteOffset + 2L * i));
        }
      }
      done += here;
      at += here;
      shard++;
    }
  }

  /** The part [from, to). */
  public TokenDataset part(long from, long to) {
    Objects.checkFromToIndex(from, to, size);
    return new TokenDataset(this, from, to);
  }

  /**
   * Holds out the last part. If documents are marked, the cut moves back to the end of the last
   * document that ends before it, unless there is none.
   *
   * @param validationFraction share of the tokens to hold out, in (0, 1)
   * @throws IllegalArgumentException if one of the parts would be empty
   */
  public Split split(double validationFraction) {
    if (!(validationFraction > 0 && validationFraction < 1)) {
      throw new IllegalArgumentException(
          "validation fraction: must be between 0 and 1, got " + validationFraction);
    }
    long cut = (long) (size * (1 - validationFraction));
    long documentEnd = lastDocumentEnd(cut);
    cut = documentEnd > 0 ? documentEnd : cut;
    if (cut == 0 || cut == size) {
      throw new IllegalArgumentException(
          "validation fraction: must leave tokens in both parts, got "
              + validationFraction
              + " of "
              + size
              + " tokens; use more text");
    }
    return new Split(part(0, cut), part(cut, size));
  }

  private long lastDocumentEnd(long cut) {
    int[] block = new int[4096];
    for (long end = cut; endOfTextId != TextEncoder.NONE && end > 0; ) {
      int count = (int) Math.min(block.length, end);
      copy(end - count, block, 0, count);
      for (int i = count - 1; i >= 0; i--) {
        if (block[i] == endOfTextId) {
          return end - count + i + 1;
        }
      }
      end -= count;
    }
    return 0;
  }

  @Override
  public void close() {
    release.run();
  }
}
