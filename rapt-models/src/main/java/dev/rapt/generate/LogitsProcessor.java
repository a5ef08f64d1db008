package dev.rapt.generate;

import java.util.List;

/**
 * Changes the scores of the next token of one row. Scores are logits in greedy search and sampling
 * and log-probabilities in beam search; negative infinity forbids a token.
 *
 * @apiNote A processor may be called for many rows in turn; it keeps nothing between calls.
 */
@FunctionalInterface
public interface LogitsProcessor {
  /**
   * Changes scores in place.
   *
   * @param ids the row so far, prompt included; only the first {@code length} are valid
   * @param length how many ids there are
   * @param scores one score for each token of the vocabulary
   */
  void process(int[] ids, int length, float[] scores);

  /**
   * The processors of one row that options ask for, in the order of Hugging Face's generate.
   *
   * @param promptLength ids of the row before generation
   * @param encoderIds the encoder's input; empty for a decoder alone
   */
  static List<LogitsProcessor> of(GenerationOptions options, int promptLength, int... encoderIds) {
    return ProcessorChain.of(options, promptLength, encoderIds, List.of());
  }
}
