package dev.rapt.nn.mlp;

import dev.rapt.autograd.Experts;
import dev.rapt.autograd.expert.ExpertDispatch;
import dev.rapt.autograd.expert.ExpertMatrices;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A linear layer in each of X experts, in the layouts of the checkpoints. */
public sealed interface ExpertLinear {
  /**
   * Applies each expert's layer to its rows.
   *
   * @param rows (R, K), R = tokens * topK, sorted by expert as the dispatch says
   * @return (R, N)
   */
  Tensor forward(Tensor rows, ExpertDispatch dispatch);

  /** A matrix (N, K) of its own for each expert. */
  record Separate(List<Parameter> weights) implements ExpertLinear {
    /**
     * Creates layers without bias under the number of each expert and this name: {@code 3.up_proj}.
     *
     * @param source parameters of all experts
     * @param std standard deviation of new weights
     */
    public static Separate of(
        ParameterSource source,
        String name,
        int numExperts,
        long inputSize,
        long outputSize,
        double std) {
      List<Parameter> weights = new ArrayList<>();
      for (int e = 0; e < numExperts; e++) {
        ParameterSource expert = source.at(Integer.toString(e));
        weights.add(expert.at(name).get("weight", new Init.Normal(std), outputSize, inputSize));
      }
      return new Separate(List.copyOf(weights));
    }

    @Override
    public Tensor forward(Tensor rows, ExpertDispatch dispatch) {
      return Experts.linear(rows, matrices(), null, dispatch);
    }

    private ExpertMatrices matrices() {
      List<PackedWeight> packed = new ArrayList<>();
      for (Parameter weight : weights) {
        PackedWeight own = weight.packed();
        if (own == null) {
          return new ExpertMatrices.Separate(weights.stream().map(Parameter::compute).toList());
        }
        packed.add(own);
      }
      return new ExpertMatrices.Unpacked(
          packed.size(),
          packed.getFirst().shape().dim(1),
          packed.getFirst().shape().dim(0),
          (e, from, to, type, out) -> packed.get(e).unpackRows(0, from, to, type, out));
    }
  }

  /**
   * The matrices of all experts stacked in one tensor.
   *
   * @param weight (X, N, K), or (X, K, N) when {@code inputMajor}
   * @param bias (X, N), or null
   */
  record Stacked(Parameter weight, boolean inputMajor, @Nullable Parameter bias)
      implements ExpertLinear {
    @Override
    public Tensor forward(Tensor rows, ExpertDispatch dispatch) {
      return Experts.linear(rows, matrices(), bias == null ? null : bias.value(), dispatch);
    }

    private ExpertMatrices matrices() {
      PackedWeight packed = weight.packed();
      return packed == null || packed.transposed() != inputMajor
          ? new ExpertMatrices.Stacked(weight.compute(), inputMajor)
          : new ExpertMatrices.Unpacked(
              packed.matrices().size(),
              packed.shape().dim(inputMajor ? 1 : 2),
              packed.shape().dim(inputMajor ? 2 : 1),
              packed::unpackRows);
    }
  }
}
