package dev.rapt.train.pretrain.objective;

import dev.rapt.train.TrainOptions;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** An objective of pretraining. Stateless: what it trains is a {@link PretrainRun}. */
public interface PretrainObjective {
  /** Returns the name on the command line: {@code masked}. */
  String name();

  /** Returns what the model learns, in one sentence without a full stop. */
  String description();

  /** Returns the special tokens that a tokenizer must have for it. */
  SpecialTokens tokens();

  /** Returns the names of the presets whose models it trains; the first one is usual. */
  List<String> presets();

  /**
   * Returns the layers and the width of the model, before there is a tokenizer.
   *
   * @throws IllegalArgumentException if the sizes do not fit each other
   */
  PretrainSpec.Stack stack(PretrainSpec spec);

  /** Returns the settings that the objective reads. */
  Set<String> settings();

  /**
   * Creates or loads the model and prepares the batches. The caller closes the result.
   *
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException if a value is out of its range, or the text is too short
   */
  PretrainRun<?> open(PretrainSetup setup) throws IOException;

  /** Returns command lines that go on with the model, with {@code %s} for its folder. */
  List<String> next();

  /** Returns whether the texts are two files whose lines are translations of each other. */
  default boolean readsPairs() {
    return false;
  }

  /** Changes the usual options of the training loop to those of the objective. */
  default TrainOptions.Builder usualOptions(TrainOptions.Builder options) {
    return options;
  }
}
