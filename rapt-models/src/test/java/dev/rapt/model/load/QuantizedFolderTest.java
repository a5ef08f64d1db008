package dev.rapt.model.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.CausalLm;
import dev.rapt.model.convert.GgufConversion;
import dev.rapt.model.convert.ModelConversion;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.quant.PackedWeight;
import dev.rapt.quant.Quantization;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Quantised folders against unpacked values and logits; see record.py beside the folders. */
class QuantizedFolderTest {
  private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6};

  @TempDir Path copy;

  private static Path folder(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(QuantizedFolderTest.class.getResource("/quantized/" + name))
              .toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static float[] logits(CausalLm model) {
    try (Scope scope = model.scope().child()) {
      Tensor ids = scope.ints(IDS, 1, IDS.length);
      return model.logits(ids, Pass.over(ids).build()).toFloats();
    }
  }

  private static float[] floats(Checkpoint recorded, String name) {
    return recorded.entry(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gptq",
        "gptq_three",
        "gptq_mixed",
        "gptq_gpt2",
        "gptq_phi3",
        "awq",
        "awq_gemv",
        "awq_mixtral",
        "packed",
        "packed_asymmetric",
        "int_quantized",
        "float_quantized",
        "float_blocks",
        "fp8",
        "int8",
        "fp4"
      })
  void aQuantisedFolderGivesTheLogitsOfItsUnpackedWeights(String name) {
    Path stored = folder(name);
    try (CausalLm model = CausalLm.load(stored);
        Checkpoint recorded = Checkpoint.open(stored.resolve("logits.safetensors"))) {
      int checked = 0;
      for (Parameter parameter : model.parameters()) {
        String rows = "rows." + parameter.name();
        if (recorded.has(rows)) {
          PackedWeight packed = Objects.requireNonNull(parameter.packed(), parameter.name());
          assertThat(packed.staysPacked()).isTrue();
          assertThat(firstAndLastRow(packed))
              .as(parameter.name())
              .containsExactly(floats(recorded, rows), within(1e-7f));
          checked++;
        }
      }
      assertThat(checked).isEqualTo(recorded.names().size() - 2);
      assertThat(logits(model)).containsExactly(floats(recorded, "logits"), within(2e-5f));
    }
  }

  private static float[] firstAndLastRow(PackedWeight packed) {
    long rows = packed.matrices().getFirst().rows();
    int cols = (int) packed.matrices().getFirst().cols();
    float[] out = new float[2 * cols];
    MemorySegment values = MemorySegment.ofArray(out);
    packed.unpackRows(0, 0, 1, DType.F32, values.asSlice(0, 4L * cols));
    packed.unpackRows(0, rows - 1, rows, DType.F32, values.asSlice(4L * cols));
    return out;
  }

  @ParameterizedTest
  @ValueSource(strings = {"gptq", "awq", "packed_asymmetric", "int8"})
  void loadedForTrainingTheWeightsAreUnpacked(String name) {
    try (CausalLm model = CausalLm.loadTrainable(folder(name));
        Checkpoint recorded = Checkpoint.open(folder(name).resolve("logits.safetensors"))) {
      assertThat(model.parameters()).allMatch(parameter -> parameter.packed() == null);
      assertThat(logits(model)).containsExactly(floats(recorded, "logits"), within(2e-5f));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gptq_gpt2", "awq_mixtral", "packed", "float_blocks", "int8", "fp4"})
  void convertedToF32AFolderKeepsItsLogits(String name) {
    Path out = copy.resolve("out");
    ModelConversion.Options options = new ModelConversion.Options(DType.F32, 1 << 30);
    ModelConversion.run(folder(name), out, options, (_, _) -> {});
    assertThat(ConfigReader.of(out.resolve("config.json")).has("quantization_config")).isFalse();
    try (CausalLm model = CausalLm.load(out);
        Checkpoint recorded = Checkpoint.open(folder(name).resolve("logits.safetensors"))) {
      assertThat(model.parameters()).allMatch(parameter -> parameter.packed() == null);
      assertThat(logits(model)).containsExactly(floats(recorded, "logits"), within(2e-5f));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gptq", "gptq_gpt2", "awq", "packed_asymmetric", "fp8"})
  void convertedToGgufAFolderKeepsItsLogits(String name) {
    Path out = copy.resolve("model.gguf");
    GgufConversion.run(StoredModel.of(folder(name)), out, null, (_, _) -> {});
    try (CausalLm model = CausalLm.load(out);
        Checkpoint recorded = Checkpoint.open(folder(name).resolve("logits.safetensors"))) {
      assertThat(logits(model)).containsExactly(floats(recorded, "logits"), within(2e-5f));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gptq", "packed", "fp8", "fp4"})
  void copiedInShardsAFolderStaysQuantised(String name) {
    Path out = copy.resolve("out");
    ModelConversion.run(folder(name), out, new ModelConversion.Options(null, 8192), (_, _) -> {});
    try (CausalLm model = CausalLm.load(out);
        Checkpoint recorded = Checkpoint.open(folder(name).resolve("logits.safetensors"))) {
      assertThat(logits(model)).containsExactly(floats(recorded, "logits"), within(2e-5f));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gptq | bits | 5 | quantization_config.bits must be 2, 3, 4 or 8, got 5",
        "gptq | checkpoint_format | \"marlin\" | must be gptq or gptq_v2, got marlin",
        "gptq | group_size | 0 | group_size must be -1 or a positive multiple of 8, got 0",
        "gptq | desc_act | false | g_idx must be in order, since desc_act is false, for a layer",
        "gptq | quant_method | \"aqlm\" | compressed-tensors, got aqlm",
        "awq | bits | 8 | quantization_config.bits must be 4, got 8",
        "awq | version | \"gemv_fast\" | version must be gemm or gemv, got gemv_fast",
        "awq | zero_point | false | zero_point must be true",
        "packed | format | \"marlin-24\" | or mixed-precision, got marlin-24",
        "packed | transform_config | {\"config_groups\": {\"R3\": {}}} | must be empty",
        "packed | sparsity_config | {\"format\": \"sparse-24-bitmask\"} | must be dense",
        "fp4 | bnb_4bit_quant_type | \"af4\" | bnb_4bit_quant_type must be nf4 or fp4, got af4"
      })
  void whatIsNotReadIsRefusedByItsName(String name, String key, String value, String message)
      throws IOException {
    ObjectNode json = (ObjectNode) JsonFiles.read(folder(name).resolve("config.json"));
    ((ObjectNode) json.get("quantization_config")).set(key, JsonMapper.shared().readTree(value));
    JsonFiles.write(copy.resolve("config.json"), json);
    Files.copy(folder(name).resolve("model.safetensors"), copy.resolve("model.safetensors"));
    assertThatThrownBy(() -> CausalLm.load(copy))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
  }

  /** Writes a copy of a folder, with another tensor in place of one; null drops it. */
  private void copyWith(Arena arena, String name, String tensor, TensorEntry other)
      throws IOException {
    Files.copy(folder(name).resolve("config.json"), copy.resolve("config.json"));
    Map<String, TensorEntry> tensors = new LinkedHashMap<>();
    try (Checkpoint checkpoint = Checkpoint.open(folder(name))) {
      for (String key : checkpoint.names()) {
        TensorEntry entry = checkpoint.entry(key);
        MemorySegment data = arena.allocate(entry.data().byteSize(), 8).copyFrom(entry.data());
        tensors.put(key, new TensorEntry(key, entry.dtype(), entry.shape(), data));
      }
    }
    tensors.remove(tensor);
    if (other != null) {
      tensors.put(tensor, other);
    }
    SafetensorsWriter.write(copy.resolve("model.safetensors"), tensors.values().stream().toList());
  }

  private static final String Q = "model.layers.0.self_attn.q_proj.";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gptq | qweight | i32 | 16x64 | must be (8, 64) for a layer with 64 inputs and 64 outputs",
        "gptq | scales | f16 | 1x64 | must be (2, 64)",
        "gptq | scales | i32 | 2x64 | must be of a floating-point dtype",
        "gptq | qzeros | i32 | 2x4 | must be (2, 8)",
        "gptq | g_idx | none | | g_idx must be (64)",
        "gptq | qzeros | none | | must be (2, 8)",
        "awq | qweight | i32 | 64x16 | must be (64, 8)",
        "packed | weight_packed | i32 | 64x9 | must hold integers of [4, 8] bits",
        "packed | weight_scale | f32 | 64x3 | must be (1), (64, 1) or (64, groups)",
        "packed | weight_scale | none | | weight_scale must be present",
        "packed | weight_shape | i32 | 2 | must be (64, 64)",
        "packed_asymmetric | weight_zero_point | none | | weight_zero_point must be present",
        "float_quantized | weight_scale | none | | weight_scale must be present",
        "float_blocks | weight_scale | f32 | 5x2 | must be (1), (64, 1) or (64, groups)",
        "fp8 | weight_scale_inv | none | | weight_scale must be present",
        "int8 | SCB | f32 | 32 | SCB must be (64)"
      })
  void tensorsThatDoNotFitAreNamed(
      String name, String part, String type, String dims, String message) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      TensorEntry other = null;
      if (!type.equals("none")) {
        DType dtype = DType.valueOf(type.toUpperCase(Locale.ROOT));
        Shape shape = Shape.of(Arrays.stream(dims.split("x")).mapToLong(Long::parseLong).toArray());
        MemorySegment zeros = arena.allocate(shape.numElements() * dtype.byteSize(), 8);
        other = new TensorEntry(Q + part, dtype, shape, zeros);
      }
      copyWith(arena, name, Q + part, other);
      assertThatThrownBy(() -> CausalLm.load(copy))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith("model.safetensors: " + Q)
          .hasMessageContaining(message);
    }
  }

  @Test
  void aGroupThatDoesNotExistIsNamed() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment groups = arena.allocate(64 * Integer.BYTES, 4);
      groups.setAtIndex(ValueLayout.JAVA_INT, 7, 2);
      copyWith(
          arena,
          "gptq",
          Q + "g_idx",
          new TensorEntry(Q + "g_idx", DType.I32, Shape.of(64), groups));
      assertThatThrownBy(() -> CausalLm.load(copy))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(
              "model.safetensors: %sg_idx must hold groups from 0 to 1, got 2 at 7; the file is damaged"
                  .formatted(Q));
    }
  }

  @Test
  void withoutActOrderGroupsOfZerosAreInOrder() throws IOException {
    String name = "transformer.h.0.attn.c_attn.g_idx";
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment zeros = arena.allocate(64 * Integer.BYTES, 4);
      copyWith(arena, "gptq_gpt2", name, new TensorEntry(name, DType.I32, Shape.of(64), zeros));
    }
    try (CausalLm model = CausalLm.load(copy);
        Checkpoint recorded = Checkpoint.open(folder("gptq_gpt2").resolve("logits.safetensors"))) {
      assertThat(logits(model)).containsExactly(floats(recorded, "logits"), within(2e-5f));
    }
  }

  @Test
  void scalesOfActivationsAreRefused() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      String name = "model.layers.0.mlp.act.scales";
      copyWith(
          arena, "awq", name, new TensorEntry(name, DType.F16, Shape.of(64), arena.allocate(128)));
      assertThatThrownBy(() -> CausalLm.load(copy))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(name + " must be absent, got scales of an activation");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gptq", "packed", "float_quantized", "fp8"})
  void quantisedTensorsWithoutAConfigurationAreRefused(String name) throws IOException {
    ObjectNode json = (ObjectNode) JsonFiles.read(folder(name).resolve("config.json"));
    json.remove("quantization_config");
    JsonFiles.write(copy.resolve("config.json"), json);
    Files.copy(folder(name).resolve("model.safetensors"), copy.resolve("model.safetensors"));
    assertThatThrownBy(() -> CausalLm.load(copy))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("must be described by quantization_config in config.json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gptq | GPTQ, 4 bits, groups of 32, act-order",
        "gptq_three | GPTQ, 3 bits",
        "gptq_mixed | GPTQ, 4 bits, groups of 32, mixed",
        "awq | AWQ, 4 bits, groups of 32",
        "packed | compressed-tensors, int4 and int8",
        "float_blocks | compressed-tensors, fp8",
        "fp8 | fp8, 8 bits",
        "int8 | bitsandbytes int8, 8 bits",
        "fp4 | bitsandbytes FP4, 4 bits, blocks of 64"
      })
  void theLabelNamesFormatAndBits(String name, String label) {
    assertThat(Quantization.parse(ConfigReader.of(folder(name).resolve("config.json"))).label())
        .isEqualTo(label);
  }
}
