package dev.rapt.train.objective;

import dev.rapt.autograd.Tape;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;

/**
 * How a batch is run forward.
 *
 * @param scope scope of its tensors; in training the tape that records them
 * @param training whether dropout is on
 * @param seed seed of dropout
 * @param gradientCheckpointing whether blocks keep only their input and run again in the backward
 *     pass
 * @param denominator divisor of the sum of losses: with gradient accumulation, the number of
 *     targets of all batches of the step
 * @param weight divisor of the sum of losses whose targets have weights: the weight of all of them
 */
public record Forward(
    Scope scope,
    boolean training,
    long seed,
    boolean gradientCheckpointing,
    long denominator,
    double weight) {
  /** A pass that trains, with targets of equal weights. */
  public static Forward training(
      Tape tape, long seed, boolean gradientCheckpointing, long denominator) {
    return training(tape, seed, gradientCheckpointing, denominator, (double) denominator);
  }

  /** A pass that trains. */
  public static Forward training(
      Tape tape, long seed, boolean gradientCheckpointing, long denominator, double weight) {
    return new Forward(tape, true, seed, gradientCheckpointing, denominator, weight);
  }

  /** A pass that measures, without dropout. */
  public static Forward evaluation(Scope scope, long denominator) {
    return new Forward(scope, false, 0, false, denominator, denominator);
  }

  /** Returns a copy with another seed of dropout, for a second model or another part of a batch. */
  public Forward withSeed(long other) {
    return new Forward(scope, training, other, gradientCheckpointing, denominator, weight);
  }

  /** Sets dropout and gradient checkpointing of a pass. */
  public Pass.Builder configure(Pass.Builder pass) {
    return training ? pass.training(seed).gradientCheckpointing(gradientCheckpointing) : pass;
  }
}
