package dev.rapt.cli.text;

import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.FinishReason;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.model.config.ModelConfig;
import java.util.List;
import java.util.Optional;

/** The note on sequences that reach the end of a model's context, or pass it. */
public final class ContextNote {
  private ContextNote() {}

  /**
   * Returns the note on sequences of this model; empty if its context leaves none shorter than
   * asked, and none is longer than it.
   */
  public static Optional<String> of(
      ModelConfig config, GenerationOptions options, List<GeneratedSequence> sequences) {
    int max = config.maxPositions();
    int longest = 0;
    boolean isFull = false;
    for (GeneratedSequence sequence : sequences) {
      int length = sequence.ids().length;
      longest = Math.max(longest, length);
      int asked = options.lengths().maxLengthFor(length - sequence.newIds().length);
      isFull |= length > max && length < asked && sequence.finishReason() == FinishReason.LENGTH;
    }
    if (config.endsAtMaxPositions()) {
      return isFull
          ? Optional.of(
              "context: the text ends here, since the model has %d positions".formatted(max))
          : Optional.empty();
    }
    return longest > max
        ? Optional.of(
            "context: the text has %d tokens, the model was trained on at most %d; its end may be poor"
                .formatted(longest, max))
        : Optional.empty();
  }
}
