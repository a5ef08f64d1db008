package dev.rapt.generate.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.CausalLm;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.load.ModelTypes;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Passes of several tokens, and going back, in models of all families that are recorded. */
class SeveralTokensDecodingTest {
  private static final int LENGTH = 40, PROMPT = 6;

  /** Logits around 1, of sums in another order. */
  private static final float TOLERANCE = 2e-4f;

  static List<Path> configs() throws IOException {
    Path resources = Path.of("src/test/resources");
    try (Stream<Path> files =
        Stream.of("golden", "recorded")
            .flatMap(name -> {
              try {
                return Files.walk(resources.resolve(name));
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            })) {
      return files
          .filter(file -> file.endsWith("config.json") && isDecoder(file))
          .sorted()
          .toList();
    }
  }

  private static boolean isDecoder(Path file) {
    ConfigReader json = ConfigReader.of(file);
    return json.has("model_type")
        && DecoderFamilies.TABLE.has(json.requireString("model_type"))
        && !json.has("num_labels");
  }

  @ParameterizedTest
  @MethodSource("configs")
  void severalTokensGiveTheLogitsOfOneAtATime(Path file) {
    ConfigReader json = ConfigReader.of(file);
    try (CausalLm model =
        CausalLm.create(ModelTypes.family(DecoderFamilies.TABLE, json).parse().apply(json), 5)) {
      CausalLmDecoding decoder = new CausalLmDecoding(model);
      int length = Math.min(LENGTH, decoder.maxPositions());
      int[] ids =
          new SplittableRandom(3).ints(length, 0, Math.min(50, decoder.vocabSize())).toArray();
      float[][] wanted = new float[length][];
      try (Decoding plain = start(decoder, ids, length)) {
        for (int i = PROMPT; i < length; i++) {
          wanted[i - 1] = plain.logits().toArray(ValueLayout.JAVA_FLOAT);
          plain.step(new int[] {ids[i]});
        }
      }
      SplittableRandom random = new SplittableRandom(4);
      try (Decoding several = start(decoder, ids, length)) {
        int at = PROMPT;
        while (at < length) {
          int count = random.nextInt(1, Math.min(9, length - at + 1));
          int right = random.nextInt(1, count + 1);
          int[] tokens = Arrays.copyOfRange(ids, at, at + count);
          Arrays.fill(tokens, right, count, 1); // wrong from there on
          several.mark();
          several.stepAll(tokens, count);
          float[] found = several.logits().toArray(ValueLayout.JAVA_FLOAT);
          for (int i = 0; i < right && at + i < length - 1; i++) {
            float[] row =
                Arrays.copyOfRange(found, i * wanted[at].length, (i + 1) * wanted[at].length);
            assertThat(row)
                .as("position %d", at + i)
                .containsExactly(wanted[at + i], within(TOLERANCE));
          }
          several.undo(count - right);
          at += right;
        }
      }
    }
  }

  private static Decoding start(CausalLmDecoding decoder, int[] ids, int capacity) {
    boolean[] mask = new boolean[PROMPT];
    Arrays.fill(mask, true);
    return decoder.start(
        new int[][] {Arrays.copyOf(ids, PROMPT)}, new boolean[][] {mask}, capacity);
  }
}
