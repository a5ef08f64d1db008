package dev.rapt.train;

import dev.rapt.machine.MachineMemory;
import dev.rapt.model.Model;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.train.shape.MemoryEstimate;
import java.util.Locale;
import java.util.Optional;

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
    require(name, batchSize, seqLen, config.numLayers(), config.hiddenSize(), options);
  }

  /**
   * As the other, for a model that is not there yet.
   *
   * @param layers number of its blocks
   * @param width D
   */
  public static void require(
      String name, int batchSize, int seqLen, int layers, int width, TrainOptions options) {
    double tokens = (double) batchSize * seqLen;
    int waiting = 1 + Math.max(BATCHES_AHEAD, options.accumulation());
    double heap = 2 * Integer.BYTES * tokens * waiting;
    double activations = tokens * layers * leastKept(width, options) * Short.BYTES;
    if (tokens > Integer.MAX_VALUE - 8
        || heap > Runtime.getRuntime().maxMemory()
        || activations > machineBytes()) {
      throw new IllegalArgumentException(
          "%s: must fit into memory, got %d sequences of %d tokens, which need at least %.1f GiB, and the machine has %.1f GiB; use shorter sequences, or a smaller batch, with gradient accumulation for as many tokens in a step"
              .formatted(
                  name, batchSize, seqLen, (heap + activations) / GIB, machineBytes() / GIB));
    }
  }

  /**
   * Returns a warning if the estimate for a run is more than the memory of this machine.
   *
   * @param model the model, all of which is trained
   */
  public static Optional<String> warning(
      Model model, int batchSize, int seqLen, TrainOptions options) {
    boolean bf16 = options.precision().isBf16(model.config().hiddenSize());
    MemoryEstimate estimate =
        MemoryEstimate.of(
            model,
            model.parameters().all(),
            options.optimizer(),
            new MemoryEstimate.Batch(batchSize, seqLen, bf16, options.recompute()));
    return estimate.total() <= machineBytes()
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "warning: %d sequences of %d tokens need about %.1f GiB, and the machine has %.1f GiB; use a smaller batch, shorter sequences or gradient checkpointing",
                batchSize,
                seqLen,
                estimate.total() / GIB,
                machineBytes() / GIB));
  }

  /**
   * Least number of elements that a layer keeps of a token until the backward pass: its input, or
   * without gradient checkpointing also the inputs of attention, projections and MLP.
   */
  private static double leastKept(int width, TrainOptions options) {
    return options.recompute() ? width : 4.0 * width;
  }

  private static double machineBytes() {
    return MachineMemory.bytes();
  }
}
