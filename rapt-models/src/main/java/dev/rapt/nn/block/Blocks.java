package dev.rapt.nn.block;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Tape;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.List;

/** Runs the blocks of a model in order and frees activations that are not needed any more. */
public final class Blocks {
  private Blocks() {}

  /**
   * Runs all blocks on the residual stream. The observer of the pass sees the output of each block
   * but the last, which the caller shows after the final norm.
   *
   * @param x (B, T, D); must not be used afterwards
   */
  public static Tensor run(List<? extends Block> blocks, Tensor x, Pass pass) {
    boolean recomputes = pass.gradientCheckpointing() && !pass.keepsRouterLogits();
    boolean keepsInside = x.scope() instanceof Tape && !recomputes;
    boolean keepsStream = x.scope() instanceof Tape;
    for (int i = 0; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      if (!block.isSkipped(pass)) {
        boolean isFrozen = keepsStream && !x.isTracked() && !block.isTrained();
        Tensor next =
            isFrozen
                ? Ops.unrecorded(x, inside -> block.forward(inside, pass))
                : keepsInside
                    ? block.forward(x, pass)
                    : Ops.contained(x, inside -> block.forward(inside, pass));
        if ((!keepsStream || isFrozen) && !pass.isObserved()) {
          x.scope().release(x);
        }
        x = next;
      }
      if (i < blocks.size() - 1) {
        pass.observe(x);
      }
    }
    return x;
  }
}
