package dev.rapt.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.quant.ggml.GgmlType;
import dev.rapt.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Models in parts, by the rules of gguf-split: the first part has the metadata of the model, the
 * others have only that of their place.
 */
class SplitGgufTest {
  private static final String MODEL = "general.architecture";

  @TempDir private Path temp;

  private Path part(int number, int count, int numTensors, Map<String, Float> tensors) {
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    if (number == 0) {
      metadata.put(MODEL, GgufValue.of("llama"));
    }
    metadata.put("split.no", GgufValue.of(number));
    metadata.put("split.count", GgufValue.of(count));
    metadata.put("split.tensors.count", GgufValue.of(numTensors));
    Path file = temp.resolve("m-%05d-of-%05d.gguf".formatted(number + 1, count));
    GgufWriter.write(
        file,
        metadata,
        tensors.keySet().stream()
            .map(name -> new GgufWriter.Spec(name, GgmlType.F32, Shape.of(1)))
            .toList(),
        (sink, spec) -> sink.append(bytes(tensors.getOrDefault(spec.name(), 0f))));
    return file;
  }

  private static MemorySegment bytes(float value) {
    ByteBuffer little = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return MemorySegment.ofArray(little.putFloat(value).array());
  }

  private Path threeParts() {
    part(2, 3, 3, Map.of("c", 3f));
    part(1, 3, 3, Map.of("b", 2f));
    return part(0, 3, 3, Map.of("a", 1f));
  }

  private static void assertRefused(Path file, String... words) {
    try (Arena arena = Arena.ofConfined()) {
      assertThatExceptionOfType(CheckpointException.class)
          .isThrownBy(() -> GgufFile.map(file, arena))
          .satisfies(e -> assertThat(e.getMessage()).contains(words));
    }
  }

  @Test
  void tensorsOfAllPartsAreThoseOfOneModel() {
    Path first = threeParts();
    try (Arena arena = Arena.ofConfined()) {
      GgufFile file = GgufFile.map(first, arena);
      assertThat(file.path()).isEqualTo(first);
      assertThat(file.metadata().typed()).containsOnlyKeys(MODEL);
      for (GgufFile each : List.of(file, file.mappedTo(arena))) {
        assertThat(each.tensors().keySet()).containsExactly("a", "b", "c");
        assertThat(each.tensor("b").data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0)).isEqualTo(2);
        assertThat(each.tensor("c").data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0)).isEqualTo(3);
      }
    }
  }

  @Test
  void aMissingPartIsNamed() throws IOException {
    Path first = threeParts();
    Files.delete(temp.resolve("m-00002-of-00003.gguf"));
    assertRefused(first, "m-00002-of-00003.gguf", "must be there as part 2 of 3, got nothing");
  }

  @Test
  void anotherPartThanTheFirstIsAnsweredWithTheFirst() {
    threeParts();
    assertRefused(
        temp.resolve("m-00002-of-00003.gguf"),
        "must be the first of 3 parts, got part 2; name m-00001-of-00003.gguf instead");
  }

  @Test
  void aPartOfAnotherModelIsRefused() throws IOException {
    Path first = threeParts();
    Path second = part(1, 3, 4, Map.of("b", 2f));
    assertRefused(first, "part 2 of 3 with 3 tensors in all, got part 2 of 3 with 4 tensors");
    part(1, 3, 3, Map.of("a", 2f));
    assertRefused(first, "must be in one part, but it is in an earlier one, too");
    Files.copy(temp.resolve("m-00003-of-00003.gguf"), second, StandardCopyOption.REPLACE_EXISTING);
    assertRefused(first, "got part 3 of 3");
    part(1, 3, 3, Map.of("b", 2f, "d", 4f));
    assertRefused(first, "must have 3 tensors in all parts, got 4");
  }

  @Test
  void aPartWithAnotherNameIsRefused() throws IOException {
    Path renamed = temp.resolve("model.gguf");
    Files.move(threeParts(), renamed);
    assertRefused(renamed, "must be named NAME-00001-of-00003.gguf as part 1 of 3");
  }
}
