package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encoders with rare values in config.json. */
class EncoderVariantsTest {
  private static final String SIZES =
      """
      "vocab_size": 30, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
      "intermediate_size": 24, "max_position_embeddings": 32, "pad_token_id": 0,\
      """;

  @TempDir private Path folder;

  private EncoderConfig config(String keys) throws IOException {
    Path file = folder.resolve("config.json");
    Files.writeString(file, "{" + SIZES + keys + "}");
    ConfigReader json = ConfigReader.of(file);
    return ModelTypes.family(EncoderFamilies.TABLE, json).parse().apply(json);
  }

  @Test
  void albertShowsTheOutputOfEachInnerLayer() throws IOException {
    EncoderConfig config =
        config(
            "\"model_type\": \"albert\", \"embedding_size\": 8, \"inner_group_num\": 3,"
                + " \"num_hidden_groups\": 2");
    try (Encoder model = Encoder.create(config, 1);
        Scope scope = model.scope().child()) {
      Tensor ids = scope.ints(new int[] {3, 4, 5}, 1, 3);
      List<float[]> seen = new ArrayList<>();
      Pass pass = model.pass(ids, new int[] {3}).observer(x -> seen.add(x.toFloats())).build();
      float[] last = model.hidden(ids, pass).toFloats();
      assertThat(seen).hasSize(1 + 2 * 3);
      assertThat(seen.getLast()).isEqualTo(last);
      assertThat(seen.stream().map(Arrays::hashCode).distinct()).hasSize(7);
    }
  }

  @Test
  void bigBirdMayHaveNoBiasesOfQueriesKeysAndValues() throws IOException {
    EncoderConfig config =
        config("\"model_type\": \"big_bird\", \"use_bias\": false, \"sep_token_id\": 3");
    Path saved = folder.resolve("saved");
    try (MaskedLm model = MaskedLm.create(config, 1)) {
      assertThat(names(model)).noneMatch(name -> name.matches(".*self\\.(query|key|value)\\.bias"));
      assertThat(names(model)).anyMatch(name -> name.endsWith("attention.output.dense.bias"));
      ModelWriter.write(saved, model, ModelWriter.TokenIds.NONE, DType.F32);
      try (MaskedLm loaded = MaskedLm.load(saved)) {
        assertThat(names(loaded)).isEqualTo(names(model));
      }
    }
  }

  private static List<String> names(MaskedLm model) {
    return StreamSupport.stream(model.parameters().spliterator(), false)
        .map(Parameter::name)
        .toList();
  }
}
