package dev.rapt.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.kernel.FourBitCode;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** NF4 against matrices recorded from bitsandbytes; see record.py beside them. */
class Nf4Test {
  private final Checkpoint recorded = Checkpoint.open(file());
  private final Scope scope = Scope.open();

  private static Path file() {
    try {
      return Path.of(
          Objects.requireNonNull(Nf4Test.class.getResource("/nf4/matrices.safetensors")).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void close() {
    scope.close();
    recorded.close();
  }

  private Tensor weight(String name) {
    TensorEntry entry = recorded.entry(name + ".weight");
    Tensor copy = scope.empty(entry.dtype(), entry.shape());
    copy.memory().copyFrom(entry.data());
    return copy;
  }

  private float[] floats(String name) {
    return recorded.entry(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  private byte[] bytes(String name) {
    return recorded.entry(name).data().toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void theTableOfDynamicCodesIsThatOfTheReference() {
    assertThat(Nf4Quantizer.dynamicTable()).isEqualTo(floats("dynamic"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"aligned", "straddling", "short", "many"})
  void codesAndScalesAreThoseOfTheReference(String name) {
    FourBits packed =
        (FourBits) Nf4Quantizer.quantize(scope, weight(name), false).matrices().getFirst();
    BlockScales.Doubled scales = (BlockScales.Doubled) packed.scales();
    float offset = floats(name + ".offset")[0];
    assertThat(packed.codes().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes(name + ".codes"));
    assertThat(scales.codes().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes(name + ".absmax"));
    assertThat(scales.outer().toArray(ValueLayout.JAVA_FLOAT))
        .containsExactly(floats(name + ".nested_absmax"), within(1e-8f));
    assertThat(scales.offset()).isCloseTo(offset, within(1e-7f * offset));
  }

  @ParameterizedTest
  @ValueSource(strings = {"aligned", "straddling", "short"})
  void unpackedRowsAreThoseOfTheReference(String name) {
    TensorEntry weight = recorded.entry(name + ".weight");
    long rows = weight.shape().dim(0);
    long cols = weight.shape().dim(1);
    BlockScales scales =
        new BlockScales.Doubled(
            recorded.entry(name + ".absmax").data(),
            recorded.entry(name + ".nested_absmax").data(),
            recorded.entry("dynamic").data(),
            floats(name + ".offset")[0]);
    FourBits packed =
        new FourBits(
            FourBitCode.NF4,
            recorded.entry(name + ".codes").data(),
            scales,
            weight.dtype(),
            rows,
            cols);
    float[] values = floats(name + ".values");
    for (long from = 0; from < rows; from++) {
      for (long to = from + 1; to <= rows; to++) {
        MemorySegment out = scope.empty(DType.F32, to - from, cols).memory();
        packed.unpack(from, to, out);
        assertThat(out.toArray(ValueLayout.JAVA_FLOAT))
            .isEqualTo(Arrays.copyOfRange(values, (int) (from * cols), (int) (to * cols)));
      }
    }
  }

  @Test
  void aWeightStoredInputFirstIsTheTransposeOfTheQuantizedOne() {
    Tensor weight = weight("aligned"); // (K, N)
    PackedWeight packed = Nf4Quantizer.quantize(scope, weight, true);
    assertThat(packed.transposed()).isTrue();
    assertThat(packed.matrices().getFirst().rows()).isEqualTo(weight.dim(1));
    float[] unpacked = packed.unpack(scope, DType.F32).toFloats();
    float[] wanted = weight.toFloats();
    for (int i = 0; i < wanted.length; i++) {
      assertThat(unpacked[i]).isCloseTo(wanted[i], within(0.03f));
    }
  }

  @Test
  void sizesThatDoNotFitAreNamed() {
    MemorySegment codes = scope.empty(DType.U8, 64).memory();
    BlockScales scales = new BlockScales.Plain(scope.zeros(DType.F32, 3).memory());
    assertThatThrownBy(() -> new FourBits(FourBitCode.NF4, codes, scales, DType.F32, 2, 64))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("four bits: (2, 64) must have 64 bytes and 2 scales, got 64 and 3");
  }
}
