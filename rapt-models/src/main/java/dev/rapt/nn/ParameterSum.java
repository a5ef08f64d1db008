package dev.rapt.nn;

import dev.rapt.autograd.Casts;
import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/**
 * A parameter whose value is the sum of two others, of which only the second learns from it:
 * gradient-disentangled sharing of embeddings. DeBERTaV3, arXiv:2111.09543, section 3.3.
 *
 * @param sum with which a model computes; gradients of its value are gradients of {@code added}
 * @param base belongs to another model, and gets no gradient through the sum
 * @param added zero at the beginning
 */
public record ParameterSum(Parameter sum, Parameter base, Parameter added) {
  private static final long BLOCK_BYTES = 1 << 20;

  /**
   * Makes a parameter the sum of another one and a new one of zeros.
   *
   * @param name of the new parameter
   * @param scope of the new parameter, which must live as long as the others
   */
  public static ParameterSum of(Parameter sum, Parameter base, String name, Scope scope) {
    long[] shape = base.shape().toArray();
    Parameter added = new Parameter(name, scope.zeros(DType.F32, shape));
    // tracked already: a shadow does not learn of it when the parameter behind it is tracked later
    sum.replace(added.value().shadow(scope.empty(DType.F32, shape)).track());
    ParameterSum result = new ParameterSum(sum, base, added);
    result.update();
    return result;
  }

  /** Computes the sum again: before a forward pass, since training changes both addends. */
  public void update() {
    write(sum.value(), Parameter::value);
    Tensor copy = sum.bf16Copy();
    if (copy != null) {
      Casts.copy(copy, sum.value());
    }
  }

  /**
   * Writes the sum of other values of the two addends, such as their moving averages.
   *
   * @param out of the shape of the sum, f32
   * @param value gives the value of each addend
   */
  public void write(Tensor out, Function<Parameter, Tensor> value) {
    MemorySegment a = value.apply(base).memory();
    MemorySegment b = value.apply(added).memory();
    MemorySegment c = out.memory();
    ElementwiseKernel kernel = KernelChoice.kernels().elementwise();
    long bytes = c.byteSize();
    Workers.shared()
        .run(
            Math.toIntExact(Math.ceilDiv(bytes, BLOCK_BYTES)),
            block -> {
              long from = block * BLOCK_BYTES;
              long size = Math.min(BLOCK_BYTES, bytes - from);
              kernel.add(
                  c.asSlice(from, size),
                  a.asSlice(from, size),
                  b.asSlice(from, size),
                  size / Float.BYTES);
            });
  }
}
