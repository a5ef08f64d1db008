package dev.rapt.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsTest {
  @TempDir Path temp;
  private Checkpoint checkpoint;

  @BeforeEach
  void open() {
    Path file = temp.resolve("model.safetensors");
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsWriter.write(
          file,
          List.of(
              entry(arena, "model.layers.0.q.weight", DType.F32, 4, 2),
              entry(arena, "model.layers.0.q.bias", DType.F32, 4),
              entry(arena, "model.layers.0.ids", DType.I64, 4),
              entry(arena, "model.extra", DType.BF16, 1)));
    }
    checkpoint = Checkpoint.open(temp);
  }

  @AfterEach
  void close() {
    checkpoint.close();
  }

  private static TensorEntry entry(Arena arena, String name, DType dtype, long... dims) {
    Shape shape = Shape.of(dims);
    return new TensorEntry(
        name, dtype, shape, arena.allocate(shape.numElements() * dtype.byteSize()));
  }

  @Test
  void pathsLeadToTensors() {
    TensorEntry bias =
        Weights.load(
            checkpoint,
            List.of(Pattern.compile("model\\.extra")),
            root -> {
              Weights q = root.atIfPresent("model").atIfPresent("model").at("layers").at(0).at("q");
              assertThat(q.fullName("weight")).isEqualTo("model.layers.0.q.weight");
              assertThat(q.has("bias")).isTrue();
              assertThat(q.has("scale")).isFalse();
              q.tensor("weight", 4, 2);
              root.at("model").at("layers").at(0).tensor("ids", DType.I64, 4);
              return q.tensor("bias", 4);
            });
    assertThat(bias.shape()).isEqualTo(Shape.of(4));
  }

  @Test
  void allProblemsAreReportedAtOnceWithFullNames() {
    assertThatThrownBy(() ->
            Weights.load(
                checkpoint,
                List.of(),
                root -> {
                  Weights layer = root.at("model").at("layers").at(0);
                  layer.at("q").tensor("weight", 2, 4);
                  layer.at("k").tensor("weight", 4, 2);
                  return layer.tensor("ids", 4);
                }))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "model.safetensors: model.layers.0.q.weight must be (2, 4), got (4, 2); "
                + "model.layers.0.k.weight must be (4, 2), but is missing; "
                + "model.layers.0.ids must be of a floating-point dtype, got i64; "
                + "in the file but not used: model.layers.0.q.bias, model.extra")
        .extracting("key")
        .isEqualTo("model.layers.0.q.weight");
  }

  @Test
  void hugeExpectationsFailWithoutAllocation() {
    assertThatThrownBy(() ->
            Weights.load(
                checkpoint,
                List.of(),
                root -> root.at("model").tensor("extra", Integer.MAX_VALUE, Integer.MAX_VALUE)))
        .isInstanceOf(CheckpointException.class)
        .hasMessage("model.safetensors: model.extra must be (2147483647, 2147483647), got (1)");
  }

  @Test
  void whatWasBuiltFromBadWeightsIsClosed() {
    boolean[] closed = new boolean[1];
    assertThatThrownBy(() ->
            Weights.load(
                checkpoint,
                List.of(),
                root -> {
                  root.tensor("nothing", 1);
                  return (AutoCloseable) () -> closed[0] = true;
                }))
        .isInstanceOf(CheckpointException.class);
    assertThat(closed[0]).isTrue();
  }
}
