/**
 * The engine: tensors in off-heap memory, kernels, the matrix library, and reverse-mode
 * differentiation. Knows no model.
 */
@org.jspecify.annotations.NullMarked
module dev.rapt.tensor {
  requires static jdk.incubator.vector;
  requires static org.jspecify;
  requires java.management;
  requires jdk.management;
  requires org.slf4j;

  exports dev.rapt.autograd;
  exports dev.rapt.autograd.attention;
  exports dev.rapt.autograd.expert;
  exports dev.rapt.autograd.loss;
  exports dev.rapt.tensor;
  exports dev.rapt.compute;
  exports dev.rapt.kernel;
  exports dev.rapt.kernel.block;
  exports dev.rapt.machine;
}
