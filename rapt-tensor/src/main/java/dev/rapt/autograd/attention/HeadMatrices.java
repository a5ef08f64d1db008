package dev.rapt.autograd.attention;

import dev.rapt.kernel.Matrix;
import dev.rapt.tensor.Tensor;

/**
 * A small matrix for each head, stored together in one weight, such as the up-projections of
 * multi-head latent attention (MLA). DeepSeek-V2, arXiv:2405.04434, section 2.1.2.
 *
 * @param weight (H P, C): head h has rows [h P, (h + 1) P)
 * @param numHeads H
 * @param from first of the P rows of a head that belongs to its matrix
 * @param count number of rows of a head's matrix
 * @param inputMajor whether it maps count to C elements; otherwise C to count
 */
public record HeadMatrices(Tensor weight, int numHeads, long from, long count, boolean inputMajor) {
  public HeadMatrices {
    boolean fits = weight.shape().rank() == 2 && weight.dim(0) % numHeads == 0;
    if (!fits || from < 0 || from + count > weight.dim(0) / numHeads) {
      throw new IllegalArgumentException(
          "head matrices: rows [%d, %d) of each of %d heads must be within the weight, got %s"
              .formatted(from, from + count, numHeads, weight.shape()));
    }
  }

  /** Input width of a head's matrix. */
  public long inputSize() {
    return inputMajor ? count : weight.dim(1);
  }

  /** Output width of a head's matrix. */
  public long outputSize() {
    return inputMajor ? weight.dim(1) : count;
  }

  /** The matrix of a head as stored in a tensor of the weight's shape: (count, C). */
  public Matrix stored(Tensor tensor, int head) {
    long row = head * (tensor.dim(0) / numHeads) + from;
    return Matrix.of(tensor.memory(), tensor.dtype(), tensor.dim(0), tensor.dim(1))
        .rows(row, row + count);
  }

  /** The matrix of a head as (input, output). */
  public Matrix inputByOutput(int head) {
    Matrix stored = stored(weight, head);
    return inputMajor ? stored : stored.transposed();
  }
}
