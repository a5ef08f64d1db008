package dev.rapt.kernel.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.rapt.kernel.Activation;
import dev.rapt.kernel.onednn.OneDnnMatmul.Following;
import dev.rapt.kernel.onednn.OneDnnMatmul.Form;
import dev.rapt.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.Test;

class OneDnnMatmulTest {
  private static final List<DType> TYPES = List.of(DType.F32, DType.BF16, DType.F16);

  /** They are hundreds of times slower, and are chosen silently. */
  @Test
  void whatIsFusedNeverRunsInReferenceLoopsWhateverTheSlice() {
    assumeThat(OneDnn.isAvailable()).isTrue();
    OneDnnMatmul matmul = new OneDnnMatmul();
    for (DType a : TYPES) {
      for (DType b : TYPES) {
        for (DType c : TYPES) {
          for (Activation f : Activation.values()) {
            for (boolean adds : new boolean[] {false, true}) {
              if (matmul.fuses(a, b, c, f, adds)) {
                assertNoReference(a, b, c, Following.of(f, adds));
              }
            }
          }
        }
      }
    }
  }

  private static void assertNoReference(DType a, DType b, DType c, Following following) {
    for (long rows : new long[] {1, 2, 5, 16, 64, 256}) {
      for (boolean transposed : new boolean[] {false, true}) {
        for (long stride : new long[] {256, 512}) {
          Form form = new Form(rows, transposed, stride);
          assertThat(OneDnnMatmul.implementation(a, b, c, following, form))
              .as("%s x %s to %s, %s, %s", a, b, c, following, form)
              .isNotNull()
              .doesNotContain("ref");
        }
      }
    }
  }
}
