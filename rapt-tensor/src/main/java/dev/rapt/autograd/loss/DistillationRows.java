package dev.rapt.autograd.loss;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.Activation;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Knowledge distillation: T^2 KL(p || q) of each row, with p and q the softmax of the teacher's and
 * the student's logits divided by the temperature T. Hinton et al. 2015, arXiv:1503.02531, section
 * 2.
 */
record DistillationRows(Tensor targets, TeacherLogits teacher, float temperature)
    implements RowLoss {
  private static final ElementwiseKernel ELEMENTS = KernelChoice.kernels().elementwise();
  private static final SoftmaxKernel SOFTMAX = KernelChoice.kernels().softmax();

  DistillationRows {
    if (!(temperature > 0 && Float.isFinite(temperature))) {
      throw new IllegalArgumentException(
          "distillation: the temperature must be positive, got " + temperature);
    }
  }

  DistillationRows(
      Tensor targets, TeacherLogits teacher, float temperature, long rows, long numClasses) {
    this(ClassTargets.require(targets, rows, numClasses), teacher, temperature);
    if (teacher.numRows() != rows || teacher.numClasses() != numClasses) {
      throw new IllegalArgumentException(
          "distillation: the teacher must have the student's %d rows and %d classes, got %d and %d"
              .formatted(rows, numClasses, teacher.numRows(), teacher.numClasses()));
    }
  }

  @Override
  public void prepare(long from, long to) {
    teacher.prepare(from, to);
  }

  @Override
  public void compute(
      MemorySegment logits, MemorySegment losses, long from, long rows, float gradScale) {
    long bytes = teacher.numClasses() * Float.BYTES;
    for (long r = 0; r < rows; r++) {
      MemorySegment row = logits.asSlice(r * bytes, bytes);
      float loss = 0;
      if (targets.getInt(from + r) != SoftmaxKernel.IGNORED) {
        loss = row(row, from + r, gradScale);
      } else if (gradScale != 0) {
        row.fill((byte) 0);
      }
      losses.setAtIndex(ValueLayout.JAVA_FLOAT, r, loss);
    }
  }

  /** Returns the loss of a row; overwrites its logits by gradScale T (q - p). */
  private float row(MemorySegment logits, long index, float gradScale) {
    long V = teacher.numClasses();
    try (Workspace workspace = Workspace.enter()) {
      MemorySegment logP = workspace.take(V * Float.BYTES);
      MemorySegment logQ = workspace.take(V * Float.BYTES);
      MemorySegment p = workspace.take(V * Float.BYTES);
      teacher.copyRow(logP, index);
      ELEMENTS.scale(logP, logP, 1 / temperature, V);
      ELEMENTS.scale(logQ, logits, 1 / temperature, V);
      SOFTMAX.logSoftmax(logP, logP, 1, V);
      SOFTMAX.logSoftmax(logQ, logQ, 1, V);
      ELEMENTS.activate(p, logP, Activation.EXP, V);
      if (gradScale != 0) {
        float factor = gradScale * temperature;
        ELEMENTS.activate(logits, logQ, Activation.EXP, V);
        ELEMENTS.addScaled(logits, factor, logits, -factor, p, V);
      }
      // the difference first: the two sums are nearly equal in a student that has learnt
      ELEMENTS.addScaled(logQ, 1, logP, -1, logQ, V);
      return temperature * temperature * ELEMENTS.dot(p, logQ, V);
    }
  }
}
