package dev.rapt.train.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The first 128 bytes of a shard file, little endian; the tokens follow.
 *
 * <pre>
 *  0  magic "RAPTTOKS"      8  version (i32)     12  bytes a token: 2 or 4 (i32)
 * 16  tokens (i64)         24  CRC-32C of the tokens' bytes (i64)
 * 32  vocabulary size (i32) 36  end-of-text id or -1 (i32)
 * 40  number of this shard (i32) 44  of how many (i32)
 * 48  SHA-256 of what it was built from, 32 bytes; the rest is zero
 * </pre>
 *
 * @param fingerprint in hexadecimal digits
 */
record ShardHeader(
    int tokenBytes,
    long tokens,
    long checksum,
    int vocabSize,
    int endOfTextId,
    int shard,
    int shards,
    String fingerprint) {
  static final int BYTES = 128;
  static final int VERSION = 1;
  private static final byte[] MAGIC = "RAPTTOKS".getBytes(StandardCharsets.US_ASCII);

  ByteBuffer toBytes() {
    ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC).putInt(VERSION).putInt(tokenBytes).putLong(tokens).putLong(checksum);
    out.putInt(vocabSize).putInt(endOfTextId).putInt(shard).putInt(shards);
    out.put(HexFormat.of().parseHex(fingerprint));
    return out.clear();
  }

  static ShardHeader parse(Path file, ByteBuffer in) throws DataException {
    in.order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[MAGIC.length];
    if (in.remaining() < BYTES || !Arrays.equals(MAGIC, getBytes(in, magic))) {
      throw new DataException(file, "must be a token shard, got another file; delete it");
    }
    int version = in.getInt();
    if (version != VERSION) {
      throw new DataException(
          file,
          "must have version " + VERSION + ", got " + version + "; delete it to build it again");
    }
    int tokenBytes = in.getInt();
    long tokens = in.getLong();
    long checksum = in.getLong();
    ShardHeader header =
        new ShardHeader(
            tokenBytes,
            tokens,
            checksum,
            in.getInt(),
            in.getInt(),
            in.getInt(),
            in.getInt(),
            HexFormat.of().formatHex(getBytes(in, new byte[32])));
    if ((tokenBytes != 2 && tokenBytes != 4) || tokens < 0) {
      throw new DataException(
          file, "must have tokens of 2 or 4 bytes, got " + tokens + " of " + tokenBytes);
    }
    return header;
  }

  private static byte[] getBytes(ByteBuffer in, byte[] into) {
    in.get(into);
    return into;
  }
}
