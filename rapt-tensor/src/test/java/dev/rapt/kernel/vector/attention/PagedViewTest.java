package dev.rapt.kernel.vector.attention;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.kernel.AttentionCase;
import dev.rapt.kernel.AttentionCase.Feature;
import dev.rapt.kernel.AttentionCase.Mask;
import dev.rapt.kernel.AttentionCase.Spec;
import dev.rapt.kernel.AttentionKernel;
import dev.rapt.kernel.Floats;
import dev.rapt.kernel.HeadView;
import dev.rapt.kernel.PageFormat;
import dev.rapt.kernel.PageView;
import dev.rapt.kernel.scalar.ScalarAttention;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys and values in pages: as exact as their format, and read alike by both kernels. */
class PagedViewTest {
  private static final Spec[] SPECS = {
    Spec.sizes(1, 1, 77, 4, 2, 64),
    Spec.sizes(1, 2, 50, 6, 2, 20).mask(Mask.WINDOW).with(Feature.ALIBI, Feature.SINKS),
    Spec.sizes(1, 33, 70, 2, 1, 80).valueDim(24).softCap(3),
    Spec.sizes(1, 40, 40, 2, 2, 13).with(Feature.FUSED_MEMORY, Feature.BY_QUERY),
  };

  @ParameterizedTest
  @EnumSource(PageFormat.class)
  void pagesGiveWhatTheirElementsGive(PageFormat format) {
    for (Spec spec : SPECS) {
      for (int pageSize : new int[] {1, 7, 32}) {
        try (Arena arena = Arena.ofConfined()) {
          AttentionCase attention = new AttentionCase(arena, spec, 1);
          PageView k = paged(arena, attention.k, format, pageSize, spec.S(), spec.G(), spec.E());
          PageView v = paged(arena, attention.v, format, pageSize, spec.S(), spec.G(), spec.V());
          var inputs = new AttentionKernel.Inputs(attention.q, k, v);
          float[] want = run(arena, new ScalarAttention(), attention, inputs);
          float[] got = run(arena, new VectorAttention(), attention, inputs);
          Floats.assertClose("out", got, want, 5e-6, 5e-6);
        }
      }
    }
  }

  private static float[] run(
      Arena arena, AttentionKernel kernel, AttentionCase attention, AttentionKernel.Inputs inputs) {
    Spec spec = attention.spec;
    MemorySegment lse = arena.allocate(4L * spec.H() * spec.T(), 64);
    kernel.forward(
        attention.call,
        inputs,
        new AttentionKernel.Results(attention.out, lse),
        0,
        kernel.forwardTasks(attention.call));
    return attention.values(attention.out);
  }

  /** Writes dense rows to pages, and checks each element against the precision of the format. */
  private static PageView paged(
      Arena arena, HeadView x, PageFormat format, int pageSize, int S, int G, int width) {
    MemorySegment[] pages = new MemorySegment[(S + pageSize - 1) / pageSize];
    for (int i = 0; i < pages.length; i++) {
      pages[i] = arena.allocate(PageView.pageBytes(pageSize, format, G, width), 64);
    }
    PageView view = new PageView(pages, pageSize, format, G, width);
    for (int t = 0; t < S; t++) {
      view.write(t, x.memory(), x.index(0, t, 0, width));
      for (int g = 0; g < G; g++) {
        float largest = 0;
        for (int e = 0; e < width; e++) {
          largest = Math.max(largest, Math.abs(x.element(0, t, g, width, e)));
        }
        for (int e = 0; e < width; e++) {
          float want = x.memory().getAtIndex(JAVA_FLOAT, x.index(0, t, g, width) + e);
          float error =
              switch (format) {
                case F32 -> 0;
                case BF16 -> Math.abs(want) / 256;
                case INT8 -> largest / 253;
              };
          assertThat(view.element(0, t, g, width, e)).isCloseTo(want, within(error));
        }
      }
    }
    return view;
  }
}
