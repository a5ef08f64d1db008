package dev.rapt.train.pretrain.objective;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a pretraining does, apart from texts, tokenizer and the options of the training loop. It is
 * kept in the folder of the run, so that the run can be resumed.
 *
 * @param objective name of the objective
 * @param preset name of the preset of the model
 * @param size what differs from the sizes of the preset
 * @param batchSize sequences of a batch
 * @param seqLen tokens of a sequence
 * @param separatesDocuments whether attention stays inside documents
 * @param seed seed of weights, batches, corruption and dropout
 * @param settings settings of the objective by name
 */
public record PretrainSpec(
    String objective,
    String preset,
    Size size,
    int batchSize,
    int seqLen,
    boolean separatesDocuments,
    long seed,
    Map<String, String> settings) {
  /** Copies the settings and checks the numbers. */
  public PretrainSpec {
    settings = Map.copyOf(settings);
    if (batchSize < 1 || seqLen < 4) {
      throw new IllegalArgumentException(
          "batch size and context: must be at least 1 and 4, got %d and %d"
              .formatted(batchSize, seqLen));
    }
  }

  /**
   * What decides how much memory the activations of a model take.
   *
   * @param layers number of blocks, of each stack
   * @param width D
   */
  public record Stack(int layers, int width) {}

  /**
   * Sizes of a model; null for those of the preset.
   *
   * @param layers number of blocks, of each stack
   * @param width D
   * @param heads H
   * @param mlpWidth F
   * @param dropout probability in training
   */
  public record Size(
      @Nullable Integer layers,
      @Nullable Integer width,
      @Nullable Integer heads,
      @Nullable Integer mlpWidth,
      @Nullable Double dropout) {
    /** The sizes of the preset. */
    public static final Size OF_PRESET = new Size(null, null, null, null, null);
  }
}
