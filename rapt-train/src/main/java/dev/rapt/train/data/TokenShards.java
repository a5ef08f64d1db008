package dev.rapt.train.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Token shards: text files encoded once, for training runs to memory-map.
 *
 * <p>A folder holds {@code tokens-00000-of-00001.bin} and so on ({@link ShardHeader} has the
 * layout; 16-bit tokens where the vocabulary allows it, else 32-bit) and {@code tokens.json}, which
 * lists them and is written last. Both hold a fingerprint of the sources (path, size and time of
 * change of each), the tokenizer and the division into documents: when one of these changes, {@link
 * #build} builds the shards again. Files are written under temporary names, synced and renamed, so
 * that a crash leaves the old set, the new set, or an incomplete one that the next build replaces.
 *
 * <p>Every document is followed by the encoder's end-of-text token, if it has one; documents keep
 * the order of the files and of the text.
 *
 * @param directory the folder
 * @param fingerprint SHA-256 of sources, tokenizer and options, in hexadecimal
 * @param tokenBytes bytes per token, 2 or 4
 * @param vocabSize ids are in [0, vocabSize)
 * @param endOfTextId the token after every document, or {@link TextEncoder#NONE}
 * @param sources the texts as they were read
 * @param shards the files, in order
 */
public record TokenShards(
    Path directory,
    String fingerprint,
    int tokenBytes,
    int vocabSize,
    int endOfTextId,
    List<TextFingerprint> sources,
    List<Shard> shards) {
  private static final String MANIFEST = "tokens.json";
  private static final int LARGEST_16_BIT_VOCABULARY = 1 << 16;

  /** A shard file; the checksum is the CRC-32C of its tokens' bytes. */
  public record Shard(Path file, long tokens, long checksum) {}

  /** Receives the progress of a build, on the thread that builds. */
  @FunctionalInterface
  public interface Progress {
    /** Called after each chunk: bytes encoded, bytes in all, and tokens so far. */
    void update(long textBytesDone, long textBytes, long tokens);
  }

  public TokenShards {
    sources = List.copyOf(sources);
    shards = List.copyOf(shards);
  }

  /** Total size of the source files in bytes. */
  public long textBytes() {
    return sources.stream().mapToLong(TextFingerprint::bytes).sum();
  }

  /** Number of tokens in all shards. */
  public long tokens() {
    return shards.stream().mapToLong(Shard::tokens).sum();
  }

  /**
   * Encodes the files, or opens the shards that an earlier call built from the same files.
   *
   * @param sources UTF-8 text files; their order is kept
   * @param encoder encodes the text
   * @param directory the folder of the shards; created if needed
   * @param options how the shards are built
   * @param progress receives the progress
   * @throws IllegalArgumentException if there is no source, or files are divided into documents and
   *     the encoder has no end-of-text token
   * @throws DataException if a file is missing, empty, not UTF-8 text or changes during the build,
   *     or the shards cannot be written
   */
  public static TokenShards build(
      List<Path> sources,
      TextEncoder encoder,
      Path directory,
      ShardOptions options,
      Progress progress)
      throws IOException {
    if (!(options.documents() instanceof DocumentSplit.PerFile)
        && encoder.endOfTextId() == TextEncoder.NONE) {
      throw new IllegalArgumentException(
          "shards: dividing files into documents needs an end-of-text token, got a tokenizer without"
              + " one; use one document per file");
    }
    List<Source> files = Source.list(sources);
    String fingerprint = fingerprint(files, encoder, options);
    TokenShards existing = openIfIntact(directory, options.verifyChecksums());
    if (existing != null && existing.fingerprint.equals(fingerprint)) {
      return existing;
    }
    Files.createDirectories(directory);
    return new ShardBuild(files, encoder, directory, options, progress, ShardWriter::create)
        .run(fingerprint);
  }

  /** Encodes the files with the default options. */
  public static TokenShards build(List<Path> sources, TextEncoder encoder, Path directory)
      throws IOException {
    return build(sources, encoder, directory, ShardOptions.defaults(), (_, _, _) -> {});
  }

  /**
   * Opens a folder of shards and checks that its files are complete.
   *
   * @param verifyChecksums whether to read all tokens and compare the checksums too
   * @throws DataException if a file is missing, truncated, damaged or of another set
   */
  public static TokenShards open(Path directory, boolean verifyChecksums) throws IOException {
    TokenShards result = readManifest(directory);
    int number = 0;
    for (Shard shard : result.shards) {
      result.check(shard, number++, verifyChecksums);
    }
    return result;
  }

  /**
   * The complete set in a folder, if it is the one with this fingerprint. The text need not exist.
   */
  public static Optional<TokenShards> find(Path directory, String fingerprint) throws IOException {
    return Optional.ofNullable(openIfIntact(directory, true))
        .filter(shards -> shards.fingerprint.equals(fingerprint));
  }

  /** The set in the folder, or null if there is none or it is damaged. */
  private static @Nullable TokenShards openIfIntact(Path directory, boolean verifyChecksums)
      throws IOException {
    try {
      return open(directory, verifyChecksums);
    } catch (DataException missingOrDamaged) {
      return null;
    }
  }

  /** Maps the shards; the dataset must be closed. */
  public TokenDataset dataset() throws IOException {
    return TokenDataset.map(this);
  }

  static int tokenBytes(int vocabSize) {
    return vocabSize <= LARGEST_16_BIT_VOCABULARY ? 2 : 4;
  }

  /** Makes the renamed shards the current set, and deletes those of earlier sets. */
  void writeManifest() throws IOException {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("version", ShardHeader.VERSION).put("fingerprint", fingerprint);
    json.put("token_bytes", tokenBytes).put("vocab_size", vocabSize);
    json.put("end_of_text_id", endOfTextId);
    ArrayNode texts = json.putArray("sources");
    for (TextFingerprint text : sources) {
      texts
          .addObject()
          .put("path", text.path())
          .put("bytes", text.bytes())
          .put("sha256", text.sha256());
    }
    ArrayNode array = json.putArray("shards");
    Set<Path> current = new HashSet<>();
    for (Shard shard : shards) {
      array
          .addObject()
          .put("file", String.valueOf(shard.file().getFileName()))
          .put("tokens", shard.tokens())
          .put("crc32c", shard.checksum());
      current.add(shard.file());
    }
    Path aside = directory.resolve(MANIFEST + "-" + UUID.randomUUID() + ".tmp");
    byte[] text = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
    try (FileChannel out =
        FileChannel.open(aside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(
        aside,
        directory.resolve(MANIFEST),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    try (DirectoryStream<Path> old = Files.newDirectoryStream(directory, "tokens-*.bin")) {
      for (Path file : old) {
        if (!current.contains(file)) {
          Files.delete(file);
        }
      }
    }
  }

  /** Deletes the list of the current set, before its files are replaced. */
  static void deleteManifest(Path directory) throws IOException {
    Files.deleteIfExists(directory.resolve(MANIFEST));
  }

  private static TokenShards readManifest(Path directory) throws IOException {
    Path file = directory.resolve(MANIFEST);
    if (!Files.isRegularFile(file)) {
      throw new DataException(directory, "must be a folder of token shards, got no " + MANIFEST);
    }
    try {
      JsonNode json = JsonMapper.shared().readTree(Files.readAllBytes(file));
      List<TextFingerprint> sources = new ArrayList<>();
      for (JsonNode text : json.required("sources")) {
        sources.add(
            new TextFingerprint(
                text.required("path").stringValue(),
                text.required("bytes").longValue(),
                text.required("sha256").stringValue()));
      }
      List<Shard> shards = new ArrayList<>();
      for (JsonNode shard : json.required("shards")) {
        shards.add(
            new Shard(
                directory.resolve(shard.required("file").stringValue()),
                shard.required("tokens").longValue(),
                shard.required("crc32c").longValue()));
      }
      return new TokenShards(
          directory,
          json.required("fingerprint").stringValue(),
          json.required("token_bytes").intValue(),
          json.required("vocab_size").intValue(),
          json.required("end_of_text_id").intValue(),
          sources,
          shards);
    } catch (JacksonException e) {
      throw new DataException(file, "must list token shards, got " + e.getOriginalMessage(), e);
    }
  }

  private void check(Shard shard, int number, boolean verifyChecksum) throws IOException {
    Path file = shard.file();
    if (!Files.isRegularFile(file)) {
      throw new DataException(file, "must exist, got no file; build the shards again");
    }
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer head = ByteBuffer.allocate(ShardHeader.BYTES);
      while (head.hasRemaining() && in.read(head) >= 0) {}
      ShardHeader header = ShardHeader.parse(file, head.flip());
      if (!header.fingerprint().equals(fingerprint)
          || header.tokens() != shard.tokens()
          || header.checksum() != shard.checksum()
          || header.shard() != number
          || header.tokenBytes() != tokenBytes) {
        throw new DataException(file, "must belong to the set in " + MANIFEST + ", got another");
      }
      long size = ShardHeader.BYTES + shard.tokens() * tokenBytes;
      if (in.size() != size) {
        throw new DataException(file, "must have " + size + " bytes, got " + in.size());
      }
      if (verifyChecksum && checksum(in) != shard.checksum()) {
        throw new DataException(
            file,
            "must have the checksum in " + MANIFEST + ", got another; build the shards again");
      }
    }
  }

  private static long checksum(FileChannel in) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
    in.position(ShardHeader.BYTES);
    while (in.read(buffer) >= 0) {
      crc.update(buffer.flip());
      buffer.clear();
    }
    return crc.getValue();
  }

  private static String fingerprint(List<Source> files, TextEncoder encoder, ShardOptions options) {
    StringBuilder text = new StringBuilder("rapt tokens ").append(ShardHeader.VERSION);
    text.append('\n').append(encoder.fingerprint());
    text.append('\n').append(encoder.vocabSize()).append(' ').append(encoder.endOfTextId());
    text.append('\n').append(options.documents()).append(' ').append(options.shardTokens());
    for (Source file : files) {
      text.append('\n').append(file);
    }
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of()
          .formatHex(digest.digest(text.toString().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** A source file as it was when the build began. */
  record Source(Path path, long bytes, long modifiedMillis) {
    static List<Source> list(List<Path> paths) throws IOException {
      if (paths.isEmpty()) {
        throw new IllegalArgumentException("shards: need at least one text file, got none");
      }
      List<Source> files = new ArrayList<>();
      for (Path path : paths) {
        if (!Files.exists(path)) {
          throw new DataException(path, "must exist, got no file; check the path");
        }
        if (!Files.isRegularFile(path)) {
          throw new DataException(path, "must be a file, got a folder; name the files in it");
        }
        long bytes = Files.size(path);
        if (bytes == 0) {
          throw new DataException(path, "must have text, got an empty file; leave it out");
        }
        files.add(
            new Source(
                path.toAbsolutePath().normalize(),
                bytes,
                Files.getLastModifiedTime(path).toMillis()));
      }
      return files;
    }
  }
}
