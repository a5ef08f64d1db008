package dev.rapt.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenShardsTest {
  private static final int END = 300;

  @TempDir Path dir;

  /**
   * Runs of letters (with the space before them), of white space and of other characters are one
   * token each, as the split patterns of byte-level BPE make them: a cut in the wrong place shows.
   */
  private static final class RunEncoder implements TextEncoder {
    private final int vocabSize;
    private final boolean endOfText;
    private int calls;

    RunEncoder(int vocabSize, boolean endOfText) {
      this.vocabSize = vocabSize;
      this.endOfText = endOfText;
    }

    @Override
    public void encode(CharSequence text, IntConsumer sink) {
      calls++;
      for (int at = 0; at < text.length(); ) {
        int end = at + 1;
        int kind = kind(text.charAt(at));
        if (text.charAt(at) == ' ' && end < text.length() && kind(text.charAt(end)) == 1) {
          kind = 1;
        }
        while (end < text.length() && kind(text.charAt(end)) == kind) {
          end++;
        }
        boolean leavesOne = kind == 0 && end < text.length() && end - at > 1; // \s+(?!\S)
        end -= leavesOne ? 1 : 0;
        sink.accept(Math.floorMod(text.subSequence(at, end).toString().hashCode(), END));
        at = end;
      }
    }

    private static int kind(char c) {
      return Character.isWhitespace(c) ? 0 : Character.isLetter(c) ? 1 : 2;
    }

    @Override
    public int vocabSize() {
      return vocabSize;
    }

    @Override
    public int endOfTextId() {
      return endOfText ? END : NONE;
    }

    @Override
    public String fingerprint() {
      return "runs";
    }
  }

  private final RunEncoder encoder = new RunEncoder(END + 1, true);
  private final ShardOptions options = ShardOptions.defaults().withThreads(3);

  @Test
  void aFileBecomesItsTokensAndAnEndOfText() throws IOException {
    Path file = text("a.txt", "Hello world.\nBye");
    assertThat(tokens(List.of(file), options)).containsExactly(expected("Hello world.\nBye"));
  }

  @Test
  void aSeparatorThatNeverOccursIsRefused() throws IOException {
    Path file = text("a.txt", "one\ntwo");
    Path other = text("b.txt", "three<|end|>four");
    ShardOptions divided = options.withDocuments(DocumentSplit.at("<|end|>"));
    assertThatThrownBy(() -> tokens(List.of(file), divided))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(file.toString(), "separator of documents \"<|end|>\", got none");
    assertThat(tokens(List.of(file, other), divided)).isNotEmpty();
    assertThat(tokens(List.of(text("c.txt", "one")), options.withDocuments(DocumentSplit.at("\n"))))
        .isNotEmpty();
  }

  @Test
  void shardsKnowTheTextThatWasRead() throws IOException {
    Path file = text("a.txt", randomText(6_000, 5, "\n"));
    Path marked = text("b.txt", "\uFEFFwith a byte-order mark");
    TokenShards built =
        TokenShards.build(
            List.of(file, marked),
            encoder,
            dir.resolve("out"),
            options.withChunkBytes(61),
            (_, _, _) -> {});
    assertThat(built.sources())
        .containsExactly(TextFingerprint.of(file), TextFingerprint.of(marked));
    assertThat(built.textBytes()).isEqualTo(Files.size(file) + Files.size(marked));
    assertThat(TextFingerprint.of(text("c.txt", "abc")).sha256())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Files.delete(file);
    assertThat(TokenShards.find(dir.resolve("out"), built.fingerprint()))
        .hasValueSatisfying(found -> assertThat(found.sources()).isEqualTo(built.sources()));
    assertThat(TokenShards.find(dir.resolve("out"), "another")).isEmpty();
  }

  @Test
  void chunksAndThreadsDoNotChangeTheTokens() throws IOException {
    for (String lineBreak : List.of("\n", "\r\n", "\n\n\n")) {
      String text = randomText(6_000, 5, lineBreak);
      Path file = text("r.txt", text);
      for (int chunk : new int[] {16, 61, 1000, 1 << 20}) {
        assertThat(tokens(List.of(file), options.withChunkBytes(chunk)))
            .as("chunks of %d bytes", chunk)
            .containsExactly(expected(text));
      }
    }
  }

  @Test
  void chunksDoNotChangeTheDocuments() throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    String[][] cases = {
      {"\n\n", "blank"}, {"\r\n\r\n", "blank"}, {"<|end|>", "at"}, {"\n%%\n", "at"}
    };
    for (String[] item : cases) {
      List<String> documents = new ArrayList<>();
      StringBuilder text = new StringBuilder("\n");
      for (int i = 0; i < 120; i++) {
        String document = randomText(1 + random.nextInt(120), i, "\n").strip();
        document = document.isEmpty() ? "x" : document.replaceAll("\n\n+", "\n");
        documents.add(document);
        text.append(document).append("\n".repeat(random.nextInt(3))).append(item[0]);
        text.append("\n".repeat(random.nextInt(2)));
      }
      Path file = text("d.txt", text.toString());
      DocumentSplit split =
          item[1].equals("at") ? DocumentSplit.at(item[0]) : DocumentSplit.blankLines();
      for (int chunk : new int[] {16, 97, 1 << 16}) {
        assertThat(tokens(List.of(file), options.withDocuments(split).withChunkBytes(chunk)))
            .as("%s, chunks of %d bytes", split, chunk)
            .containsExactly(expected(documents.toArray(String[]::new)));
      }
    }
  }

  @Test
  void filesKeepTheirOrderAcrossShards() throws IOException {
    List<Path> files = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      texts.add(randomText(500 + 100 * i, i, "\n"));
      files.add(text(i + ".txt", texts.get(i)));
    }
    ShardOptions small = options.withShardTokens(77).withChunkBytes(64);
    assertThat(tokens(files, small)).containsExactly(expected(texts.toArray(String[]::new)));
    TokenShards shards = TokenShards.open(dir.resolve("shards"), true);
    assertThat(shards.shards()).hasSizeGreaterThan(5);
    assertThat(shards.tokenBytes()).isEqualTo(2);
  }

  @Test
  void largeVocabulariesTakeFourBytes() throws IOException {
    Path file = text("a.txt", "Hello world.");
    TokenShards shards =
        TokenShards.build(List.of(file), new RunEncoder(70_000, true), dir.resolve("s"));
    assertThat(shards.tokenBytes()).isEqualTo(4);
    try (TokenDataset dataset = shards.dataset()) {
      assertThat(all(dataset)).containsExactly(expected("Hello world."));
    }
  }

  @Test
  void withoutAnEndOfTextTokenNothingIsAdded() throws IOException {
    Path file = text("a.txt", "one two");
    RunEncoder plain = new RunEncoder(END, false);
    try (TokenDataset dataset =
        TokenShards.build(List.of(file), plain, dir.resolve("s")).dataset()) {
      assertThat(dataset.size()).isEqualTo(2);
    }
    ShardOptions divided = options.withDocuments(DocumentSplit.blankLines());
    assertThatThrownBy(() -> TokenShards.build(List.of(file), plain, dir, divided, (_, _, _) -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs an end-of-text token");
  }

  @Test
  void aByteOrderMarkIsSkippedAndOtherScriptsAreKept() throws IOException {
    String text = "Γειά σου\nκόσμε 世界\n🎈 ok";
    Path file = text("a.txt", "\uFEFF" + text);
    assertThat(tokens(List.of(file), options.withChunkBytes(16))).containsExactly(expected(text));
  }

  @Test
  void shardsAreBuiltAgainOnlyAfterAChange() throws IOException {
    Path file = text("a.txt", "one two three");
    tokens(List.of(file), options);
    int calls = encoder.calls;
    tokens(List.of(file), options.withThreads(1).withChunkBytes(100));
    assertThat(encoder.calls).isEqualTo(calls);
    Files.setLastModifiedTime(file, FileTime.fromMillis(12_345_000));
    tokens(List.of(file), options);
    assertThat(encoder.calls).isEqualTo(calls + 1);
    Files.writeString(file, "one two");
    assertThat(tokens(List.of(file), options)).containsExactly(expected("one two"));
  }

  @Test
  void oldShardsAreDeleted() throws IOException {
    Path file = text("a.txt", randomText(2_000, 1, "\n"));
    tokens(List.of(file), options.withShardTokens(50));
    tokens(List.of(file), options);
    try (Stream<Path> left = Files.list(dir.resolve("shards"))) {
      assertThat(left.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("tokens-00000-of-00001.bin", "tokens.json");
    }
  }

  @Test
  void damagedShardsAreRefusedAndBuiltAgain() throws IOException {
    Path file = text("a.txt", randomText(3_000, 1, "\n"));
    int[] whole = tokens(List.of(file), options);
    Path shards = dir.resolve("shards");
    Path shard = shards.resolve("tokens-00000-of-00001.bin");
    byte[] good = Files.readAllBytes(shard);

    flip(shard, 200);
    assertRefused(
        shards, "tokens-00000-of-00001.bin: must have the checksum in tokens.json, got another");
    assertThat(TokenShards.open(shards, false).tokens()).isEqualTo(whole.length);
    assertThat(tokens(List.of(file), options)).containsExactly(whole);
    assertThat(Files.readAllBytes(shard)).isEqualTo(good);

    Files.write(shard, Arrays.copyOf(good, good.length - 1));
    assertRefused(shards, "must have " + good.length + " bytes, got " + (good.length - 1));
    Files.write(shard, Arrays.copyOf(good, 100));
    assertRefused(shards, "must be a token shard, got another file");
    Files.write(shard, good);
    flip(shard, 3);
    assertRefused(shards, "must be a token shard, got another file");
    Files.write(shard, good);
    flip(shard, 50);
    assertRefused(shards, "must belong to the set in tokens.json");
    Files.write(shard, good);
    flip(shard, 8);
    assertRefused(shards, "must have version 1, got 254");
    Files.delete(shard);
    assertRefused(shards, "must exist, got no file; build the shards again");
    Files.writeString(shards.resolve("tokens.json"), "{\"shards\": 3");
    assertRefused(shards, "must list token shards");
    assertThat(tokens(List.of(file), options)).containsExactly(whole);
    assertRefused(dir, "must be a folder of token shards, got no tokens.json");
  }

  @Test
  void errorsInTextNameTheFileAndOffset() throws IOException {
    byte[] bytes = randomText(5_000, 1, "\n").getBytes(StandardCharsets.UTF_8);
    bytes[4_321] = (byte) 0xff;
    Path invalid = Files.write(dir.resolve("invalid.txt"), bytes);
    assertBuildRefused(invalid, "invalid.txt: must be UTF-8 text, got byte 0xFF at offset 4321");
    bytes[4_321] = 'x';
    bytes[2_100] = 0;
    Path binary = Files.write(dir.resolve("binary.bin"), bytes);
    assertBuildRefused(binary, "binary.bin: must be text, got a zero byte at offset 2100");
    Path cut = Files.write(dir.resolve("cut.txt"), new byte[] {'a', 'b', (byte) 0xe4, (byte) 0xb8});
    assertBuildRefused(cut, "cut.txt: must be UTF-8 text, got byte 0xE4 at offset 2");
    assertBuildRefused(text("empty.txt", ""), "empty.txt: must have text, got an empty file");
    assertBuildRefused(dir.resolve("none.txt"), "none.txt: must exist, got no file");
    assertBuildRefused(dir, "must be a file, got a folder");
    assertThatThrownBy(() -> TokenShards.build(List.of(), encoder, dir))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("need at least one text file");
    try (Stream<Path> left = Files.list(dir.resolve("shards"))) {
      assertThat(left).as("a failed build leaves nothing").isEmpty();
    }
  }

  @Test
  void filesOfLineBreaksAreRefused() throws IOException {
    Path file = text("breaks.txt", "\n\n\n\n");
    assertThatThrownBy(
            () -> tokens(List.of(file), options.withDocuments(DocumentSplit.blankLines())))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("must have text, got only line breaks");
  }

  @Test
  void aFullDiskKeepsTheOldSet() throws IOException {
    Path file = text("a.txt", randomText(4_000, 1, "\n"));
    Path shards = dir.resolve("shards");
    int[] before = tokens(List.of(file), options);
    ShardWriter.Opener full =
        path -> {
          Path device = Path.of("/dev/full");
          FileChannel channel = ShardWriter.create(Files.exists(device) ? device : path);
          if (!Files.exists(device)) {
            channel.close(); // another way to make every write fail
          }
          return channel;
        };
    ShardBuild build =
        new ShardBuild(
            TokenShards.Source.list(List.of(file)),
            encoder,
            shards,
            options,
            (_, _, _) -> {},
            full);
    assertThatThrownBy(() -> build.run("00".repeat(32)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("tokens must be written, got an error after 0 bytes")
        .hasMessageContaining("more bytes are needed and")
        .hasMessageContaining("make room or choose another folder");
    assertThat(tokens(List.of(file), options)).containsExactly(before);
    try (Stream<Path> left = Files.list(shards)) {
      assertThat(left).hasSize(2);
    }
  }

  @Test
  void tokenizersThatMarkTheFirstWordGetWholeDocuments() throws IOException {
    List<String> seen = new ArrayList<>();
    TextEncoder whole =
        new TextEncoder() {
          @Override
          public void encode(CharSequence text, IntConsumer sink) {
            synchronized (seen) {
              seen.add(text.toString());
            }
            sink.accept(1);
          }

          @Override
          public int vocabSize() {
            return 3;
          }

          @Override
          public int endOfTextId() {
            return 2;
          }

          @Override
          public String fingerprint() {
            return "whole";
          }

          @Override
          public boolean splitsBetweenLines() {
            return false;
          }
        };
    String text = randomText(3_000, 2, "\n");
    ShardOptions small = options.withChunkBytes(16);
    Path file = text("a.txt", text);
    TokenShards.build(List.of(file), whole, dir.resolve("w"), small, (_, _, _) -> {});
    assertThat(seen).containsExactly(text);
  }

  private int[] tokens(List<Path> files, ShardOptions with) throws IOException {
    TokenShards shards =
        TokenShards.build(files, encoder, dir.resolve("shards"), with, (_, _, _) -> {});
    try (TokenDataset dataset = shards.dataset()) {
      assertThat(dataset.size()).isEqualTo(shards.tokens());
      return all(dataset);
    }
  }

  private static int[] all(TokenDataset dataset) {
    int[] tokens = new int[(int) dataset.size()];
    dataset.copy(0, tokens, 0, tokens.length);
    return tokens;
  }

  private int[] expected(String... documents) {
    List<Integer> ids = new ArrayList<>();
    for (String document : documents) {
      new RunEncoder(END + 1, true).encode(document, ids::add);
      ids.add(END);
    }
    return ids.stream().mapToInt(i -> i).toArray();
  }

  private Path text(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  private static void flip(Path file, long at) throws IOException {
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.seek(at);
      int old = out.read();
      out.seek(at);
      out.write(~old);
    }
  }

  private static void assertRefused(Path shards, String message) {
    assertThatThrownBy(() -> TokenShards.open(shards, true))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message);
  }

  private void assertBuildRefused(Path file, String message) {
    assertThatThrownBy(() -> tokens(List.of(file), options.withChunkBytes(1000)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message);
  }

  private static String randomText(int length, long seed, String lineBreak) {
    SplittableRandom random = new SplittableRandom(seed);
    String[] pieces = {
      "a", "to", "word", "Zeit", "é", " ", " ", "  ", ".", ", ", "7", lineBreak, "世"
    };
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      text.append(pieces[random.nextInt(pieces.length)]);
    }
    return text.toString();
  }
}
