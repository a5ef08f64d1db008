package dev.rapt.train.task.reinforce;

import dev.rapt.autograd.Ops;
import dev.rapt.model.CausalLm;
import dev.rapt.nn.Init;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.RandomSource;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.TrainedModel.WeightFile;

/**
 * A value head: predicts the return from the last hidden state of the policy, with which it shares
 * all layers. It begins with zeros. Names in the file are those of TRL's {@code
 * AutoModelForCausalLMWithValueHead}.
 */
final class ValueHead {
  private static final String FILE = "value_head.safetensors";

  private final Parameters parameters;
  private final Linear linear;

  /** A fresh head on a model. */
  ValueHead(CausalLm model) {
    parameters = new Parameters(model.scope());
    linear =
        Linear.of(
            new RandomSource(parameters, 0).at("v_head").at("summary"),
            model.config().hiddenSize(),
            1,
            true,
            Init.ZEROS);
  }

  /**
   * Maps hidden states to values.
   *
   * @param hidden (S, T, D)
   * @param positions N positions, counted through all sequences
   * @return (1, N), f32
   */
  Tensor values(Tensor hidden, int[] positions) {
    Tensor flat = hidden.reshape(-1, hidden.lastDim());
    Tensor chosen = Ops.embedding(flat, hidden.scope().ints(positions, positions.length)); // (N, D)
    return linear.forward(chosen, DType.F32).reshape(1, positions.length);
  }

  /** Returns the file of its weights. */
  WeightFile file() {
    return new WeightFile(FILE, parameters, parameter -> parameter.name());
  }
}
