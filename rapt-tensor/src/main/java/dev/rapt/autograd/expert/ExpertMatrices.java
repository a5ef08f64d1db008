package dev.rapt.autograd.expert;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** One weight matrix for each of X experts. */
public sealed interface ExpertMatrices {
  /** X. */
  int numExperts();

  /** Input width, K. */
  long inputSize();

  /** Output width, N. */
  long outputSize();

  /** The tensors that hold the matrices. */
  List<Tensor> tensors();

  /**
   * A separate tensor for each expert.
   *
   * @param weights (N, K) each, all of one shape
   */
  record Separate(List<Tensor> weights) implements ExpertMatrices {
    public Separate {
      weights = List.copyOf(weights);
      if (weights.isEmpty() || weights.getFirst().shape().rank() != 2) {
        throw new IllegalArgumentException("experts: needs at least one matrix, got none");
      }
      for (Tensor weight : weights) {
        weight.requireShape("experts: weight", weights.getFirst().shape().toArray());
      }
    }

    @Override
    public int numExperts() {
      return weights.size();
    }

    @Override
    public long inputSize() {
      return weights.getFirst().dim(1);
    }

    @Override
    public long outputSize() {
      return weights.getFirst().dim(0);
    }

    @Override
    public List<Tensor> tensors() {
      return weights;
    }
  }

  /**
   * One stacked tensor for all experts.
   *
   * @param weight (X, N, K), or (X, K, N) when {@code inputMajor}
   */
  record Stacked(Tensor weight, boolean inputMajor) implements ExpertMatrices {
    public Stacked {
      if (weight.shape().rank() != 3) {
        throw new IllegalArgumentException(
            "experts: stacked weights must have 3 dimensions, got " + weight.shape());
      }
    }

    @Override
    public int numExperts() {
      return Math.toIntExact(weight.dim(0));
    }

    @Override
    public long inputSize() {
      return weight.dim(inputMajor ? 1 : 2);
    }

    @Override
    public long outputSize() {
      return weight.dim(inputMajor ? 2 : 1);
    }

    @Override
    public List<Tensor> tensors() {
      return List.of(weight);
    }
  }

  /**
   * Quantised matrices, unpacked at each use and not kept in unpacked form. No gradients flow to
   * them.
   */
  record Unpacked(int numExperts, long inputSize, long outputSize, Writer writer)
      implements ExpertMatrices {
    /** Unpacks rows of matrices; any number of threads may call it at once. */
    @FunctionalInterface
    public interface Writer {
      /**
       * Writes rows [from, to) of the matrix (N, K) of an expert.
       *
       * @param type f32 or bf16
       * @param out (to - from, K), row-major, written
       */
      void write(int expert, long from, long to, DType type, MemorySegment out);
    }

    @Override
    public List<Tensor> tensors() {
      return List.of();
    }
  }
}
