package dev.rapt.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir Path temp;
  private Path folder;

  @BeforeEach
  void writeShard() throws IOException {
    folder = Files.createDirectory(temp.resolve("model"));
    try (Arena arena = Arena.ofConfined()) {
      TensorEntry a = new TensorEntry("a", DType.F32, Shape.of(2), arena.allocate(8));
      SafetensorsWriter.write(folder.resolve("shard.safetensors"), List.of(a));
      SafetensorsWriter.write(temp.resolve("outside.safetensors"), List.of(a));
    }
  }

  private void writeIndex(Object weightMap) {
    JsonFiles.write(folder.resolve(Checkpoint.INDEX_FILE), Map.of("weight_map", weightMap));
  }

  private void assertRefused(String part) {
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(part);
  }

  @Test
  void indexMustNotLeadOutOfTheFolder() {
    String must = "model.safetensors.index.json: a must be in a file in the folder of the index";
    for (String file :
        List.of(
            "../outside.safetensors",
            temp.resolve("outside.safetensors").toString(),
            "..\\outside.safetensors",
            "C:outside.safetensors",
            "..",
            "")) {
      writeIndex(Map.of("a", file));
      assertRefused(must);
    }
  }

  @Test
  void indexMustAgreeWithItsShards() {
    writeIndex(Map.of("a", "none.safetensors"));
    assertRefused("a must be in none.safetensors, but the folder has no such file");
    writeIndex(Map.of("b", "shard.safetensors"));
    assertRefused("b must be in shard.safetensors, but that file does not hold it");
    writeIndex(List.of());
    assertRefused("model.safetensors.index.json: weight_map must be an object, got an array of 0");
    writeIndex(Map.of("a", 3));
    assertRefused("a must name a file, got 3");
    writeIndex(Map.of("a", "shard.safetensors"));
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.names()).containsExactly("a");
      assertThat(checkpoint.file("a")).hasFileName("shard.safetensors");
    }
  }

  @Test
  void foldersWithoutSafetensorsSayWhatIsMissing() throws IOException {
    assertRefused(
        "model: must hold model.safetensors or model.safetensors.index.json, got neither");
    Files.createFile(folder.resolve("pytorch_model.bin"));
    assertRefused("convert it");
    assertThatThrownBy(() -> Checkpoint.open(temp.resolve("nowhere")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("not found");
  }

  @Test
  void closingTwiceDoesNothing() {
    Checkpoint checkpoint = Checkpoint.open(folder.resolve("shard.safetensors"));
    assertThat(checkpoint.entry("a").shape()).isEqualTo(Shape.of(2));
    checkpoint.close();
    checkpoint.close();
  }
}
