package dev.rapt.tokenizer.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.pretokenize.PreTokenizer.PrependScheme;
import dev.rapt.tokenizer.text.TextPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class StreamingDecoderTest {
  private static final List<String> TOKENS =
      List.of(
          "",
          "a",
          "aa",
          "ab",
          "b",
          " ",
          "  ",
          "\u2581",
          "\u2581a",
          "\u2581\u2581b",
          "##a",
          "##",
          "a</w>",
          "</w>",
          "##</w></w>",
          ".",
          " .",
          "n't",
          " do not",
          "'",
          "|",
          "\u00e9",
          "\u4e2d",
          "\ud83d\ude00",
          "<0x41>",
          "<0xE4>",
          "<0xB8>",
          "<0xAD>",
          "<0xFF>",
          "<0x20>",
          "\u00e4",
          "\u00b8",
          "\u0143",
          "\u0120",
          "\u00f0",
          "\u0141");

  private static final List<TokenDecoder> PARTS =
      List.of(
          new TokenDecoder.ByteLevel(false, true, true),
          new TokenDecoder.ByteFallback(),
          new TokenDecoder.Fuse(),
          new TokenDecoder.Replace(new TextPattern.Literal("\u2581"), " "),
          new TokenDecoder.Replace(new TextPattern.Literal("aa"), "a"),
          new TokenDecoder.Replace(new TextPattern.Literal("aba"), ""),
          new TokenDecoder.Replace(new TextPattern.Literal(" ."), "."),
          new TokenDecoder.Replace(new TextPattern.Regex("a+|\\.$"), "<0xE4>"),
          new TokenDecoder.Strip(' ', 1, 0),
          new TokenDecoder.Strip(' ', 0, 1),
          new TokenDecoder.Strip('a', 2, 3),
          new TokenDecoder.Strip(0x1F600, 1, 1),
          new TokenDecoder.Metaspace(0x2581, PrependScheme.ALWAYS, true),
          new TokenDecoder.Metaspace(0x2581, PrependScheme.NEVER, true),
          new TokenDecoder.WordPiece("##", true),
          new TokenDecoder.WordPiece("a", false),
          new TokenDecoder.Bpe("</w>"),
          new TokenDecoder.Bpe("#"),
          new TokenDecoder.Ctc("a", "|", true));

  private static String atOnce(@Nullable TokenDecoder decoder, List<String> tokens) {
    return decoder == null
        ? String.join(" ", tokens)
        : String.join("", tokens.isEmpty() ? tokens : decoder.decode(tokens));
  }

  private static List<String> pieces(StreamingDecoder decoder, List<String> tokens) {
    List<String> pieces = new ArrayList<>();
    tokens.forEach(token -> pieces.add(decoder.next(token)));
    pieces.add(decoder.finish());
    return pieces;
  }

  @Test
  void piecesOfAnyChainJoinToTheTextOfAllTokens() {
    Random random = new Random(1);
    for (int round = 0; round < 40_000; round++) {
      List<TokenDecoder> parts = new ArrayList<>();
      random.ints(random.nextInt(1, 5), 0, PARTS.size()).forEach(i -> parts.add(PARTS.get(i)));
      TokenDecoder chain = round % 50 == 0 ? null : new TokenDecoder.Sequence(parts);
      StreamingDecoder decoder = new StreamingDecoder(chain);
      for (int use = 0; use < 2; use++) { // a finished decoder can be used again
        List<String> tokens = new ArrayList<>();
        random.ints(random.nextInt(8), 0, TOKENS.size()).forEach(i -> tokens.add(TOKENS.get(i)));
        assertThat(String.join("", pieces(decoder, tokens)))
            .as("%s of %s", chain, tokens)
            .isEqualTo(atOnce(chain, tokens));
      }
    }
  }

  @Test
  void completeWordsAreReturnedAtOnce() {
    TokenDecoder llama =
        new TokenDecoder.Sequence(
            List.of(
                new TokenDecoder.Replace(new TextPattern.Literal("\u2581"), " "),
                new TokenDecoder.ByteFallback(),
                new TokenDecoder.Fuse(),
                new TokenDecoder.Strip(' ', 1, 0)));
    assertThat(pieces(new StreamingDecoder(llama), List.of("\u2581a", "b", "\u2581c")))
        .containsExactly("a", "b", " c", "");
    TokenDecoder wordPiece = new TokenDecoder.WordPiece("##", true);
    assertThat(pieces(new StreamingDecoder(wordPiece), List.of("a", "##b", ".")))
        .containsExactly("a", "b", ".", "");
    TokenDecoder bytes = new TokenDecoder.ByteLevel(false, true, true);
    assertThat(pieces(new StreamingDecoder(bytes), List.of("a", "\u00e4", "\u00b8", "\u0143b")))
        .containsExactly("a", "", "", "\u4e2db", "");
  }

  @Test
  void byteTokensAreReturnedWhenTheirRunEnds() {
    StreamingDecoder decoder = new StreamingDecoder(new TokenDecoder.ByteFallback());
    assertThat(pieces(decoder, List.of("<0xE4>", "<0xB8>", "<0xAD>", "a")))
        .containsExactly("", "", "", "\u4e2da", "");
    assertThat(pieces(decoder, List.of("<0xE4>", "<0xB8>", "<0xAD>", "<0xE4>", "<0xB8>")))
        .containsExactly("", "", "", "", "", "\ufffd".repeat(5));
  }

  @Test
  void aSuffixThatTheLastTokenLosesIsHeldBack() {
    StreamingDecoder decoder = new StreamingDecoder(new TokenDecoder.Bpe("#"));
    assertThat(pieces(decoder, List.of("a", "b##", "c#"))).containsExactly("a", "", "b  ", "c");
  }
}
