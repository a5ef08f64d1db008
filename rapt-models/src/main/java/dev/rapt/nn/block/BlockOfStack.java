package dev.rapt.nn.block;

import dev.rapt.nn.LowRank;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.List;

/**
 * A block that knows its parameters, so that no activations are kept for a frozen one.
 *
 * @param parameters parameters of the block
 */
record BlockOfStack(Block block, List<Parameter> parameters) implements Block {
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    return block.forward(x, pass);
  }

  @Override
  public boolean isSkipped(Pass pass) {
    return block.isSkipped(pass);
  }

  @Override
  public boolean isTrained() {
    return parameters.stream().anyMatch(BlockOfStack::isTrained);
  }

  private static boolean isTrained(Parameter parameter) {
    return parameter.isTracked()
        || parameter.updates().stream().anyMatch(update -> isTrained(update));
  }

  private static boolean isTrained(LowRank update) {
    return update.down().isTracked() || update.up().isTracked();
  }
}
