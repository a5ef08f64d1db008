package dev.rapt.nn.block;

import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.List;

/**
 * A block that knows its parameters, so that training keeps no activations of a frozen one.
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
    return parameters.stream().anyMatch(Parameter::isTrained);
  }
}
