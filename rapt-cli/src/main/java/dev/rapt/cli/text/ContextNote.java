package dev.rapt.cli.text;

import dev.rapt.generate.search.FinishReason;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.model.config.ModelConfig;
import java.util.List;
import java.util.Optional;

/** The note on sequences that reach the end of a model's context, or pass it. */
public final class ContextNote {
  private ContextNote() {}

  /** Returns the note on sequences of this model; empty if all are within its context. */
  public static Optional<String> of(ModelConfig config, List<GeneratedSequence> sequences) {
    int max = config.maxPositions();
    int longest = 0;
    boolean isFull = false;
    for (GeneratedSequence sequence : sequences) {
      int length = sequence.ids().length;
      longest = Math.max(longest, length);
      isFull |= length > max && sequence.finishReason() == FinishReason.LENGTH;
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
