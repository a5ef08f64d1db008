package dev.rapt.cli.command.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.Format;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.TextModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PerplexityCommandTest {
  private static final String TEXT = "the cat saw a dog on the house by the sea the dog sat";
  private static final int WINDOW = 4;

  /** Sums of f32 logits in another order. */
  private static final double TOLERANCE = 1e-5;

  @TempDir private Path folder;

  /** Negative log-likelihood of the tokens after those of a window, from the model's logits. */
  private static double nats(TextModel model, int[] ids, int from) {
    int vocabSize = model.model().config().vocabSize();
    try (Scope scope = model.model().scope().child()) {
      Tensor tokens = scope.ints(Arrays.copyOfRange(ids, from, from + WINDOW), 1, WINDOW);
      float[] logits = model.model().logits(tokens, Pass.over(tokens).build()).toFloats();
      double nats = 0;
      for (int t = 0; t < WINDOW; t++) {
        double sum = 0;
        for (int v = 0; v < vocabSize; v++) {
          sum += Math.exp(logits[t * vocabSize + v]);
        }
        nats += Math.log(sum) - logits[t * vocabSize + ids[from + t + 1]];
      }
      return nats;
    }
  }

  @Test
  void perplexityIsThatOfTheLogitsInWindows() throws IOException {
    Path model = TinyModels.decoder(folder.resolve("model"), 0.5);
    Path file = Files.writeString(folder.resolve("text.txt"), TEXT);
    try (TextModel loaded = TextModel.load(model)) {
      int[] ids = loaded.tokenizer().encode(TEXT);
      int numWindows = (ids.length - 1) / WINDOW;
      int numScored = numWindows * WINDOW;
      double nats = 0;
      for (int window = 0; window < numWindows; window++) {
        nats += nats(loaded, ids, window * WINDOW);
      }
      double perToken = nats / numScored;
      String scored = loaded.tokenizer().decode(Arrays.copyOfRange(ids, 1, 1 + numScored), false);
      int bytes = scored.getBytes(StandardCharsets.UTF_8).length;
      assertThat(numWindows).isEqualTo(3);

      JsonNode json = JsonMapper.shared().readTree(run(model, file, "--json").out());
      assertThat(json.get("tokens").intValue()).isEqualTo(ids.length);
      assertThat(json.get("tokens_scored").intValue()).isEqualTo(numScored);
      assertThat(json.get("window").intValue()).isEqualTo(WINDOW);
      assertThat(json.get("nats_per_token").doubleValue()).isCloseTo(perToken, within(TOLERANCE));
      assertThat(json.get("perplexity").doubleValue())
          .isCloseTo(Math.exp(perToken), within(TOLERANCE * Math.exp(perToken)));
      assertThat(json.get("bits_per_byte").doubleValue())
          .isCloseTo(nats / Math.log(2) / bytes, within(TOLERANCE));
      assertThat(run(model, file).out().lines())
          .containsExactly(
              Format.format("nats per token   %.4f", json.get("nats_per_token").doubleValue()),
              Format.format("perplexity       %.4f", json.get("perplexity").doubleValue()),
              Format.format(
                  "bits per byte    %.4f (%d bytes)",
                  json.get("bits_per_byte").doubleValue(), bytes),
              Format.format(
                  "tokens           %d, %d predicted, in windows of %d",
                  ids.length, numScored, WINDOW));
    }
  }

  private static CommandLineRun run(Path model, Path text, Object... more) {
    Object[] words = {"perplexity", model, "--text", text, "--window", WINDOW, "--batch", 2};
    Object[] all = Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    CommandLineRun run = CommandLineRun.of(all);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    return run;
  }
}
