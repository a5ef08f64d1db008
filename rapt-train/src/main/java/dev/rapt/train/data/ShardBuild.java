package dev.rapt.train.data;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One build of a set of shards: the calling thread reads chunks and writes tokens, in order; worker
 * threads encode. At most two chunks per worker are in progress, which bounds the memory.
 */
final class ShardBuild {
  private static final int CHUNKS_PER_THREAD = 2;

  private final List<TokenShards.Source> files;
  private final TextEncoder encoder;
  private final Path directory;
  private final ShardOptions options;
  private final TokenShards.Progress progress;
  private final ShardWriter.Opener opener;
  private final long textBytes;
  private long bytesDone;
  private boolean hasSeparator;

  /** The tokens of a chunk and the size of its text in bytes. */
  private static final class Encoded implements IntConsumer {
    private final int vocabSize;
    private final int textBytes;
    private int[] tokens;
    private int count;
    private boolean hasSeparator;

    Encoded(int vocabSize, int textBytes) {
      this.vocabSize = vocabSize;
      this.textBytes = textBytes;
      this.tokens = new int[textBytes / 3 + 16];
    }

    @Override
    public void accept(int token) {
      if (token < 0 || token >= vocabSize) {
        throw new IllegalArgumentException(
            "tokenizer: ids must be in [0, " + vocabSize + "), got " + token);
      }
      if (count == tokens.length) {
        tokens = Arrays.copyOf(tokens, 2 * count);
      }
      tokens[count++] = token;
    }
  }

  ShardBuild(
      List<TokenShards.Source> files,
      TextEncoder encoder,
      Path directory,
      ShardOptions options,
      TokenShards.Progress progress,
      ShardWriter.Opener opener) {
    this.files = files;
    this.encoder = encoder;
    this.directory = directory;
    this.options = options;
    this.progress = progress;
    this.opener = opener;
    this.textBytes = files.stream().mapToLong(TokenShards.Source::bytes).sum();
  }

  TokenShards run(String fingerprint) throws IOException {
    int tokenBytes = TokenShards.tokenBytes(encoder.vocabSize());
    ShardHeader template =
        new ShardHeader(
            tokenBytes, 0, 0, encoder.vocabSize(), encoder.endOfTextId(), 0, 0, fingerprint);
    ExecutorService workers =
        Executors.newFixedThreadPool(
            options.threads(), Thread.ofPlatform().daemon().name("rapt-encode-", 0).factory());
    try (ShardWriter writer =
        new ShardWriter(directory, template, options.shardTokens(), this::bytesToCome, opener)) {
      Deque<Future<Encoded>> inProgress = new ArrayDeque<>();
      List<TextFingerprint> sources = new ArrayList<>();
      for (TokenShards.Source file : files) {
        String sha256 = submitAll(file, workers, inProgress, writer);
        sources.add(new TextFingerprint(file.path().toString(), file.bytes(), sha256));
      }
      while (!inProgress.isEmpty()) {
        write(inProgress.removeFirst(), writer);
      }
      if (writer.tokens() == 0) {
        throw new DataException(
            files.getFirst().path(), "must have text, got only line breaks in all files");
      }
      requireSeparator();
      TokenShards.deleteManifest(directory);
      TokenShards result =
          new TokenShards(
              directory,
              fingerprint,
              tokenBytes,
              encoder.vocabSize(),
              encoder.endOfTextId(),
              sources,
              writer.commit());
      result.writeManifest();
      return result;
    } finally {
      workers.shutdownNow();
    }
  }

  private void requireSeparator() throws DataException {
    if (options.documents() instanceof DocumentSplit.At at && at.mustOccur() && !hasSeparator) {
      throw new DataException(
          files.getFirst().path(),
          "must have the separator of documents \"%s\", got none in %s; correct the separator, or make each file one document"
              .formatted(
                  at.separator(),
                  files.size() == 1 ? "it" : "all %d files".formatted(files.size())));
    }
  }

  /** Submits the chunks of a file; returns the hash of its content. */
  private String submitAll(
      TokenShards.Source file,
      ExecutorService workers,
      Deque<Future<Encoded>> inProgress,
      ShardWriter writer)
      throws IOException {
    try (TextChunkReader reader =
        new TextChunkReader(
            file.path(), options.documents(), encoder.splitsBetweenLines(), options.chunkBytes())) {
      for (@Nullable TextChunk next = reader.next(); next != null; next = reader.next()) {
        if (inProgress.size() == CHUNKS_PER_THREAD * options.threads()) {
          write(inProgress.removeFirst(), writer);
        }
        TextChunk chunk = next;
        inProgress.addLast(
            workers.submit(() -> {
              Encoded encoded = new Encoded(encoder.vocabSize(), chunk.text().length);
              encoded.hasSeparator = chunk.encode(encoder, options.documents(), encoded);
              return encoded;
            }));
      }
      if (reader.offset() != file.bytes()) {
        throw new DataException(
            file.path(),
            "must not change while it is read, had "
                + file.bytes()
                + " bytes, got "
                + reader.offset()
                + "; start again");
      }
      return reader.sha256();
    }
  }

  private void write(Future<Encoded> future, ShardWriter writer) throws IOException {
    try {
      Encoded encoded = future.get();
      writer.write(encoded.tokens, encoded.count);
      bytesDone += encoded.textBytes;
      hasSeparator |= encoded.hasSeparator;
      progress.update(bytesDone, textBytes, writer.tokens());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException("shards: the build was interrupted").initCause(e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IOException("shards: encoding failed", e);
      }
    }
  }

  private long bytesToCome(long written) {
    return bytesDone == 0
        ? textBytes
        : (long) ((double) written / bytesDone * (textBytes - bytesDone));
  }
}
