package dev.rapt.autograd;

import dev.rapt.autograd.attention.Heads;
import dev.rapt.compute.Matmul;
import dev.rapt.kernel.Matrix;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;

/**
 * Dot products of each head with vectors shared by all positions: out[b, h, t, n] = sum over e of
 * x[b, t, h, e] vectors[n, h, e].
 */
record HeadProductsOp(Heads x, Heads vectors) implements Op {
  static Tensor apply(Heads x, Heads vectors) {
    if (vectors.batchSize() != 1
        || vectors.numHeads() != x.numHeads()
        || vectors.headDim() != x.headDim()) {
      throw new IllegalArgumentException(
          "head products: vectors must be (1, N) with %d heads of %d, got %s with %d of %d"
              .formatted(
                  x.numHeads(),
                  x.headDim(),
                  vectors.tensor().shape(),
                  vectors.numHeads(),
                  vectors.headDim()));
    }
    Scope scope = Scope.innermost(x.tensor(), vectors.tensor());
    Tensor out =
        scope.empty(x.tensor().dtype(), x.batchSize(), x.numHeads(), x.seqLen(), vectors.seqLen());
    HeadProductsOp op = new HeadProductsOp(x, vectors);
    for (int b = 0; b < x.batchSize(); b++) {
      for (int h = 0; h < x.numHeads(); h++) {
        Matrix shared = op.head(vectors, vectors.tensor(), 0, h);
        Matmul.multiply(
            op.head(x, x.tensor(), b, h), shared.transposed(), null, op.scores(out, b, h), false);
      }
    }
    return Tape.record(op, out, x.tensor(), vectors.tensor());
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dX = x.tensor().isTracked() ? gradients.zeroedSlot(x.tensor()) : null;
    Tensor dVectors = vectors.tensor().isTracked() ? gradients.zeroedSlot(vectors.tensor()) : null;
    for (int b = 0; b < x.batchSize(); b++) {
      for (int h = 0; h < x.numHeads(); h++) {
        Matrix d = scores(dOut, b, h);
        if (dX != null) {
          Matmul.multiply(d, head(vectors, vectors.tensor(), 0, h), null, head(x, dX, b, h), true);
        }
        if (dVectors != null) {
          Matmul.multiply(
              d.transposed(), head(x, x.tensor(), b, h), null, head(vectors, dVectors, 0, h), true);
        }
      }
    }
  }

  /**
   * Head h of sequence b as a matrix (positions, E) of a tensor with the shape of the heads' own.
   */
  private Matrix head(Heads heads, Tensor tensor, int b, int h) {
    long width = heads.tensor().lastDim();
    long offset = (long) b * heads.seqLen() * width + heads.from() + (long) h * heads.headDim();
    return new Matrix(
        tensor.memory(), offset, tensor.dtype(), heads.seqLen(), heads.headDim(), width, 1);
  }

  /** The dot products (T, N) of head h of sequence b. */
  private Matrix scores(Tensor tensor, int b, int h) {
    long T = x.seqLen();
    long N = vectors.seqLen();
    long offset = ((long) b * x.numHeads() + h) * T * N;
    return new Matrix(tensor.memory(), offset, tensor.dtype(), T, N, N, 1);
  }
}
