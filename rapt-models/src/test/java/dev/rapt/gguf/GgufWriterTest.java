package dev.rapt.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rapt.golden.Golden;
import dev.rapt.quant.ggml.GgmlType;
import dev.rapt.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufWriterTest {
  @TempDir private Path temp;

  @Test
  void copyHasTheSameMetadataAndTensors() {
    Path copy = temp.resolve("copy.gguf");
    try (Arena arena = Arena.ofConfined()) {
      GgufFile file =
          GgufFile.map(Golden.folder("gguf").resolve("all_types/all_types.gguf"), arena);
      List<GgufWriter.Spec> specs =
          file.tensors().values().stream()
              .map(tensor -> new GgufWriter.Spec(tensor.name(), tensor.type(), tensor.shape()))
              .toList();
      GgufWriter.write(
          copy,
          file.metadata().typed(),
          specs,
          (sink, spec) -> sink.append(file.tensor(spec.name()).data()));
      GgufFile read = GgufFile.map(copy, arena);
      assertThat(read.metadata().typed()).isEqualTo(file.metadata().typed());
      assertThat(read.tensors().keySet()).containsExactlyElementsOf(file.tensors().keySet());
      file.tensors()
          .forEach((name, tensor) ->
              assertThat(read.tensor(name).data().mismatch(tensor.data())).as(name).isEqualTo(-1));
    }
  }

  @Test
  void metadataOfAllTypesIsKept() {
    Path copy = temp.resolve("copy.gguf");
    try (Arena arena = Arena.ofConfined()) {
      GgufFile file = GgufFile.map(Golden.folder("gguf").resolve("metadata/plain.gguf"), arena);
      GgufWriter.write(copy, file.metadata().typed(), List.of(), (_, _) -> {});
      assertThat(GgufFile.map(copy, arena).metadata().typed()).isEqualTo(file.metadata().typed());
    }
  }

  @Test
  void tensorThatGetsTooFewBytesLeavesNoFile() {
    Path file = temp.resolve("short.gguf");
    GgufWriter.Spec spec = new GgufWriter.Spec("x", GgmlType.F32, Shape.of(4));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() ->
            GgufWriter.write(
                file,
                Map.of(),
                List.of(spec),
                (sink, _) -> sink.append(MemorySegment.ofArray(new byte[8]))))
        .withMessage("x: must get 16 bytes, got 8 fewer");
    assertThat(Files.exists(file)).isFalse();
  }

  @Test
  void rowsMustBeWholeBlocks() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new GgufWriter.Spec("x", GgmlType.Q4_0, Shape.of(2, 33)))
        .withMessageContaining("whole blocks of 32");
  }
}
