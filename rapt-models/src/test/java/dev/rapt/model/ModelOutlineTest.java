package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelOutlineTest {
  private static final String LLAMA =
      """
      "model_type": "llama", "vocab_size": 20, "hidden_size": 16, "num_hidden_layers": 2,
      "num_attention_heads": 2, "intermediate_size": 24, "max_position_embeddings": 32,
      "rms_norm_eps": 1e-5\
      """;

  private static final String T5 =
      """
      "model_type": "t5", "vocab_size": 20, "d_model": 16, "d_kv": 8, "d_ff": 24,
      "num_layers": 1, "num_heads": 2\
      """;

  @TempDir private Path folder;

  private ConfigReader config(String keys) throws IOException {
    Path file = folder.resolve("config.json");
    Files.writeString(file, "{" + keys + "}");
    return ConfigReader.of(file);
  }

  @Test
  void namesAndShapesAreThoseOfANewModel() throws IOException {
    ConfigReader json = config(LLAMA + ", \"tie_word_embeddings\": false");
    Map<String, Shape> shapes = new LinkedHashMap<>();
    try (CausalLm model =
        CausalLm.create(ModelTypes.family(DecoderFamilies.TABLE, json).parse().apply(json), 1)) {
      for (Parameter parameter : model.parameters()) {
        shapes.put(parameter.name(), parameter.shape());
      }
    }
    assertThat(shapes).containsKey("lm_head.weight");
    assertThat(ModelOutline.of(json)).isEqualTo(shapes);
  }

  @Test
  void theNamedClassDecidesWhichHeadThereIs() throws IOException {
    String untied = LLAMA + ", \"tie_word_embeddings\": false, \"architectures\": ";
    assertThat(ModelOutline.of(config(untied + "[\"LlamaModel\"]")))
        .doesNotContainKey("lm_head.weight");
    assertThat(ModelOutline.of(config(untied + "[\"LlamaForSequenceClassification\"]")))
        .doesNotContainKey("lm_head.weight")
        .containsEntry("score.weight", Shape.of(2, 16));
    assertThat(ModelOutline.of(config(T5)).keySet()).anyMatch(name -> name.startsWith("decoder."));
    assertThat(ModelOutline.of(config(T5 + ", \"architectures\": [\"T5EncoderModel\"]")).keySet())
        .anyMatch(name -> name.startsWith("encoder."))
        .noneMatch(name -> name.startsWith("decoder."));
  }

  @Test
  void aFamilyThatRaptDoesNotHaveIsRefused() throws IOException {
    ConfigReader json = config("\"model_type\": \"unheard_of\"");
    assertThatThrownBy(() -> ModelOutline.of(json))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model_type");
  }
}
