package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.NormKernel;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Layer norm over the last dimension. arXiv:1607.06450. */
record LayerNormOp(
    Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, Tensor mean, Tensor rstd)
    implements Op {
  private static final NormKernel KERNEL = KernelChoice.kernels().norm();

  static Tensor apply(Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, float eps) {
    Scope scope = Scope.innermost(x, weight, bias);
    Tensor out = scope.empty(x.dtype(), x.shape());
    Tensor mean = scope.empty(DType.F32, x.numRows());
    Tensor rstd = scope.empty(DType.F32, x.numRows());
    MemorySegment w = RmsNormOp.vector("layer norm: weight", weight, x);
    MemorySegment b = RmsNormOp.vector("layer norm: bias", bias, x);
    Rows.forRows(
        x.numRows(),
        x.lastDim(),
        block ->
            KERNEL.layerNorm(
                block.out(out),
                block.in(x),
                w,
                b,
                block.perRow(mean),
                block.perRow(rstd),
                block.rows(),
                x.lastDim(),
                eps));
    return Tape.record(new LayerNormOp(x, weight, bias, mean, rstd), out, x, weight, bias);
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = gradients.reuse(dOut);
    MemorySegment w = weight == null ? null : weight.memory();
    boolean sums = Tape.anyTracked(weight, bias);
    Partials.sum(
        x.numRows(),
        x.lastDim(),
        gradients.zeroedSums(weight),
        gradients.zeroedSums(bias),
        (block, dWeight, dBias) ->
            KERNEL.layerNormBackward(
                block.out(dX),
                sums ? dWeight : null,
                sums ? dBias : null,
                block.in(x),
                w,
                block.perRow(mean),
                block.perRow(rstd),
                block.in(dOut),
                block.rows(),
                x.lastDim()));
    gradients.addOrRelease(x, dX);
  }
}
