package dev.rapt.cli.command.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.output.CommandException;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class InfoCommandTest {
  @TempDir Path folder;
  private final List<TensorEntry> tensors = new ArrayList<>();

  private JsonNode info(String config) throws IOException {
    SafetensorsWriter.write(folder.resolve(Checkpoint.SINGLE_FILE), tensors);
    Files.writeString(folder.resolve("config.json"), config);
    assertThat(CommandLineRun.of("info", folder).status()).isZero();
    return JsonMapper.shared().readTree(CommandLineRun.of("info", folder, "--json").out());
  }

  private void add(Arena arena, String name, DType type, long... dims) {
    Shape shape = Shape.of(dims);
    tensors.add(
        new TensorEntry(name, type, shape, arena.allocate(shape.numElements() * type.byteSize())));
  }

  @Test
  void headerOfAGgufFileIsShown() throws IOException {
    Path file =
        Path.of("")
            .toAbsolutePath()
            .resolveSibling("rapt-models")
            .resolve("src/test/resources/golden/gguf/all_types/all_types.gguf");
    CommandLineRun shown = CommandLineRun.of("info", file);
    assertThat(shown.out()).contains("GGUF, version 3", "general.architecture", "Q4_K");
    JsonNode facts = JsonMapper.shared().readTree(CommandLineRun.of("info", file, "--json").out());
    assertThat(facts.at("/types/Q4_K").longValue()).isEqualTo(3 * 512);
    assertThat(facts.at("/tensors").intValue()).isEqualTo(39);
    assertThat(facts.at("/supported").booleanValue()).isFalse();
  }

  @Test
  void anOnnxFileIsShownAsTheModelThatItHolds() {
    Path file =
        Path.of("")
            .toAbsolutePath()
            .resolveSibling("rapt-models")
            .resolve("src/test/resources/onnx/reranker_int8.onnx");
    CommandLineRun shown = CommandLineRun.of("info", file);
    assertThat(shown.out()).contains("ONNX, written by onnx.quantize", "bert", "WordPiece");
    JsonNode facts = JsonMapper.shared().readTree(CommandLineRun.of("info", file, "--json").out());
    assertThat(facts.get("file").stringValue()).isEqualTo(file.toString());
    assertThat(facts.get("supported").booleanValue()).isTrue();
    assertThat(facts.at("/types/u8").longValue()).isEqualTo((62 + 24 + 2) * 8);
    assertThat(facts.at("/types/i8").longValue()).isEqualTo(4 * 64 + 2 * 96 + 64 + 8);
    assertThat(facts.at("/parameters/embedding").longValue()).isEqualTo((62 + 2) * 8);
  }

  @Test
  void packedExpertsCountByTheirElementsAndActiveOnesByTheirShare() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      add(arena, "model.embed_tokens.weight", DType.BF16, 100, 64);
      add(arena, "model.layers.0.self_attn.q_proj.weight", DType.BF16, 64, 64);
      add(arena, "model.layers.0.mlp.router.weight", DType.BF16, 8, 64);
      add(arena, "model.layers.0.mlp.experts.down_proj_blocks", DType.U8, 8, 64, 2, 16);
      add(arena, "model.layers.0.mlp.experts.down_proj_scales", DType.U8, 8, 64, 2);
      add(arena, "model.norm.weight", DType.F32, 64);
      JsonNode facts =
          info(
              """
              {"model_type": "gpt_oss", "architectures": ["GptOssForCausalLM"],
               "num_hidden_layers": 1, "hidden_size": 64, "num_attention_heads": 4,
               "num_key_value_heads": 2, "head_dim": 32, "num_local_experts": 8,
               "num_experts_per_tok": 2, "vocab_size": 100, "tie_word_embeddings": true}\
              """);

      int experts = 8 * 64 * 64;
      int others = 6400 + 4096 + 512 + 64;
      JsonNode parameters = facts.get("parameters");
      assertThat(parameters.get("experts").intValue()).isEqualTo(experts);
      assertThat(parameters.get("total").intValue()).isEqualTo(experts + others);
      assertThat(parameters.get("active_per_token").intValue()).isEqualTo(experts / 4 + others);
      assertThat(parameters.get("router").intValue()).isEqualTo(512);
      assertThat(parameters.get("embedding").intValue()).isEqualTo(6400);
      assertThat(parameters.get("head").stringValue()).isEqualTo("tied to the embedding");
      assertThat(facts.get("weights_bytes").get("bf16").intValue())
          .isEqualTo(2 * (experts + others));
      assertThat(facts.get("kv_cache_bytes_per_1024_tokens").get("f32").intValue())
          .isEqualTo(1024 * 4 * 2 * 2 * 32);
      assertThat(facts.get("types").get("mxfp4").intValue()).isEqualTo(experts);
      assertThat(facts.get("made_for").get(0).stringValue()).isEqualTo("generate text");
    }
  }

  @Test
  void withoutWeightsTheParametersFollowFromTheConfiguration() throws IOException {
    Path model = TinyModels.decoder(folder.resolve("model"), 0.5);
    JsonNode whole = JsonMapper.shared().readTree(CommandLineRun.of("info", model, "--json").out());
    Path alone = Files.createDirectory(folder.resolve("alone")).resolve("config.json");
    Files.copy(model.resolve("config.json"), alone);
    for (Path path : List.of(alone, folder.resolve("alone"))) {
      CommandLineRun run = CommandLineRun.of("info", path, "--json");
      assertThat(run.status()).isZero();
      JsonNode facts = JsonMapper.shared().readTree(run.out());
      assertThat(facts.get("weights").stringValue()).startsWith("none");
      assertThat(facts.get("parameters")).isEqualTo(whole.get("parameters"));
      assertThat(facts.get("weights_bytes")).isEqualTo(whole.get("weights_bytes"));
      assertThat(facts.get("layers")).isEqualTo(whole.get("layers"));
    }
    Files.writeString(
        alone, Files.readString(alone).replace("\"n_layer\": 1", "\"n_layer\": 100000000"));
    CommandLineRun huge = CommandLineRun.of("info", alone);
    assertThat(huge.status()).isNotZero();
    assertThat(huge.err()).contains("config.json: must describe at most 1048576 tensors");
  }

  @Test
  void latentAttentionCachesOneVectorAndOneKeyForAllHeads() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      add(arena, "model.embed_tokens.weight", DType.F8_E4M3, 10, 8);
      add(arena, "model.embed_tokens.weight_scale_inv", DType.F32, 1, 1);
      JsonNode facts =
          info(
              """
              {"model_type": "deepseek_v3", "num_hidden_layers": 3, "hidden_size": 8,
               "num_attention_heads": 4, "kv_lora_rank": 20, "qk_rope_head_dim": 4}\
              """);
      assertThat(facts.get("parameters").get("total").intValue()).isEqualTo(80);
      assertThat(facts.get("kv_cache_bytes_per_1024_tokens").get("bf16").intValue())
          .isEqualTo(1024 * 2 * 3 * 24);
    }
  }

  private static Path quantised(String name) {
    return Path.of("")
        .toAbsolutePath()
        .resolveSibling("rapt-models")
        .resolve("src/test/resources/quantized")
        .resolve(name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gptq | GPTQ, 4 bits, groups of 32, act-order; rearranged in memory when it is loaded | int4",
        "gptq_mixed | GPTQ, 4 bits, groups of 32, mixed; rearranged in memory when it is loaded | int3",
        "awq_gemv | AWQ, 4 bits, groups of 32 | int4",
        "packed | compressed-tensors, int4 and int8 | int8",
        "packed_asymmetric | compressed-tensors, int4 | int4",
        "int_quantized | compressed-tensors, int8 | i8",
        "float_quantized | compressed-tensors, fp8 | f8_e4m3",
        "float_blocks | compressed-tensors, fp8 | f8_e4m3",
        "fp8 | fp8, 8 bits | f8_e4m3",
        "int8 | bitsandbytes int8, 8 bits | i8",
        "fp4 | bitsandbytes FP4, 4 bits, blocks of 64 | fp4"
      })
  void quantisedModelsAreCountedByTheirWeights(String name, String format, String type)
      throws IOException {
    Path model = quantised(name);
    JsonNode facts = JsonMapper.shared().readTree(CommandLineRun.of("info", model, "--json").out());
    int layer = 3 * 64 * 64 + 2 * 64 * 64 + 2 * 32 * 64 + 2 * 64;
    assertThat(facts.at("/parameters/total").intValue()).isEqualTo(layer + 2 * 32 * 64 + 64);
    assertThat(facts.get("quantization").stringValue()).isEqualTo(format);
    assertThat(facts.at("/types/" + type).intValue()).isPositive();
    assertThat(facts.get("supported").booleanValue()).isTrue();
  }

  @Test
  void anUnknownQuantisationIsShownAsNotRead() throws IOException {
    JsonNode facts =
        info("{\"model_type\": \"llama\", \"quantization_config\": {\"quant_method\": \"aqlm\"}}");
    assertThat(facts.get("supported").booleanValue()).isFalse();
    assertThat(facts.get("quantization").stringValue()).startsWith("not read:").endsWith("f16");
  }

  @Test
  void pulledModelsAreFoundByName() throws IOException {
    String commit = "0123456789abcdef0123456789abcdef01234567";
    Path model = folder.resolve("models--acme--tiny");
    Path snapshot = Files.createDirectories(model.resolve("snapshots").resolve(commit));
    Files.writeString(Files.createDirectories(model.resolve("refs")).resolve("main"), commit);
    assertThat(ModelFolder.find(Path.of("acme/tiny"), folder)).isEqualTo(snapshot);
    assertThat(ModelFolder.find(folder, folder)).isEqualTo(folder);
    assertThatThrownBy(() -> ModelFolder.find(Path.of("acme/other"), folder))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("rapt pull acme/other downloads it");
  }
}
