package dev.rapt.bench.tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Text for benchmarks of tokenizers. */
final class SampleText {
  private static final int VOCABULARY = 20_000;
  private static final String LETTERS = "eeeeeeetttttaaaaooooiiiinnnnssshhhrrrddllcumwfgypbvk";

  private SampleText() {}

  /** The file of this name, or 4 MB of made-up words where the name is empty. */
  static byte[] of(String file) throws IOException {
    return file.isEmpty()
        ? madeUp(4_000_000).getBytes(StandardCharsets.UTF_8)
        : Files.readAllBytes(Path.of(file));
  }

  /** Words whose frequencies follow Zipf's law, as those of natural languages do. */
  private static String madeUp(int length) {
    Random random = new Random(1);
    String[] words = new String[VOCABULARY];
    for (int w = 0; w < VOCABULARY; w++) {
      StringBuilder word = new StringBuilder();
      for (int i = 1 + random.nextInt(2 + w % 9); i >= 0; i--) {
        word.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
      }
      words[w] = word.toString();
    }
    StringBuilder text = new StringBuilder(length);
    while (text.length() < length) {
      // a rank r with a probability proportional to 1 / r
      text.append(words[(int) Math.pow(VOCABULARY, random.nextDouble()) - 1]);
      text.append(random.nextInt(12) == 0 ? ".\n" : " ");
    }
    return text.toString();
  }
}
