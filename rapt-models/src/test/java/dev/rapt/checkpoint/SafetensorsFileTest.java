package dev.rapt.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.rapt.golden.Golden;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
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
