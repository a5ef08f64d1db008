package dev.rapt.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Partials;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.NormKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Layer norm over the last dimension. arXiv:1607.06450. */
record LayerNormOp(
    Tensor x,
    @Nullable Tensor weight,
    float weightOffset,
    @Nullable Tensor bias,
    Tensor mean,
    Tensor rstd)
    implements Op {
  private static final NormKernel KERNEL = KernelChoice.kernels().norm();

  static Tensor apply(
      Tensor x, @Nullable Tensor weight, float weightOffset, @Nullable Tensor bias, float eps) {
    Scope scope = Scope.innermost(x, weight, bias);
    Tensor out = scope.empty(x.dtype(), x.shape());
    Tensor mean = scope.empty(DType.F32, x.numRows());
    Tensor rstd = scope.empty(DType.F32, x.numRows());
    Tensor factors = factors(scope, weight, weightOffset);
    MemorySegment w = RmsNormOp.vector("layer norm: weight", factors, x);
    MemorySegment b = RmsNormOp.vector("layer norm: bias", bias, x);
    var norm = new NormKernel.LayerNorm(w, b, x.lastDim(), eps);
    Rows.forRows(
        x.numRows(),
        x.lastDim(),
        block ->
            KERNEL.layerNorm(
                block.out(out),
                block.in(x),
                norm,
                new NormKernel.Moments(block.perRow(mean), block.perRow(rstd)),
                block.rows()));
    drop(factors, weight);
    return Tape.record(
        new LayerNormOp(x, weight, weightOffset, bias, mean, rstd), out, x, weight, bias);
  }

  /** Returns weight + offset; the weight itself if the offset is 0. */
  private static @Nullable Tensor factors(Scope scope, @Nullable Tensor weight, float offset) {
    if (weight == null || offset == 0) {
      return weight;
    }
    Tensor factors = scope.empty(DType.F32, weight.shape());
    for (long i = 0; i < weight.numElements(); i++) {
      float w = weight.memory().getAtIndex(JAVA_FLOAT, i);
      factors.memory().setAtIndex(JAVA_FLOAT, i, w + offset);
    }
    return factors;
  }

  private static void drop(@Nullable Tensor factors, @Nullable Tensor weight) {
    if (factors != null && factors != weight) {
      factors.scope().release(factors);
    }
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.reuse(dOut);
    Tensor factors = factors(gradients.tape(), weight, weightOffset);
    MemorySegment w = factors == null ? null : factors.memory();
    var norm = new NormKernel.LayerNorm(w, null, x.lastDim(), 0);
    boolean sums = Tape.anyTracked(weight, bias);
    Partials.sum(
        x.numRows(),
        x.lastDim(),
        gradients.zeroedSums(weight),
        gradients.zeroedSums(bias),
        (block, dWeight, dBias) ->
            KERNEL.layerNormBackward(
                new NormKernel.Gradients(block.out(dX), sums ? dWeight : null, sums ? dBias : null),
                block.in(x),
                block.in(dOut),
                norm,
                new NormKernel.Moments(block.perRow(mean), block.perRow(rstd)),
                block.rows()));
    drop(factors, weight);
    gradients.addOrRelease(x, dX);
  }
}
