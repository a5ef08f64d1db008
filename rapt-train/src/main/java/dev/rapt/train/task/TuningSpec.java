package dev.rapt.train.task;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a fine-tuning does, apart from the options of the training loop. It is kept in the folder of
 * the run, so that the run can be resumed.
 *
 * @param task name of the task
 * @param model folder of the model to begin with
 * @param train files of training examples
 * @param heldOut files of held-out examples; empty to hold out a share of the training examples
 * @param heldOutShare that share
 * @param columns names of columns by their role: {@code text}, {@code label}
 * @param batchSize examples of a batch
 * @param maxTokens most tokens of a text, special tokens included; 0 for 512, or the context of the
 *     model if that is shorter
 * @param seed seed of a new head, of the order of the examples and of dropout
 * @param scratch whether the model begins with random weights, so that only its shape and tokenizer
 *     are taken
 * @param layerDecay factor of the learning rate from each layer to the one below; 1 for equal rates
 * @param frozenLayers number of layers that are frozen with the embeddings; null for none
 * @param adapter the adapter to train in place of the model; null to train the model
 * @param settings settings of the task by name
 */
public record TuningSpec(
    String task,
    String model,
    List<String> train,
    List<String> heldOut,
    double heldOutShare,
    Map<String, String> columns,
    int batchSize,
    int maxTokens,
    long seed,
    boolean scratch,
    double layerDecay,
    @Nullable Integer frozenLayers,
    @Nullable AdapterSpec adapter,
    Map<String, String> settings) {

  /** Copies the collections and checks the numbers. */
  public TuningSpec {
    train = List.copyOf(train);
    heldOut = List.copyOf(heldOut);
    columns = Map.copyOf(columns);
    settings = Map.copyOf(settings);
    if (!(heldOutShare > 0 && heldOutShare < 1)) {
      throw new IllegalArgumentException(
          "held-out share: must be between 0 and 1, got " + heldOutShare);
    }
    if (batchSize < 1 || maxTokens < 0) {
      throw new IllegalArgumentException(
          "batch size and max length: must be at least 1 and 0, got %d and %d"
              .formatted(batchSize, maxTokens));
    }
  }

  /**
   * An adapter to train.
   *
   * @param rank r
   * @param alpha the update is scaled by alpha / r
   * @param dropout dropout of the input of the low-rank matrices, in [0, 1)
   * @param targets names of the linear layers; empty for those that PEFT takes for the model
   * @param dora whether the adapter is DoRA
   * @param rankStabilized whether the update is scaled by alpha / sqrt(r)
   * @param quantized whether the base model is held in 4 bits, as in QLoRA
   */
  public record AdapterSpec(
      int rank,
      double alpha,
      double dropout,
      List<String> targets,
      boolean dora,
      boolean rankStabilized,
      boolean quantized) {
    /** Copies the list. */
    public AdapterSpec {
      targets = List.copyOf(targets);
    }
  }

  /** Returns a copy whose files and model are named by absolute paths. */
  public TuningSpec withAbsolutePaths() {
    return new TuningSpec(
        task,
        absolute(model),
        train.stream().map(TuningSpec::absolute).toList(),
        heldOut.stream().map(TuningSpec::absolute).toList(),
        heldOutShare,
        columns,
        batchSize,
        maxTokens,
        seed,
        scratch,
        layerDecay,
        frozenLayers,
        adapter,
        settings);
  }

  private static String absolute(String path) {
    return Path.of(path).toAbsolutePath().normalize().toString();
  }
}
