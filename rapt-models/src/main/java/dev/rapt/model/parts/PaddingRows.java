package dev.rapt.model.parts;

import dev.rapt.autograd.Ops;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;

/** Rows of the stream that stand for padding, as factors (B, T, 1) f32 of a pass. */
public final class PaddingRows {
  private PaddingRows() {}

  /** x (B, T, D) with zeros where there is padding. */
  public static Tensor zeroed(Tensor x, Pass pass) {
    return pass.isPadded() ? Ops.multiply(x, factors(x, pass, 1)) : x;
  }

  /** x (B, T, D), and on padding the values of other (B, T, D) instead. */
  public static Tensor replaced(Tensor x, Tensor other, Pass pass) {
    return Ops.add(Ops.multiply(x, factors(x, pass, 1)), Ops.multiply(other, factors(x, pass, 0)));
  }

  /** 1 for tokens and 0 for padding, or the other way round. */
  private static Tensor factors(Tensor x, Pass pass, int ofTokens) {
    int[] mask = pass.rightPaddingMask().toInts();
    float[] factors = new float[mask.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = mask[i] == ofTokens ? 1 : 0;
    }
    return x.scope().floats(factors, pass.batchSize(), pass.seqLen(), 1);
  }

  /** What every padding row sees when it sees all positions alike: the mean of x (B, T, D). */
  public static Tensor meanOfAll(Tensor x) {
    int[] all = new int[Math.toIntExact(x.dim(0) * x.dim(1))];
    Arrays.fill(all, 1);
    Tensor mean = Ops.meanOverTime(x, x.scope().ints(all, x.dim(0), x.dim(1))); // (B, D)
    return Ops.repeat(mean, x.dim(1)); // (B, T, D)
  }
}
