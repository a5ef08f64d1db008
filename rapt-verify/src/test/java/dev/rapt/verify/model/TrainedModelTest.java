package dev.rapt.verify.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.generate.Generator;
import dev.rapt.generate.Perplexity;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.text.TextModel;
import dev.rapt.verify.CaseFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A small Llama that the reference trained, if it is present beside the checkout. */
class TrainedModelTest {
  /** The loss is recorded with four digits. */
  private static final double TOLERANCE = 5e-5;

  @Test
  void perplexityAndGreedyTextsAreThoseOfTheReference() throws IOException {
    Path shared = CaseFolders.wholeOrSkip("").getParent();
    Path folder = shared.resolve("trained/llama");
    JsonNode expected = JsonFiles.read(folder.resolve("expected.json"));
    String text = Files.readString(shared.resolve("data/tinyshakespeare.txt"));
    try (TextModel model = TextModel.load(folder)) {
      int[] ids = model.tokenizer().encode(text.substring((int) (0.9 * text.length())));
      Perplexity got =
          Perplexity.of(model.model(), ids, expected.get("window").intValue(), 16, _ -> {});
      assertThat(got.numScored()).isEqualTo(expected.get("tokens_scored").longValue());
      assertThat(got.natsPerToken())
          .isCloseTo(expected.get("nll_per_token").doubleValue(), within(TOLERANCE));
      assertThat(got.perplexity())
          .isCloseTo(expected.get("perplexity").doubleValue(), within(TOLERANCE * 30));
      assertThat(expected.get("greedy").size()).isPositive();
      for (JsonNode run : expected.get("greedy").values()) {
        int[] want = run.get("ids").values().stream().mapToInt(JsonNode::intValue).toArray();
        int[] prompt = model.tokenizer().encode(run.get("prompt").stringValue());
        GenerationOptions options =
            GenerationOptions.builder().maxNewTokens(want.length - prompt.length).build();
        Generator generator = new Generator(new CausalLmDecoding(model.model()));
        GeneratedSequence ours = generator.generate(Prompts.of(prompt), options).first();
        assertThat(ours.ids()).as(Arrays.toString(prompt)).isEqualTo(want);
        assertThat(model.tokenizer().decode(ours.newIds()))
            .isEqualTo(run.get("text").stringValue());
      }
    }
  }
}
