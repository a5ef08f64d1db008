package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Partials;
import dev.rapt.compute.rows.Rows;
import dev.rapt.kernel.NormKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** RMS norm over the last dimension. arXiv:1910.07467. */
record RmsNormOp(Tensor x, @Nullable Tensor weight, float weightOffset, Tensor rstd) implements Op {
  private static final NormKernel KERNEL = KernelChoice.kernels().norm();

  static Tensor apply(Tensor x, @Nullable Tensor weight, float weightOffset, float eps) {
    Scope scope = Scope.innermost(x, weight);
    Tensor out = scope.empty(x.dtype(), x.shape());
    Tensor rstd = scope.empty(DType.F32, x.numRows());
    MemorySegment w = vector("rms norm: weight", weight, x);
    var norm = new NormKernel.RmsNorm(w, weightOffset, x.lastDim(), eps);
    Rows.forRows(
        x.numRows(),
        x.lastDim(),
        block ->
            KERNEL.rmsNorm(block.out(out), block.in(x), norm, block.perRow(rstd), block.rows()));
    return Tape.record(new RmsNormOp(x, weight, weightOffset, rstd), out, x, weight);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.reuse(dOut);
    MemorySegment w = weight == null ? null : weight.memory();
    var norm = new NormKernel.RmsNorm(w, weightOffset, x.lastDim(), 0);
    boolean sums = Tape.anyTracked(weight);
    Partials.sum(
        x.numRows(),
        x.lastDim(),
        gradients.zeroedSums(weight),
        null,
        (block, dWeight, _) ->
            KERNEL.rmsNormBackward(
                new NormKernel.Gradients(block.out(dX), sums ? dWeight : null, null),
                block.in(x),
                block.in(dOut),
                norm,
                block.perRow(rstd),
                block.rows()));
    gradients.addOrRelease(x, dX);
  }

  /** Returns the memory of an f32 vector as long as the rows of x; null if there is no vector. */
  static @Nullable MemorySegment vector(String name, @Nullable Tensor vector, Tensor x) {
    return vector == null
        ? null
        : vector.requireShape(name, x.lastDim()).requireType(DType.F32).memory();
  }
}
