package dev.rapt.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tensors of every type of safetensors, also of those that no model reads. */
class StoredTypeTest {
  @TempDir private Path folder;

  /** Writes a file with 8 elements of this type in a tensor x, and two floats in a tensor a. */
  private void write(String type, int numElements, int numBytes) throws IOException {
    String json =
        """
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
         "x": {"dtype": "%s", "shape": [%d], "data_offsets": [8, %d]}}\
        """
            .formatted(type, numElements, 8 + numBytes);
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + header.length + 8 + numBytes);
    file.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header);
    Files.write(folder.resolve(Checkpoint.SINGLE_FILE), file.array());
  }

  @ParameterizedTest
  @EnumSource
  void aTensorThatIsNotUsedMayHaveAnyType(StoredType type) throws IOException {
    write(type.name(), 8, type.bits());
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.names()).containsExactly("a", "x");
      assertThat(checkpoint.type("x")).isEqualTo(type);
      assertThat(checkpoint.weightBytes()).isEqualTo(8 + type.bits());
      float first =
          Weights.load(
              checkpoint,
              List.of(),
              root -> root.tensor("a", 2).data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0));
      assertThat(first).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F4", "F6_E2M3", "F6_E3M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64"})
  void aTensorThatIsUsedMustHaveATypeThatRaptReads(StoredType type) throws IOException {
    write(type.name(), 8, type.bits());
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThatThrownBy(() -> Weights.load(checkpoint, List.of(), root -> root.tensor("x", 8)))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith(
              "model.safetensors: x must be of a dtype that Rapt reads, got " + type.label());
    }
  }

  @Test
  void tensorsOfHalfBytesMustFillWholeBytes() throws IOException {
    write("F4", 3, 2);
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessage("model.safetensors: x must take whole bytes, got 12 bits as F4 (3)");
  }

  @Test
  void offsetsOfTensorsOfHalfBytesAreChecked() throws IOException {
    write("F4", 8, 8);
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("x must take 4 bytes as F4 (8), got data_offsets of 8 bytes");
  }
}
