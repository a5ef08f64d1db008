package dev.rapt.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.rapt.golden.Golden;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class SafetensorsFileTest {
  @TempDir Path temp;

  @Test
  void everyDamagedFileIsRefusedByName() {
    Path folder = Golden.folder("safetensors/bad");
    JsonNode cases = JsonFiles.read(folder.resolve("cases.json"));
    int refused = 0;
    for (JsonNode entry : cases.get("files").values()) {
      String name = entry.get("file").stringValue();
      try (Arena arena = Arena.ofConfined()) {
        Throwable thrown = catchThrowable(() -> SafetensorsFile.map(folder.resolve(name), arena));
        if (entry.get("must_reject").booleanValue()) {
          refused++;
          assertThat(thrown)
              .as(name)
              .isInstanceOf(CheckpointException.class)
              .hasMessageStartingWith(name + ": ");
        } else if (thrown != null) {
          assertThat(thrown).as(name).isInstanceOf(CheckpointException.class);
        }
      }
    }
    assertThat(refused).isGreaterThan(50);
  }

  @Test
  void errorsNameTensorAndFault() {
    Path folder = Golden.folder("safetensors/bad");
    assertMessage(folder, "offsets_overlap", "b must begin where a ends, at 8, got 4");
    assertMessage(folder, "size_mismatch_small", "a must take");
    assertMessage(folder, "unknown_dtype", "a dtype must be one of F64, F32");
    assertMessage(folder, "negative_shape", "a shape must be an array of integers");
    assertMessage(folder, "duplicate_keys", "header must be valid JSON");
    assertMessage(folder, "header_length_max", "18446744073709551615");
  }

  private static void assertMessage(Path folder, String file, String part) {
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> SafetensorsFile.map(folder.resolve(file + ".safetensors"), arena))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(part);
    }
  }

  @Test
  void headerNestedWithoutEndIsRefused() throws IOException {
    String deep = "{\"a\":" + "[".repeat(50_000);
    byte[] json = deep.getBytes(StandardCharsets.UTF_8);
    Path file = temp.resolve("deep.safetensors");
    Files.write(
        file,
        ByteBuffer.allocate(8 + json.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .put(json)
            .array());
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> SafetensorsFile.map(file, arena))
          .isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void everyTypeIsReadWithItsValues() {
    Path folder = Golden.folder("safetensors/dtypes");
    JsonNode expected = JsonFiles.read(folder.resolve("cases.json")).get("expected");
    try (Arena arena = Arena.ofConfined();
        Checkpoint shards = Checkpoint.open(folder)) {
      SafetensorsFile file = SafetensorsFile.map(folder.resolve("dtypes.safetensors"), arena);
      assertThat(file.metadata())
          .containsEntry("format", "pt")
          .containsEntry("note", "значение \"in quotes\" \n");
      for (var entry : expected.properties()) {
        String name = entry.getKey();
        TensorEntry tensor =
            name.startsWith("sharded:")
                ? shards.entry(name.substring("sharded:".length()))
                : file.entry(name);
        assertValues(tensor, entry.getValue());
      }
      assertThat(file.names().size() + shards.names().size()).isEqualTo(expected.size());
    }
  }

  private static void assertValues(TensorEntry tensor, JsonNode expected) {
    JsonNode shape = expected.get("shape");
    assertThat(tensor.shape().rank()).as(tensor.name()).isEqualTo(shape.size());
    for (int i = 0; i < shape.size(); i++) {
      assertThat(tensor.shape().dim(i)).isEqualTo(shape.get(i).longValue());
    }
    JsonNode values = expected.get("values");
    for (int i = 0; i < values.size(); i++) {
      String want = values.get(i).asString();
      String got = value(tensor, i);
      boolean same =
          got.equals(want)
              || (tensor.dtype().isFloat() && Double.valueOf(got).equals(toDouble(want)));
      assertThat(same).as("%s[%d]: want %s, got %s", tensor.name(), i, want, got).isTrue();
    }
  }

  private static Double toDouble(String text) {
    return switch (text) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> Double.valueOf(text);
    };
  }

  private static String value(TensorEntry tensor, int i) {
    MemorySegment data = tensor.data();
    long at = (long) i * tensor.dtype().byteSize();
    short two = tensor.dtype().byteSize() == 2 ? data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) : 0;
    return switch (tensor.dtype()) {
      case F64 -> Double.toString(data.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at));
      case F32 -> Double.toString(data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at));
      case BF16 -> Double.toString(Float.intBitsToFloat(two << 16));
      case F16 -> Double.toString(Float.float16ToFloat(two));
      case F8_E4M3, F8_E5M2 ->
          Double.toString(eightBits(tensor.dtype(), data.get(ValueLayout.JAVA_BYTE, at)));
      case I64 -> Long.toString(data.get(ValueLayout.JAVA_LONG_UNALIGNED, at));
      case U64 -> Long.toUnsignedString(data.get(ValueLayout.JAVA_LONG_UNALIGNED, at));
      case I32 -> Integer.toString(data.get(ValueLayout.JAVA_INT_UNALIGNED, at));
      case U32 -> Integer.toUnsignedString(data.get(ValueLayout.JAVA_INT_UNALIGNED, at));
      case I16 -> Short.toString(two);
      case U16 -> Integer.toString(Short.toUnsignedInt(two));
      case I8 -> Byte.toString(data.get(ValueLayout.JAVA_BYTE, at));
      case U8 -> Integer.toString(Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, at)));
      case BOOL -> Boolean.toString(data.get(ValueLayout.JAVA_BYTE, at) != 0);
    };
  }

  private static double eightBits(DType dtype, byte bits) {
    int fractionBits = dtype == DType.F8_E4M3 ? 3 : 2;
    int bias = dtype == DType.F8_E4M3 ? 7 : 15;
    int exponent = (bits & 0x7f) >> fractionBits;
    int fraction = bits & ((1 << fractionBits) - 1);
    double sign = bits < 0 ? -1 : 1;
    if (dtype == DType.F8_E4M3 && (bits & 0x7f) == 0x7f) {
      return Double.NaN;
    }
    if (dtype == DType.F8_E5M2 && exponent == 31) {
      return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
    }
    double scale = 1 << fractionBits;
    return exponent == 0
        ? sign * Math.scalb(fraction / scale, 1 - bias)
        : sign * Math.scalb(1 + fraction / scale, exponent - bias);
  }

  @Test
  void headersOfOtherWritersAreRead() {
    Path folder = Golden.folder("safetensors/dtypes");
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsFile spaces =
          SafetensorsFile.map(folder.resolve("header_with_spaces.safetensors"), arena);
      assertThat(value(spaces.entry("a"), 1)).isEqualTo("-2.0");
      SafetensorsFile unordered =
          SafetensorsFile.map(folder.resolve("unordered_header.safetensors"), arena);
      assertThat(value(unordered.entry("b"), 0)).isEqualTo("2.0");
      SafetensorsFile escapes =
          SafetensorsFile.map(folder.resolve("unicode_escapes.safetensors"), arena);
      assertThat(value(escapes.entry("a😀"), 0)).isEqualTo("1.0");
      SafetensorsFile none = SafetensorsFile.map(folder.resolve("no_tensors.safetensors"), arena);
      assertThat(none.names()).isEmpty();
    }
  }

  @Test
  void missingFileAndMissingTensorAreNamed() throws IOException {
    Path file = temp.resolve("one.safetensors");
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> SafetensorsFile.map(file, arena))
          .hasMessage("one.safetensors: not found: " + file);
      SafetensorsWriter.write(
          file, List.of(new TensorEntry("a", DType.F32, Shape.of(2), arena.allocate(8))));
      SafetensorsFile one = SafetensorsFile.map(file, arena);
      assertThatThrownBy(() -> one.entry("b")).hasMessage("one.safetensors: b is missing");
    }
  }
}
