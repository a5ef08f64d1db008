package dev.rapt.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rapt.checkpoint.CheckpointException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxFileTest {
  private static final int MUTATIONS = 400;

  @TempDir private Path folder;

  private Path written(byte[] content) throws IOException {
    return Files.write(folder.resolve("x.onnx"), content);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert.onnx", "bert_dynamo.onnx", "bert_int8.onnx"})
  void truncatedFilesAreRefusedWithTheOffset(String name) throws IOException {
    byte[] content = Files.readAllBytes(OnnxCases.file(name));
    for (int i = 1; i < 20; i++) {
      Path file = written(Arrays.copyOf(content, content.length * i / 20));
      try (Arena arena = Arena.ofConfined()) {
        assertThatExceptionOfType(CheckpointException.class)
            .isThrownBy(() -> OnnxFile.map(file, arena))
            .withMessageMatching("x.onnx: must hold \\d+ bytes at byte \\d+, got .*truncated");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert_int8.onnx", "bert_fused.onnx", "mpnet.onnx"})
  void damagedFilesAreRefusedOrRead(String name) throws IOException {
    byte[] content = Files.readAllBytes(OnnxCases.file(name));
    Random random = new Random(1);
    int numRefused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] damaged = content.clone();
      for (int k = 0; k < 4; k++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      Path file = written(damaged);
      try (Arena arena = Arena.ofConfined()) {
        GraphConfig.of(OnnxCases.weights(file, arena));
      } catch (CheckpointException e) {
        assertThat(e.path()).isEqualTo(file);
        numRefused++;
      }
    }
    assertThat(numRefused).isPositive();
  }

  @Test
  void otherFilesAreRefused() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      assertThatExceptionOfType(CheckpointException.class)
          .isThrownBy(() -> OnnxFile.map(written("version https://git".getBytes(UTF_8)), arena))
          .withMessageContaining("it is no ONNX file");
      assertThatExceptionOfType(CheckpointException.class)
          .isThrownBy(() -> OnnxFile.map(written(new byte[0]), arena))
          .withMessageContaining("must hold a graph, got none");
      assertThatExceptionOfType(CheckpointException.class)
          .isThrownBy(() -> OnnxFile.map(folder.resolve("none.onnx"), arena))
          .withMessageContaining("not found");
    }
  }

  @Test
  void aMissingOrShortFileOfExternalWeightsIsNamed() throws IOException {
    Path file = OnnxCases.copy("bert_external.onnx", folder);
    Path data = folder.resolve("bert_external.onnx_data");
    byte[] content = Files.readAllBytes(data);
    Files.write(data, Arrays.copyOf(content, content.length / 2));
    try (Arena arena = Arena.ofConfined()) {
      assertThatExceptionOfType(CheckpointException.class)
          .isThrownBy(() -> OnnxFile.map(file, arena))
          .withMessageMatching(
              "bert_external.onnx: \\S+ must end within bert_external.onnx_data of .*truncated");
    }
    Files.delete(data);
    try (Arena arena = Arena.ofConfined()) {
      assertThatExceptionOfType(CheckpointException.class)
          .isThrownBy(() -> OnnxFile.map(file, arena))
          .withMessageContaining("bert_external.onnx_data: not found");
    }
  }
}
