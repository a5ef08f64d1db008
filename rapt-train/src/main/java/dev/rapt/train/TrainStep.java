package dev.rapt.train;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.Batch;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.objective.CausalLmObjective;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.optim.GradientClipping;
import dev.rapt.train.optim.Optimizer;
import java.util.List;

/**
 * One update of a model: forward and backward pass of each batch, gradient clipping, and the step
 * of the optimiser. Owns the gradients; for one thread.
 *
 * @param <B> kind of batch
 */
public final class TrainStep<B extends Batch> implements AutoCloseable {
  private final TrainedModel model;
  private final Objective<B> objective;
  private final Optimizer optimizer;
  private final TrainOptions options;
  private final Scope scope = Scope.open();
  private final Gradients gradients = new Gradients(scope);
  private final GradientClipping clipping;

  /**
   * Measurements of an update.
   *
   * @param loss mean over all targets of the step, before the update
   * @param gradNorm global norm of the gradients before clipping
   */
  public record Result(double loss, double gradNorm) {
    /** Whether both are finite; if not, the model is unchanged. */
    public boolean isFinite() {
      return Double.isFinite(loss) && Double.isFinite(gradNorm);
    }
  }

  /**
   * Prepares updates of this model. Its parameters become tracked; with mixed precision they get
   * bf16 copies.
   */
  public TrainStep(
      TrainedModel model, Objective<B> objective, Optimizer optimizer, TrainOptions options) {
    this.model = model;
    this.objective = objective;
    this.optimizer = optimizer;
    this.options = options;
    clipping = new GradientClipping(model.parameters().track().trained());
    if (options.precision().isBf16(model.config().hiddenSize())) {
      model.computed().forEach(Parameters::computeInBf16);
    }
  }

  /** Prepares updates of a causal language model. */
  public static TrainStep<TokenBatch> of(
      CausalLm model, Optimizer optimizer, TrainOptions options) {
    return new TrainStep<>(
        TrainedModel.fresh(model, TokenIds.NONE), new CausalLmObjective(model), optimizer, options);
  }

  /**
   * Makes one update, unless the loss or the gradients are not finite.
   *
   * @param batches gradient accumulation: their gradients are summed, and the loss is the mean over
   *     the targets of all batches
   * @param step number of the update, from which the seeds of dropout follow
   * @param lr learning rate
   * @throws IllegalArgumentException if the batches have no target
   */
  public Result run(List<B> batches, long step, double lr) {
    long targets = 0;
    double weight = 0;
    for (B batch : batches) {
      targets += batch.numTargets();
      weight += batch.weight();
    }
    if (targets == 0) {
      throw new IllegalArgumentException(
          "step " + step + ": its batches must have at least one target, got none");
    }
    gradients.clear();
    double loss = 0;
    for (int i = 0; i < batches.size(); i++) {
      loss += accumulate(batches.get(i), dropoutSeed(step, i), targets, weight);
    }
    Result result = new Result(loss, clipping.norm(gradients));
    if (result.isFinite()) {
      double max = options.maxGradNorm();
      double scale = max == 0 ? 1 : GradientClipping.factor(result.gradNorm(), max);
      optimizer.step(gradients, lr, scale);
    }
    return result;
  }

  /** Adds the gradients of a batch; returns its share of the loss. */
  private double accumulate(B batch, long seed, long targets, double weight) {
    try (Tape tape = Tape.open(model.scope())) {
      Forward forward = Forward.training(tape, seed, options.recompute(), targets, weight);
      Tensor loss = objective.loss(batch, forward);
      tape.backward(loss, gradients);
      return loss.getFloat(0);
    }
  }

  /** A function of run, step and batch, so that a resumed run drops the same elements. */
  private long dropoutSeed(long step, int batch) {
    return mix(mix(mix(options.seed()) + step) + batch);
  }

  /** The finaliser of SplitMix64. Steele, Lea, Flood: Fast Splittable Pseudorandom Generators. */
  private static long mix(long z) {
    z += 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Frees the gradients. */
  @Override
  public void close() {
    scope.close();
  }
}
