package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.decoder.DeepSeek;
import dev.rapt.model.decoder.Gemma2;
import dev.rapt.model.decoder.GptOss;
import dev.rapt.model.decoder.Mistral;
import dev.rapt.model.decoder.Qwen;
import dev.rapt.model.encoder.Albert;
import dev.rapt.model.encoder.Electra;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What configurations mean that do not say so, as in the Python library. */
final class ConfigDefaultsTest {
  private static final String SIZES =
      "\"vocab_size\": 64, \"hidden_size\": 32, \"num_hidden_layers\": 4, \"num_attention_heads\":"
          + " 4, \"intermediate_size\": 44";
  private static final String EXPERTS =
      ", \"num_experts\": 4, \"num_experts_per_tok\": 2, \"moe_intermediate_size\": 12,"
          + " \"shared_expert_intermediate_size\": 12, \"use_sliding_window\": true,"
          + " \"sliding_window\": 5, \"max_window_layers\": 3";

  @TempDir Path folder;

  private ConfigReader config(String type, String more) throws IOException {
    Path file = folder.resolve("config.json");
    Files.writeString(file, "{\"model_type\": \"%s\", %s%s}".formatted(type, SIZES, more));
    return ConfigReader.of(file);
  }

  @Test
  void gemma2IsCappedUnlessNullSaysOtherwise() throws IOException {
    Gemma2.Config silent = Gemma2.Config.parseGemma2(config("gemma2", ""));
    assertThat(silent.scoreCap()).isEqualTo(50);
    assertThat(silent.logitCap()).isEqualTo(30);
    String off = ", \"attn_logit_softcapping\": null, \"final_logit_softcapping\": null";
    Gemma2.Config open = Gemma2.Config.parseGemma2(config("gemma2", off));
    assertThat(open.scoreCap()).isZero();
    assertThat(open.logitCap()).isZero();
  }

  @Test
  void mistralHasAWindowUnlessNullSaysOtherwise() throws IOException {
    assertThat(Mistral.Config.parse(config("mistral", "")).kinds())
        .allMatch(kind -> kind.window() == 4096);
    assertThat(Mistral.Config.parse(config("mistral", ", \"sliding_window\": null")).kinds())
        .allMatch(kind -> kind.window() == 0);
  }

  @Test
  void mixtralTurnsSlowly() throws IOException {
    String experts = ", \"num_local_experts\": 4, \"num_experts_per_tok\": 2";
    assertThat(Mistral.MoeConfig.parse(config("mixtral", experts)).base().kinds())
        .allMatch(kind -> kind.window() == 0 && kind.rope() != null && kind.rope().theta() == 1e6);
  }

  @Test
  void windowsOfQwensWithExpertsAreInOtherLayers() throws IOException {
    assertThat(Qwen.MoeConfig.parseQwen2(config("qwen2_moe", EXPERTS)).base().kinds())
        .extracting(LayerKind::window)
        .containsExactly(5, 0, 5, 0);
    assertThat(Qwen.MoeConfig.parseQwen3(config("qwen3_moe", EXPERTS)).base().kinds())
        .extracting(LayerKind::window)
        .containsExactly(5, 5, 5, 5);
  }

  @Test
  void expertsOfDeepSeekV3ComeInGroupsBehindDenseLayers() throws IOException {
    String more =
        ", \"n_routed_experts\": 16, \"num_experts_per_tok\": 2, \"moe_intermediate_size\": 12,"
            + " \"qk_nope_head_dim\": 8, \"qk_rope_head_dim\": 4, \"v_head_dim\": 8,"
            + " \"kv_lora_rank\": 8";
    var experts = DeepSeek.Config.parseV3(config("deepseek_v3", more)).experts();
    assertThat(experts.sharedSize()).isEqualTo(12);
    assertThat(experts.factor()).isEqualTo(2.5f);
    assertThat(experts.groups().count()).isEqualTo(8);
    assertThat(experts.sparse()).containsExactly(false, false, false, true);
    var without =
        DeepSeek.Config.parseV3(config("deepseek_v3", more + ", \"n_shared_experts\": null"));
    assertThat(without.experts().sharedSize()).isZero();
  }

  @Test
  void albertApproximatesGelu() throws IOException {
    assertThat(Albert.Config.parse(config("albert", "")).sizes().activation())
        .isEqualTo(Activation.GELU_TANH);
  }

  @Test
  void whatElseCouldBeMeantIsRefused() throws IOException {
    ConfigReader last = config("electra", ", \"summary_type\": \"last\"");
    assertThatThrownBy(() -> Electra.Config.parse(last))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("summary_type must be first");
    ConfigReader silent =
        config("gpt_oss", ", \"num_local_experts\": 4, \"num_experts_per_tok\": 2");
    assertThatThrownBy(() -> GptOss.Config.parse(silent))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("rope_parameters");
  }
}
