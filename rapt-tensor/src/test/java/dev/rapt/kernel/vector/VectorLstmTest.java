package dev.rapt.kernel.vector;

import dev.rapt.kernel.Floats;
import dev.rapt.kernel.LstmKernel;
import dev.rapt.kernel.scalar.ScalarLstm;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(ForcedVectorWidth.class)
class VectorLstmTest {
  /** Activations within 1e-6 of the f64 formula, then two or three products of them. */
  private static final double TOLERANCE = 3e-6;

  /** The kernel's outputs for the same inputs. */
  private record Step(MemorySegment gates, MemorySegment c, MemorySegment h, MemorySegment dC) {
    static Step of(LstmKernel kernel, int size, double deviation) {
      MemorySegment gates = Floats.normal(1, 4 * size, deviation);
      MemorySegment before = Floats.normal(2, size, 1);
      MemorySegment c = Floats.zeros(size);
      MemorySegment h = Floats.zeros(size);
      kernel.step(gates, before, c, h, size);
      MemorySegment activated = Floats.copy(gates);
      MemorySegment dC = Floats.normal(5, size, 1);
      kernel.stepBackward(
          gates, before, Floats.normal(3, size, 1), Floats.normal(4, size, 1), dC, size);
      MemorySegment both = Floats.zeros(8L * size);
      both.asSlice(0, activated.byteSize()).copyFrom(activated);
      both.asSlice(activated.byteSize()).copyFrom(gates);
      return new Step(both, c, h, dC);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 7, 13, 64, 207, 1026})
  void matchesScalar(int size) {
    for (double deviation : new double[] {1, 30}) {
      Step got = Step.of(new VectorLstm(), size, deviation);
      Step want = Step.of(new ScalarLstm(), size, deviation);
      Floats.assertClose("gates", got.gates, want.gates, TOLERANCE, TOLERANCE);
      Floats.assertClose("c", got.c, want.c, TOLERANCE, TOLERANCE);
      Floats.assertClose("h", got.h, want.h, TOLERANCE, TOLERANCE);
      Floats.assertClose("dC", got.dC, want.dC, TOLERANCE, TOLERANCE);
    }
  }
}
