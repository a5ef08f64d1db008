package dev.rapt.model.load;

import dev.rapt.checkpoint.Weights;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.Scope;

/**
 * Quantised weights of a checkpoint. A model requests them by their names and shapes in the release
 * that is not quantised.
 */
public interface PackedWeights {
  /** No quantised weights. */
  PackedWeights NONE =
      new PackedWeights() {
        @Override
        public boolean has(Weights weights, String name) {
          return false;
        }

        @Override
        public PackedWeight get(
            Scope scope, Weights weights, String name, boolean inputMajor, long... shape) {
          throw new IllegalStateException(name + " is not packed");
        }
      };

  /** Returns whether there is a quantised weight of this name. */
  boolean has(Weights weights, String name);

  /**
   * Returns a quantised weight, mapped from the file.
   *
   * @param scope scope of scale factors that must be copied
   * @param inputMajor whether it is the weight (K, N) of a linear layer
   * @param shape shape of the weight, of at least two dimensions
   * @throws dev.rapt.checkpoint.CheckpointException if it has another shape
   */
  PackedWeight get(Scope scope, Weights weights, String name, boolean inputMajor, long... shape);
}
