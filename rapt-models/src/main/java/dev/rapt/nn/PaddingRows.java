package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;

/** Operations on the rows of padding in a tensor (B, T, D) of a pass. */
public final class PaddingRows {
  private PaddingRows() {}

  /** Returns x (B, T, D) with zeros on padding. */
  public static Tensor zeroed(Tensor x, Pass pass) {
    return pass.isPadded() ? Ops.multiply(x, factors(x, pass, 1)) : x;
  }

  /** Returns x (B, T, D) with the rows of other (B, T, D) on padding. */
  public static Tensor replaced(Tensor x, Tensor other, Pass pass) {
    return Ops.add(Ops.multiply(x, factors(x, pass, 1)), Ops.multiply(other, factors(x, pass, 0)));
  }

  /** Factors (B, T, 1), f32: 1 where the mask has this value, 0 elsewhere. */
  private static Tensor factors(Tensor x, Pass pass, int kept) {
    int[] mask = pass.rightPaddingMask().toInts();
    float[] factors = new float[mask.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = mask[i] == kept ? 1 : 0;
    }
    return x.scope().floats(factors, pass.batchSize(), pass.seqLen(), 1);
  }

  /** Returns the mean of x (B, T, D) over all positions, padding included, in each row. */
  public static Tensor meanOfAll(Tensor x) {
    int[] all = new int[Math.toIntExact(x.dim(0) * x.dim(1))];
    Arrays.fill(all, 1);
    Tensor mean = Ops.meanOverTime(x, x.scope().ints(all, x.dim(0), x.dim(1))); // (B, D)
    return Ops.repeat(mean, x.dim(1)); // (B, T, D)
  }
}
