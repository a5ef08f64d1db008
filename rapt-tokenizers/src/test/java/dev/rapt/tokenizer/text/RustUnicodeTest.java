package dev.rapt.tokenizer.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.normalize.UnicodeForm;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Every code point of planes 0 and 1, but for Han and Hangul, and the tags of plane 14, in words,
 * beside digits, between marks: the digests are those of what tokenizers 0.23.2 returns.
 */
final class RustUnicodeTest {
  private static final int BLOCK = 256;

  private static final List<String> TEXTS =
      IntStream.iterate(0, first -> first < 0xE0200, first -> first + BLOCK)
          .filter(first -> first < 0x3400 || first >= 0xA000)
          .filter(first -> first < 0xAC00 || first >= 0xF900)
          .filter(first -> first < 0x20000 || first >= 0xE0000)
          .mapToObj(RustUnicodeTest::block)
          .toList();

  /** Returns a text that has every code point of a block four times. */
  private static String block(int first) {
    StringBuilder text = new StringBuilder();
    for (int c = Math.max(1, first); c < first + BLOCK; c++) {
      String s = Character.toString(c);
      text.append("a" + s + "b " + s + "1.\u00E9" + s + "\u0316z ");
    }
    return text.toString();
  }

  private static String digest(Function<AlignedText, List<String>> outputs) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String text : TEXTS) {
        for (String output : outputs.apply(AlignedText.of(text))) {
          digest.update((output + "\n").getBytes(StandardCharsets.UTF_8));
        }
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void normalizersAreThoseOfTheReferenceAtEveryCodePoint() {
    Normalizer unaccented =
        new Normalizer.Sequence(
            List.of(new Normalizer.Unicode(UnicodeForm.NFKD), new Normalizer.StripAccents()));
    Map<String, Normalizer> normalizers =
        Map.of(
            "NFC", new Normalizer.Unicode(UnicodeForm.NFC),
            "NFKC", new Normalizer.Unicode(UnicodeForm.NFKC),
            "NFKD, StripAccents", unaccented,
            "Lowercase", new Normalizer.Lowercase(),
            "BERT uncased", new Normalizer.Bert(true, true, null, true),
            "BERT cased", new Normalizer.Bert(true, true, null, false));
    Map<String, String> digests = new TreeMap<>();
    normalizers.forEach((name, normalizer) ->
        digests.put(name, digest(text -> List.of(normalizer.apply(text).toString()))));
    assertThat(digests)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "NFC", "c57a52026208779a",
                "NFKC", "4cacd93954b9584c",
                "NFKD, StripAccents", "d09f160038aa62a8",
                "Lowercase", "306d3593b1bbc8ac",
                "BERT uncased", "fd82a0eca011797f",
                "BERT cased", "ff4bd363e9940912"));
  }

  @Test
  void preTokenizersAreThoseOfTheReferenceAtEveryCodePoint() {
    Map<String, PreTokenizer> preTokenizers =
        Map.of(
            "BERT", new PreTokenizer.Bert(),
            "Whitespace", new PreTokenizer.Whitespace(),
            "Digits", new PreTokenizer.Digits(true),
            "UnicodeScripts", new PreTokenizer.UnicodeScripts());
    Map<String, String> digests = new TreeMap<>();
    preTokenizers.forEach((name, preTokenizer) ->
        digests.put(
            name,
            digest(text -> preTokenizer.split(text).stream().map(AlignedText::toString).toList())));
    assertThat(digests)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "BERT", "5dda864d3b120d72",
                "Whitespace", "1e1e8a24b9289dea",
                "Digits", "cede444ccafe3566",
                "UnicodeScripts", "1187c9c1aba2e34a"));
  }

  @Test
  void aMarkThatCameAfterUnicode9KeepsOthersFromMoving() {
    // U+1DF6 has class 232, U+0316 has 220: a later version would put U+0316 first.
    assertThat(UnicodeForm.NFC.normalize("e\u0301\u1DF6\u0316")).isEqualTo("\u00E9\u1DF6\u0316");
    assertThat(UnicodeForm.NFKC.normalize("\u32FF\uFB01")).isEqualTo("\u32FFfi");
  }
}
