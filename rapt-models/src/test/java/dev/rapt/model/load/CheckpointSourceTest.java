package dev.rapt.model.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.Weights;
import dev.rapt.kernel.Bfloat16;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointSourceTest {
  private static final float[] VALUES = {1, -2, 0.5f, 3, -0.25f, 8};

  @TempDir Path temp;

  private static TensorEntry entry(Arena arena, String name, DType type, long... dims) {
    MemorySegment data = arena.allocate((long) VALUES.length * type.byteSize(), 8);
    for (int i = 0; i < VALUES.length; i++) {
      switch (type) {
        case F64 -> data.setAtIndex(ValueLayout.JAVA_DOUBLE, i, VALUES[i]);
        case F32 -> data.setAtIndex(ValueLayout.JAVA_FLOAT, i, VALUES[i]);
        case F16 -> data.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(VALUES[i]));
        case BF16 -> data.setAtIndex(ValueLayout.JAVA_SHORT, i, Bfloat16.fromFloat(VALUES[i]));
        default -> throw new IllegalArgumentException(type.label());
      }
    }
    return new TensorEntry(name, type, Shape.of(dims), data);
  }

  private void load(boolean trained, List<TensorEntry> tensors, Consumer<ParameterSource> test) {
    SafetensorsWriter.write(temp.resolve(Checkpoint.SINGLE_FILE), tensors);
    try (Checkpoint checkpoint = Checkpoint.open(temp);
        Scope scope = Scope.open()) {
      PackedWeights packed = PackedWeights.NONE;
      Weights.load(
          checkpoint,
          List.of(),
          weights -> {
            test.accept(
                new CheckpointSource(new Parameters(scope), weights, packed, trained, null));
            return weights;
          });
    }
  }

  private static Parameter get(ParameterSource source, String name, long... shape) {
    return source.get(name, Init.ZEROS, shape);
  }

  @Test
  void matricesOfSixteenBitsStayInTheFileAndVectorsBecomeF32() {
    try (Arena arena = Arena.ofConfined()) {
      for (DType type : new DType[] {DType.BF16, DType.F16}) {
        load(
            false,
            List.of(entry(arena, "a.weight", type, 2, 3), entry(arena, "a.bias", type, 6)),
            source -> {
              Parameter matrix = get(source.at("a"), "weight", 2, 3);
              assertThat(matrix.compute()).isSameAs(matrix.stored());
              assertThat(matrix.stored().dtype()).isEqualTo(type);
              assertThat(matrix.stored().memory().isMapped()).isTrue();
              assertThat(matrix.activationType()).isEqualTo(DType.F32);
              assertThat(matrix.value().toFloats()).isEqualTo(VALUES);
              assertThat(matrix.value()).isSameAs(matrix.value());
              Parameter vector = get(source.at("a"), "bias", 6);
              assertThat(vector.stored().toFloats()).isEqualTo(VALUES);
            });
      }
    }
  }

  @Test
  void whatIsTrainedIsCopiedAsF32() {
    try (Arena arena = Arena.ofConfined()) {
      load(
          true,
          List.of(entry(arena, "weight", DType.BF16, 2, 3)),
          source -> {
            Tensor stored = get(source, "weight", 2, 3).stored();
            assertThat(stored.toFloats()).isEqualTo(VALUES);
            assertThat(stored.memory().isMapped()).isFalse();
          });
    }
  }

  @Test
  void gradientsFlowToTheF32ValueOfAMappedMatrix() {
    try (Arena arena = Arena.ofConfined()) {
      load(
          false,
          List.of(entry(arena, "weight", DType.F16, 2, 3)),
          source -> {
            Parameter matrix = get(source, "weight", 2, 3);
            matrix.value().track();
            assertThat(matrix.compute()).isSameAs(matrix.value());
          });
    }
  }

  @Test
  void oldNamesOfNormsAreFound() {
    try (Arena arena = Arena.ofConfined()) {
      load(
          false,
          List.of(entry(arena, "n.gamma", DType.F32, 6), entry(arena, "n.beta", DType.F64, 6)),
          source -> {
            assertThat(source.at("n").has("weight")).isTrue();
            assertThat(source.at("n").has("bias")).isTrue();
            Parameter weight = get(source.at("n"), "weight", 6);
            assertThat(weight.name()).isEqualTo("n.weight");
            assertThat(weight.value().toFloats()).isEqualTo(VALUES);
            assertThat(get(source.at("n"), "bias", 6).value().toFloats()).isEqualTo(VALUES);
          });
    }
  }
}
