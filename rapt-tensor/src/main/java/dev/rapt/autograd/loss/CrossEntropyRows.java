package dev.rapt.autograd.loss;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Cross entropy of each row against its target, with label smoothing. */
record CrossEntropyRows(Tensor targets, long numClasses, float smoothing) implements RowLoss {
  private static final SoftmaxKernel KERNEL = KernelChoice.kernels().softmax();

  CrossEntropyRows(Tensor targets, long rows, long numClasses, float smoothing) {
    this(ClassTargets.require(targets, rows, numClasses), numClasses, smoothing);
  }

  @Override
  public void compute(
      MemorySegment logits, MemorySegment losses, long from, long rows, float gradScale) {
    MemorySegment wanted = targets.memory().asSlice(from * Integer.BYTES);
    KERNEL.crossEntropy(logits, wanted, losses, rows, numClasses, smoothing, gradScale);
  }
}
