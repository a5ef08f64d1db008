package dev.rapt.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.FinishReason;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.model.CausalLm;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.load.ModelTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real models continue each prompt of a batch as they continue it alone. */
class BatchedModelsTest {
  private static final int CONTEXT = 12;
  private static final List<int[]> PROMPTS =
      List.of(new int[] {7}, new int[] {3, 9, 4, 17, 5, 2, 8, 11, 6, 13}, new int[] {5, 6, 7});

  @TempDir private Path folder;

  private CausalLm model(String keys) throws IOException {
    Path file = folder.resolve("config.json");
    Files.writeString(file, "{\"vocab_size\": 20, \"initializer_range\": 0.8, " + keys + "}");
    ConfigReader json = ConfigReader.of(file);
    return CausalLm.create(ModelTypes.family(DecoderFamilies.TABLE, json).parse().apply(json), 5);
  }

  private static void assertSameAsAlone(CausalLm model, GenerationOptions options) {
    Generator generator = new Generator(new CausalLmDecoding(model));
    List<GeneratedSequence> batch = generator.generate(Prompts.of(PROMPTS), options).sequences();
    for (int i = 0; i < PROMPTS.size(); i++) {
      GeneratedSequence alone = generator.generate(Prompts.of(PROMPTS.get(i)), options).first();
      assertThat(batch.get(i).newIds()).isEqualTo(alone.newIds());
      assertThat(batch.get(i).finishReason()).isEqualTo(alone.finishReason());
    }
  }

  private static GenerationOptions options(int beams) {
    return GenerationOptions.builder().maxNewTokens(8).numBeams(beams).padTokenId(0).build();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"model_type\": \"rwkv\", \"hidden_size\": 16, \"num_hidden_layers\": 2",
        "\"model_type\": \"mamba\", \"hidden_size\": 16, \"num_hidden_layers\": 2,"
            + " \"state_size\": 4"
      })
  void paddingDoesNotEnterARecurrentState(String keys) throws IOException {
    try (CausalLm model = model(keys)) {
      assertSameAsAlone(model, options(1));
      assertSameAsAlone(model, options(3));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aRowThatMeetsTheEndOfTheContextEndsAndTheOthersGoOn(int beams) throws IOException {
    String gpt2 =
        "\"model_type\": \"gpt2\", \"n_embd\": 16, \"n_layer\": 1, \"n_head\": 2, \"n_positions\": "
            + CONTEXT;
    try (CausalLm model = model(gpt2)) {
      assertSameAsAlone(model, options(beams));
      List<GeneratedSequence> batch =
          new Generator(new CausalLmDecoding(model))
              .generate(Prompts.of(PROMPTS), options(beams))
              .sequences();
      assertThat(batch.stream().map(row -> row.newIds().length)).containsExactly(8, 3, 8);
      assertThat(batch.get(1).finishReason()).isEqualTo(FinishReason.LENGTH);
    }
  }
}
