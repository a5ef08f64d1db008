package dev.rapt.train;

import com.sun.management.OperatingSystemMXBean;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.config.SizedConfig;
import java.lang.management.ManagementFactory;

/**
 * Lower bounds of the memory that training needs, by which models and batches that cannot fit are
 * refused before any work.
 */
public final class TrainingMemory {
  /** Batches that wait for their step, while one is in use. */
  static final int BATCHES_AHEAD = 4;

  private static final double GIB = 1 << 30;
  private static final int NUMBERS_PER_WEIGHT = 4; // value, gradient, two moments

  private TrainingMemory() {}

  /**
   * Checks that a model can fit into the memory of this machine, with its gradients and the two
   * moments of AdamW, in f32.
   *
   * @throws IllegalArgumentException if the matrices of its blocks alone need more than the machine
   *     has
   */
  public static void requireModel(CausalConfig config) {
    double D = config.hiddenSize();
    double F = config instanceof SizedConfig sized ? sized.sizes().intermediateSize() : 0;
    double weights = config.numLayers() * (2 * D * D + 2 * D * F);
    double bytes = weights * NUMBERS_PER_WEIGHT * Float.BYTES;
    if (bytes > machineBytes()) {
      throw new IllegalArgumentException(
          "model: must fit into memory, got at least %.1f billion weights, which need %.0f GiB to train, and the machine has %.0f GiB; use a smaller --preset, or fewer --layers and a smaller --width"
              .formatted(weights / 1e9, bytes / GIB, machineBytes() / GIB));
    }
  }

  /**
   * Checks that a batch can fit into the memory of this machine.
   *
   * @param name of the batch size in the message
   * @param batchSize sequences
   * @param seqLen tokens of a sequence
   * @throws IllegalArgumentException if the least memory for it is more than the machine has
   */
  public static void require(
      String name, int batchSize, int seqLen, ModelConfig config, TrainOptions options) {
    double tokens = (double) batchSize * seqLen;
    int waiting = 1 + Math.max(BATCHES_AHEAD, options.accumulation());
    double heap = 2 * Integer.BYTES * tokens * waiting;
    double activations = tokens * config.numLayers() * leastKept(config, options) * Short.BYTES;
    if (tokens > Integer.MAX_VALUE - 8
        || heap > Runtime.getRuntime().maxMemory()
        || activations > machineBytes()) {
      throw new IllegalArgumentException(
          "%s: must fit into memory, got %d sequences of %d tokens, which need at least %.1f GiB; use a smaller batch, and gradient accumulation for as many tokens in a step"
              .formatted(name, batchSize, seqLen, (heap + activations) / GIB));
    }
  }

  /**
   * Least number of elements that a layer keeps of a token until the backward pass: its input, or
   * without gradient checkpointing also the inputs of attention, projections and MLP.
   */
  private static double leastKept(ModelConfig config, TrainOptions options) {
    return options.recompute() ? config.hiddenSize() : 4.0 * config.hiddenSize();
  }

  private static double machineBytes() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Double.POSITIVE_INFINITY;
  }
}
