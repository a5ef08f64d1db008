package dev.rapt.tokenizer.pretokenize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.SplitBehavior;
import dev.rapt.tokenizer.text.TextPattern;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SplitScannerTest {
  private static final String[] PIECES = {
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    "\u00A0",
    "\u3000",
    "a",
    "Z",
    "dZ",
    "\u00DF",
    "\u01C5",
    "\u02B0",
    "\u4E2D",
    "\u0301",
    "\u0903",
    "1",
    "42",
    "\u0661",
    "\u00BD",
    "'s",
    "'LL",
    "'\u017F",
    "'",
    "'r",
    "'ve",
    ".",
    "!?",
    "/",
    "\uD83D\uDE00",
    "\uD835\uDD38",
    "\u200D",
    "_",
    "$",
    "\u0000",
    "\uE000",
    "\u9FA5",
    "\u9FA6",
    "\u30FB",
    "\u30A0",
    "\u3042",
    "\u3099",
    "\u0007",
    "#a"
  };

  @ParameterizedTest
  @EnumSource
  void splitsAsTheRegularExpressions(SplitScanner scanner) {
    Random random = new Random(7);
    for (int round = 0; round < 4000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(14); i >= 0; i--) {
        if (random.nextInt(8) == 0) {
          int c = random.nextInt(random.nextBoolean() ? 0x3000 : 0x20000);
          text.appendCodePoint(c >= 0xD800 && c < 0xE000 ? 'x' : c);
        } else {
          text.append(PIECES[random.nextInt(PIECES.length)]);
        }
      }
      AlignedText aligned = AlignedText.of(text);
      assertThat(
              SplitBehavior.ISOLATED.split(aligned, scanner.find(aligned)).stream()
                  .map(Object::toString))
          .as(text.toString())
          .isEqualTo(pieces(scanner.patterns(), aligned).stream().map(Object::toString).toList());
    }
  }

  /** Each pattern splits the pieces of the previous one. */
  private static List<AlignedText> pieces(List<String> patterns, AlignedText text) {
    List<AlignedText> pieces = List.of(text);
    for (String pattern : patterns) {
      TextPattern regex = new TextPattern.Regex(pattern);
      pieces =
          pieces.stream()
              .flatMap(piece -> SplitBehavior.ISOLATED.split(piece, regex.find(piece)).stream())
              .toList();
    }
    return pieces;
  }

  @ParameterizedTest
  @EnumSource
  void invalidBytesAreInPiecesToo(SplitScanner scanner) {
    Random random = new Random(11);
    byte[] bytes = new byte[300];
    for (int round = 0; round < 500; round++) {
      random.nextBytes(bytes);
      int at = 0;
      while (at < bytes.length) {
        int end = scanner.next(bytes, at, bytes.length);
        assertThat(end).isBetween(at + 1, bytes.length);
        at = end;
      }
    }
  }
}
