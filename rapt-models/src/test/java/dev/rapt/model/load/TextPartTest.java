package dev.rapt.model.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.golden.Golden;
import dev.rapt.model.CausalLm;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.decoder.DecoderFamilies;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class TextPartTest {
  /** As published with gemma-3-4b-it: what the reference has by default is left out. */
  private static final String GEMMA_4B =
      """
      {"model_type": "gemma3", "architectures": ["Gemma3ForConditionalGeneration"],
       "text_config": {"hidden_size": 2560, "intermediate_size": 10240,
         "model_type": "gemma3_text", "num_hidden_layers": 34,
         "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024}}
      """;

  private static ConfigReader config(String json) {
    return ConfigReader.of(Path.of("config.json"), JsonMapper.shared().readTree(json));
  }

  private static CausalConfig textConfig(String json) {
    ConfigReader text = TextPart.of(config(json)).orElseThrow().text();
    return ModelTypes.family(DecoderFamilies.TABLE, text).parse().apply(text);
  }

  @Test
  void sizesThatAFileLeavesOutAreThoseOfTheReference() {
    CausalConfig gemma = textConfig(GEMMA_4B);
    assertThat(gemma.modelType()).isEqualTo("gemma3_text");
    assertThat(gemma.vocabSize()).isEqualTo(262208);
    assertThat(gemma.numHeads()).isEqualTo(8);
    assertThat(gemma.headDim()).isEqualTo(256);
    assertThat(gemma.hiddenSize()).isEqualTo(2560);
    assertThat(gemma.tiedHead()).isTrue();
  }

  @Test
  void olderFileMayDescribeTheTextPartAtItsTop() {
    CausalConfig qwen =
        textConfig(
            """
            {"model_type": "qwen2_5_vl", "vocab_size": 64, "hidden_size": 32,
             "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
             "rope_scaling": {"type": "mrope", "mrope_section": [2, 1, 1]}}
            """);
    assertThat(qwen.modelType()).isEqualTo("qwen2_5_vl_text");
    assertThat(qwen.hiddenSize()).isEqualTo(32);
  }

  @Test
  void modelOfTextAloneIsNoTextPart() {
    assertThat(TextPart.of(config("{\"model_type\": \"llama\"}"))).isEmpty();
  }

  @Test
  void errorNamesTheTypeOfATextPartThatIsNotKnown() {
    String json =
        "{\"model_type\": \"mistral3\", \"text_config\": {\"model_type\": \"unheard_of\"}}";
    assertThatThrownBy(() -> textConfig(json))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("text_config.model_type")
        .hasMessageContaining("unheard_of");
  }

  @Test
  void promptWithAnImageIsRefused() {
    try (CausalLm model = CausalLm.load(Golden.recorded().resolve("mistral3/vlm"))) {
      assertThatCode(() -> model.requireText(new int[] {5, 6})).doesNotThrowAnyException();
      assertThatThrownBy(() -> model.requireText(new int[] {5, 62}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("token 62")
          .hasMessageContaining("image_token_index");
    }
  }
}
