package dev.rapt.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
  @TempDir Path temp;

  private static TensorEntry tensor(Arena arena, String name, DType dtype, long... dims) {
    Shape shape = Shape.of(dims);
    MemorySegment data = arena.allocate(Math.max(1, shape.numElements() * dtype.byteSize()));
    for (long i = 0; i < data.byteSize(); i++) {
      data.set(ValueLayout.JAVA_BYTE, i, (byte) (31 * i + name.hashCode()));
    }
    return new TensorEntry(
        name, dtype, shape, data.asSlice(0, shape.numElements() * dtype.byteSize()));
  }

  private static List<TensorEntry> allTypes(Arena arena) {
    List<TensorEntry> tensors = new ArrayList<>();
    for (DType dtype : DType.values()) {
      tensors.add(tensor(arena, "слой." + dtype.label() + "\n\"x\"", dtype, 3, 5));
    }
    tensors.add(tensor(arena, "scalar", DType.F32));
    tensors.add(tensor(arena, "empty", DType.F32, 3, 0, 2));
    return tensors;
  }

  private static void assertSame(TensorEntry got, TensorEntry want) {
    assertThat(got.name()).isEqualTo(want.name());
    assertThat(got.dtype()).isEqualTo(want.dtype());
    assertThat(got.shape()).isEqualTo(want.shape());
    assertThat(got.data().mismatch(want.data())).isEqualTo(-1);
  }

  @Test
  void whatIsWrittenIsReadBack() {
    try (Arena arena = Arena.ofConfined()) {
      List<TensorEntry> tensors = allTypes(arena);
      Path file = temp.resolve("all.safetensors");
      SafetensorsWriter.write(file, tensors);
      SafetensorsFile read = SafetensorsFile.map(file, arena);
      assertThat(read.names())
          .containsExactlyElementsOf(tensors.stream().map(TensorEntry::name).toList());
      assertThat(read.metadata()).containsExactly(Map.entry("format", "pt"));
      tensors.forEach(tensor -> assertSame(read.entry(tensor.name()), tensor));
      assertThat(read.entry(tensors.getFirst().name()).data().address() % 64).isZero();
    }
  }

  @Test
  void shardsHoldNoMoreThanAskedAndReadAsOne() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      List<TensorEntry> tensors = new ArrayList<>();
      for (int i = 0; i < 7; i++) {
        tensors.add(tensor(arena, "layer." + i + ".weight", DType.BF16, 8, 8));
      }
      List<Path> files = SafetensorsWriter.writeFolder(temp, tensors, 300);
      assertThat(files).hasSize(4);
      assertThat(files.getLast()).hasFileName("model-00004-of-00004.safetensors");
      try (Checkpoint read = Checkpoint.open(temp)) {
        assertThat(read.names()).hasSize(7);
        assertThat(read.weightBytes()).isEqualTo(7 * 128);
        tensors.forEach(tensor -> assertSame(read.entry(tensor.name()), tensor));
      }
    }
  }

  @Test
  void tensorsMayArriveInParts() {
    try (Arena arena = Arena.ofConfined()) {
      TensorEntry whole = tensor(arena, "a", DType.F32, 10);
      Path file = temp.resolve("parts.safetensors");
      try (SafetensorsWriter writer =
          SafetensorsWriter.open(file, List.of(SafetensorsWriter.Spec.of(whole)))) {
        writer.append("a", whole.data().asSlice(0, 12));
        writer.append("a", whole.data().asSlice(12));
        writer.commit();
      }
      assertSame(SafetensorsFile.map(file, arena).entry("a"), whole);
    }
  }

  @Test
  void abandonedOrIncompleteWriteLeavesTheOldFile() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      TensorEntry old = tensor(arena, "a", DType.F32, 10);
      Path file = temp.resolve("model.safetensors");
      SafetensorsWriter.write(file, List.of(old));
      SafetensorsWriter.Spec spec = new SafetensorsWriter.Spec("b", DType.F32, Shape.of(4));
      try (SafetensorsWriter writer = SafetensorsWriter.open(file, List.of(spec))) {
        writer.append("b", arena.allocate(8));
        assertThatThrownBy(writer::commit)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("got 8 of 16 bytes of b");
        assertThatThrownBy(() -> writer.append("b", arena.allocate(12)))
            .hasMessageContaining("b must get at most 8 more bytes, got 12");
        assertThatThrownBy(() -> writer.append("c", arena.allocate(8)))
            .hasMessageContaining("got c instead of b");
      }
      assertSame(SafetensorsFile.map(file, arena).entry("a"), old);
      try (Stream<Path> files = Files.list(temp)) {
        assertThat(files).containsExactly(file);
      }
    }
  }

  @Test
  void duplicateNamesAreRefused() {
    SafetensorsWriter.Spec spec = new SafetensorsWriter.Spec("a", DType.F32, Shape.of(4));
    assertThatThrownBy(() -> SafetensorsWriter.open(temp.resolve("x"), List.of(spec, spec)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(temp).isEmptyDirectory();
  }

  @Test
  void placeThatCannotBeWrittenIsNamed() throws IOException {
    Path blocked = Files.createFile(temp.resolve("file"));
    assertThatThrownBy(() -> SafetensorsWriter.write(blocked.resolve("m.safetensors"), List.of()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("m.safetensors: must be written to " + blocked);
  }
}
