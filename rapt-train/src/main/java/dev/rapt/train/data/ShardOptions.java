package dev.rapt.train.data;

/**
 * Options of a shard build. The result does not depend on the number of threads or the chunk size.
 *
 * @param documents how files are divided into documents
 * @param threads number of encoding threads
 * @param chunkBytes bytes of text that a thread encodes at a time
 * @param shardTokens largest number of tokens in a shard file
 * @param verifyChecksums whether the checksums of existing shards are verified, which reads them
 *     once
 */
public record ShardOptions(
    DocumentSplit documents,
    int threads,
    int chunkBytes,
    long shardTokens,
    boolean verifyChecksums) {

  public ShardOptions {
    if (threads < 1 || chunkBytes < 16 || shardTokens < 1) {
      throw new IllegalArgumentException(
          "shards: need at least 1 thread, chunks of 16 bytes and 1 token a shard, got "
              + threads
              + ", "
              + chunkBytes
              + " and "
              + shardTokens);
    }
  }

  /**
   * Each file a document, a thread per processor, chunks of 1 MiB, 256 Mi tokens per shard,
   * checksums verified.
   */
  public static ShardOptions defaults() {
    return new ShardOptions(
        DocumentSplit.perFile(),
        Runtime.getRuntime().availableProcessors(),
        1 << 20,
        1L << 28,
        true);
  }

  /** Returns a copy with this division into documents. */
  public ShardOptions withDocuments(DocumentSplit documents) {
    return new ShardOptions(documents, threads, chunkBytes, shardTokens, verifyChecksums);
  }

  /** Returns a copy with this number of encoding threads. */
  public ShardOptions withThreads(int threads) {
    return new ShardOptions(documents, threads, chunkBytes, shardTokens, verifyChecksums);
  }

  /** Returns a copy with this many bytes per chunk. */
  public ShardOptions withChunkBytes(int chunkBytes) {
    return new ShardOptions(documents, threads, chunkBytes, shardTokens, verifyChecksums);
  }

  /** Returns a copy with at most this many tokens per shard. */
  public ShardOptions withShardTokens(long shardTokens) {
    return new ShardOptions(documents, threads, chunkBytes, shardTokens, verifyChecksums);
  }

  /** Returns a copy that verifies the checksums of existing shards, or does not. */
  public ShardOptions withVerifyChecksums(boolean verifyChecksums) {
    return new ShardOptions(documents, threads, chunkBytes, shardTokens, verifyChecksums);
  }
}
