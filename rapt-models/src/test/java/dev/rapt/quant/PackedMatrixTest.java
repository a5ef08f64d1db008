package dev.rapt.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.golden.Golden;
import dev.rapt.kernel.Bfloat16;
import dev.rapt.kernel.Float8;
import dev.rapt.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Against values that PyTorch and the transformers library unpacked. */
class PackedMatrixTest {
  private final Arena arena = Arena.ofConfined();
  private Checkpoint recorded;

  @BeforeEach
  void open() {
    recorded = Checkpoint.open(Golden.copy("quant").resolve("packed.safetensors"));
  }

  @AfterEach
  void close() {
    recorded.close();
    arena.close();
  }

  private float[] floats(String name) {
    return recorded.entry(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  private float[] unpack(PackedMatrix matrix, long from, long to) {
    MemorySegment out = arena.allocate(Float.BYTES * (to - from) * matrix.cols(), Float.BYTES);
    matrix.unpack(from, to, out);
    return out.toArray(ValueLayout.JAVA_FLOAT);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F8_E4M3", "F8_E5M2"})
  void everyPatternOfEightBitsHasItsValue(DType type) {
    String name = type == DType.F8_E4M3 ? "e4m3" : "e5m2";
    MemorySegment patterns = recorded.entry(name + ".patterns").data();
    float[] values = floats(name + ".values");
    for (int i = 0; i < 256; i++) {
      float got = Float8.toFloat(type, patterns.get(ValueLayout.JAVA_BYTE, i));
      assertThat(Float.compare(got, values[i])).as("pattern %d: %s", i, got).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.layers.0.mlp.down_proj.weight",
        "model.layers.0.self_attn.kv_b_proj.weight"
      })
  void blocksOfFloat8AreScaledUpToPartialEdges(String name) {
    TensorEntry data = recorded.entry(name);
    ScaledFloat8 matrix =
        new ScaledFloat8(
            data.dtype(),
            data.data(),
            recorded.entry(name + "_scale_inv").data(),
            data.shape().dim(0),
            data.shape().dim(1),
            16,
            16,
            false);
    assertThat(unpack(matrix, 0, matrix.rows())).isEqualTo(floats("values." + name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.layers.0.mlp.experts.gate_up_proj", "extreme"})
  void mxFp4OfEachExpertIsTheTransposeOfTheRecordedValues(String name) {
    TensorEntry blocks = recorded.entry(name + "_blocks");
    long count = blocks.shape().dim(0);
    long rows = blocks.shape().dim(1);
    long cols = MxFp4.BLOCK_VALUES * blocks.shape().dim(2);
    float[] values = floats("values." + name); // (count, cols, rows)
    MemorySegment scales = recorded.entry(name + "_scales").data();
    for (int e = 0; e < count; e++) {
      MxFp4 matrix =
          new MxFp4(
              blocks.data().asSlice(e * rows * cols / 2, rows * cols / 2),
              scales.asSlice(e * rows * cols / 32, rows * cols / 32),
              rows,
              cols);
      float[] got = unpack(matrix, 0, rows);
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
          float want = values[(int) ((e * cols + c) * rows + r)];
          assertThat(got[(int) (r * cols + c)]).isEqualTo(want);
        }
      }
    }
  }

  @Test
  void slicesOfRowsAreThoseOfTheWhole() {
    String name = "model.layers.0.self_attn.kv_b_proj.weight";
    ScaledFloat8 matrix =
        new ScaledFloat8(
            DType.F8_E4M3,
            recorded.entry(name).data(),
            recorded.entry(name + "_scale_inv").data(),
            104,
            20,
            16,
            16,
            false);
    float[] whole = unpack(matrix, 0, 104);
    assertThat(unpack(matrix, 7, 50)).isEqualTo(Arrays.copyOfRange(whole, 140, 1000));
  }

  @Test
  void aScaleOf255IsNotANumber() {
    MemorySegment blocks = arena.allocate(MxFp4.BLOCK_BYTES);
    MemorySegment scales = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 255);
    assertThat(unpack(new MxFp4(blocks, scales, 1, 32), 0, 1)).containsOnly(Float.NaN);
  }

  @Test
  void memoryMustFitTheSizes() {
    MemorySegment memory = arena.allocate(64);
    assertThatThrownBy(() -> new MxFp4(memory, memory, 1, 33))
        .hasMessageContaining("multiple of 32, got 33");
    assertThatThrownBy(() -> new MxFp4(memory, memory, 1, 32))
        .hasMessageContaining("must have 16 bytes");
    assertThatThrownBy(() -> new ScaledFloat8(DType.F8_E4M3, memory, memory, 8, 8, 3, 8, true))
        .hasMessageContaining("must have 64 bytes and 3 scales, got 64 and 16");
  }

  @Test
  void theConfigurationSaysHowMatricesArePacked() {
    assertThat(parse("{}")).isEqualTo(new Quantization.None());
    assertThat(parse(config("mxfp4", ""))).isEqualTo(new Quantization.MxFp4Blocks());
    assertThat(parse(config("fp8", ", \"weight_block_size\": [128, 64]")))
        .isEqualTo(new Quantization.Float8Blocks(128, 64));
    assertThat(parse(config("fp8", ""))).isEqualTo(new Quantization.Float8Scales());
    assertThatThrownBy(() -> parse(config("fp8", ", \"weight_block_size\": [128]")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("quantization_config.weight_block_size must be two sizes");
    assertThatThrownBy(() -> parse(config("aqlm", "")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(
            "quantization_config.quant_method must be fp8, fbgemm_fp8, mxfp4, bitsandbytes, gptq, awq"
                + " or compressed-tensors, got aqlm");
  }

  private static String config(String method, String more) {
    return "{\"quantization_config\": {\"quant_method\": \"%s\"%s}}".formatted(method, more);
  }

  private static Quantization parse(String json) {
    return Quantization.parse(
        ConfigReader.of(Path.of("config.json"), JsonMapper.shared().readTree(json)));
  }

  @Test
  void exactTypesHoldEveryValue() {
    List<String> names = List.of("model.layers.0.mlp.experts.gate_up_proj", "extreme");
    for (String name : names) {
      for (float value : floats("values." + name)) {
        float rounded = Bfloat16.toFloat(Bfloat16.fromFloat(value));
        assertThat(rounded).isEqualTo(value);
      }
    }
  }
}
