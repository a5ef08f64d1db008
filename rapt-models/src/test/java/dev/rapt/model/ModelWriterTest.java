package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.decoder.Decoder;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.model.decoder.Llama;
import dev.rapt.model.decoder.PositionEncoding;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ModelWriterTest {
  static Stream<CausalConfig> configs() {
    return Stream.of(
        Gpt2.Config.of(DecoderSizes.of(24, 16, 2, 2, 2, 64, 16, true)),
        Llama.Config.of(DecoderSizes.of(24, 16, 2, 4, 2, 32, 16, false)),
        new Decoder.Config(
            DecoderSizes.of(24, 16, 2, 4, 2, 32, 16, false),
            PositionEncoding.ALIBI,
            Decoder.Config.kinds(2, null, 8, false),
            Norm.Kind.RMS,
            false,
            1e-5f,
            Activation.RELU_SQUARED,
            false,
            true,
            0),
        new Decoder.Config(
            DecoderSizes.of(24, 16, 3, 4, 2, 32, 16, true),
            PositionEncoding.ROPE,
            Decoder.Config.kinds(3, new RopeConfig(5000, 0.5, new RopeScaling.None()), 4, true),
            Norm.Kind.LAYER,
            false,
            1e-5f,
            Activation.GELU_TANH,
            true,
            false,
            0));
  }

  @ParameterizedTest
  @MethodSource("configs")
  void whatIsWrittenLoadsAsTheSameModel(CausalConfig config, @TempDir Path folder) {
    try (CausalLm model = CausalLm.create(config, 1)) {
      ModelWriter.write(folder, model, TokenIds.endOfText(3), DType.F32);
      try (CausalLm loaded = CausalLm.load(folder)) {
        assertThat(loaded.config()).isEqualTo(config);
        assertThat(logits(loaded)).isEqualTo(logits(model));
        for (Parameter parameter : model.parameters()) {
          Parameter other = loaded.parameters().get(parameter.name());
          assertThat(other).isNotNull();
          assertThat(other.value().toFloats()).isEqualTo(parameter.value().toFloats());
        }
      }
    }
  }

  private static float[] logits(CausalLm model) {
    try (Scope scope = model.scope().child()) {
      Tensor ids = scope.ints(new int[] {1, 5, 7, 0}, 1, 4);
      return model.logits(ids, Pass.over(ids).build()).toFloats();
    }
  }

  @Test
  void halfPrecisionTakesLessSpace(@TempDir Path folder) {
    try (CausalLm model =
        CausalLm.create(Gpt2.Config.of(DecoderSizes.of(24, 16, 2, 2, 2, 64, 16, true)), 1)) {
      Path narrow = folder.resolve("bf16");
      Path wide = folder.resolve("f32");
      ModelWriter.write(narrow, model, TokenIds.NONE, DType.BF16);
      ModelWriter.write(wide, model, TokenIds.NONE, DType.F32);
      long wideBytes = wide.resolve("model.safetensors").toFile().length();
      assertThat(narrow.resolve("model.safetensors").toFile().length())
          .isLessThan(wideBytes * 2 / 3);
      ConfigReader config = ConfigReader.of(narrow.resolve("config.json"));
      assertThat(config.requireString("dtype")).isEqualTo("bfloat16");
      assertThat(config.has("eos_token_id")).isFalse();
    }
  }
}
