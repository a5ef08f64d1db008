package dev.rapt.generate.logits;

import dev.rapt.generate.options.GenerationOptions;
import java.util.List;

/**
 * Changes the scores of the next token of one row. Scores are logits in greedy search and sampling,
 * and log-probabilities in beam search. Negative infinity forbids a token.
 *
 * @apiNote A processor may be called for many rows in turn and must keep no state between calls.
 */
@FunctionalInterface
public interface LogitsProcessor {
  /**
   * Changes scores in place.
   *
   * @param ids ids of prompt and continuation; only the first {@code length} are valid
   * @param length number of valid ids
   * @param scores one score for each token of the vocabulary
   */
  void process(int[] ids, int length, float[] scores);

  /**
   * The processors that the options request for one row, in the order of Hugging Face's generate.
   *
   * @param promptLength number of ids of the prompt
   * @param encoderIds the encoder's input; empty for a decoder-only model
   */
  static List<LogitsProcessor> of(GenerationOptions options, int promptLength, int... encoderIds) {
    return ProcessorChain.of(options, promptLength, encoderIds, List.of());
  }

  /**
   * The processors that the options request for one row, with further ones before temperature and
   * truncation.
   *
   * @param promptLength number of ids of the prompt
   * @param encoderIds the encoder's input; empty for a decoder-only model
   * @param more processors of the caller
   */
  static List<LogitsProcessor> chain(
      GenerationOptions options, int promptLength, int[] encoderIds, List<LogitsProcessor> more) {
    return ProcessorChain.of(options, promptLength, encoderIds, more);
  }
}
