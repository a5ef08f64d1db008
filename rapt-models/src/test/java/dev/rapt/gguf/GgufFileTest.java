package dev.rapt.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.SafetensorsFile;
import dev.rapt.golden.Golden;
import dev.rapt.quant.ggml.GgmlMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class GgufFileTest {
  private static final Path FILES = Golden.folder("gguf");

  static Stream<String> damaged() {
    JsonNode files = ConfigReader.of(FILES.resolve("bad/cases.json")).json().get("files");
    return files
        .valueStream()
        .filter(file -> file.get("must_reject").booleanValue())
        .map(file -> file.get("file").stringValue());
  }

  @ParameterizedTest
  @MethodSource("damaged")
  void damagedFilesAreRefusedByName(String name) {
    Path file = FILES.resolve("bad").resolve(name);
    try (Arena arena = Arena.ofConfined()) {
      assertThatExceptionOfType(CheckpointException.class)
          .isThrownBy(() -> GgufFile.map(file, arena))
          .withMessageContaining(name);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"good.gguf", "bool_value_7.gguf", "name_empty.gguf", "name_too_long.gguf"})
  void unusualFilesAreRead(String name) {
    try (Arena arena = Arena.ofConfined()) {
      assertThat(GgufFile.map(FILES.resolve("bad").resolve(name), arena).metadata().values())
          .isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "alignment64", "big_endian", "no_tensors", "version2"})
  void metadataOfEveryTypeAndByteOrderIsRead(String name) {
    try (Arena arena = Arena.ofConfined()) {
      GgufFile file = GgufFile.map(FILES.resolve("metadata").resolve(name + ".gguf"), arena);
      GgufMetadata metadata = file.metadata();
      Map<String, Object> values = metadata.values();
      assertThat(values)
          .containsEntry("k.uint8", 255L)
          .containsEntry("k.int8", -128L)
          .containsEntry("k.uint16", 65535L)
          .containsEntry("k.int16", -32768L)
          .containsEntry("k.uint32", 4294967295L)
          .containsEntry("k.int32", -2147483648L)
          .containsEntry("k.uint64", new BigInteger("18446744073709551615"))
          .containsEntry("k.int64", Long.MIN_VALUE)
          .containsEntry("k.float32", 1.5f)
          .containsEntry("k.float64", 0.1)
          .containsEntry("k.bool_true", true)
          .containsEntry("k.bool_false", false)
          .containsEntry("k.string", "text é 中 😀 \n\t\"")
          .containsEntry("k.empty_string", "")
          .containsEntry("a.string", List.of("", "a", "бв", "😀"));
      assertThat(metadata.array("a.int32", Long.class)).containsExactly(1L, -2L, 3L);
      assertThat(metadata.array("a.float32", Float.class)).containsExactly(0.5f, -1.25f);
      assertThat(metadata.text("general.architecture")).isEqualTo("llama");
      assertThat(file.version()).isEqualTo(name.equals("version2") ? 2 : 3);
      if (name.equals("no_tensors")) {
        assertThat(file.tensors()).isEmpty();
      } else {
        GgufTensor tensor = file.tensor("three_d");
        assertThat(tensor.shape().toString()).isEqualTo("(2, 3, 4)");
        assertThat(tensor.data().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, 23)).isEqualTo(23f);
        assertThat(file.tensors()).containsKey("utf8 имя");
      }
    }
  }

  static Stream<String> stored() {
    JsonNode cases = ConfigReader.of(FILES.resolve("all_types/cases.json")).json();
    return cases.get("tensors").valueStream().map(tensor -> tensor.get("tensor").stringValue());
  }

  @ParameterizedTest
  @MethodSource("stored")
  void everyTypeUnpacksToTheReferencesValues(String name) {
    try (Arena arena = Arena.ofConfined()) {
      GgufFile file = GgufFile.map(FILES.resolve("all_types/all_types.gguf"), arena);
      SafetensorsFile wanted =
          SafetensorsFile.map(FILES.resolve("all_types/cases.safetensors"), arena);
      MemorySegment expected = wanted.entry(name).data();
      GgufTensor tensor = file.tensor(name);
      assertThat(tensor.shape()).isEqualTo(wanted.shape(name));
      if (tensor.type().dtype().isPresent()) {
        if (tensor.entry().dtype() == wanted.entry(name).dtype()) {
          assertThat(tensor.data().mismatch(expected)).isEqualTo(-1);
        }
        return;
      }
      GgmlMatrix matrix = tensor.matrix();
      MemorySegment unpacked = arena.allocate(expected.byteSize(), 4);
      matrix.unpack(0, matrix.rows(), unpacked);
      assertEqual(unpacked, expected);
      MemorySegment lastRow = arena.allocate(4 * matrix.cols(), 4);
      matrix.unpack(matrix.rows() - 1, matrix.rows(), lastRow);
      assertEqual(lastRow, expected.asSlice(expected.byteSize() - lastRow.byteSize()));
    }
  }

  private static void assertEqual(MemorySegment got, MemorySegment wanted) {
    for (long i = 0; i < wanted.byteSize() / 4; i++) {
      assertThat(got.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i))
          .as("value %d", i)
          .isEqualTo(wanted.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i));
    }
  }
}
