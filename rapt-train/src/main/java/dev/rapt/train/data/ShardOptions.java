package dev.rapt.train.data;

/**
 * How shards are built. What is built does not depend on the number of threads or the chunk size.
 *
 * @param documents where documents end inside a file
 * @param threads encoding threads
 * @param chunkBytes text that a thread encodes at a time, in bytes
 * @param shardTokens tokens of a shard file, at most
 * @param verifyChecksums whether shards that exist already are read once to compare their checksums
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

  /** A file a document, a thread a processor, chunks of 1 MiB, 256 Mi tokens a shard, verified. */
  public static ShardOptions defaults() {
    return new ShardOptions(
        DocumentSplit.perFile(),
        Runtime.getRuntime().availableProcessors(),
        1 << 20,
        1L << 28,
        true);
  }

  public ShardOptions withDocuments(DocumentSplit documents) {
    return new ShardOptions(documents, threads, chunkBytes, shardTokens, verifyChecksums);
  }

  public ShardOptions withThreads(int threads) {
    return new ShardOptions(documents, threads, chunkBytes, shardTokens, verifyChecksums);
  }

  public ShardOptions withChunkBytes(int chunkBytes) {
    return new ShardOptions(documents, threads, chunkBytes, shardTokens, verifyChecksums);
  }

  public ShardOptions withShardTokens(long shardTokens) {
    return new ShardOptions(documents, threads, chunkBytes, shardTokens, verifyChecksums);
  }

  public ShardOptions withVerifyChecksums(boolean verifyChecksums) {
    return new ShardOptions(documents, threads, chunkBytes, shardTokens, verifyChecksums);
  }
}
