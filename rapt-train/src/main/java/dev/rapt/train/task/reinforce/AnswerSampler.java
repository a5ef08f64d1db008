package dev.rapt.train.task.reinforce;

import dev.rapt.generate.Generator;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.FinishReason;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.generate.search.Generation;
import dev.rapt.train.task.completion.Answer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Answers prompts with the model as it is, several prompts at a time.
 *
 * @param generator generates with the weights that are trained
 * @param options of one greedy answer: its end tokens and greatest length
 * @param temperature temperature of sampling; there is no other truncation of the distribution,
 *     which the losses assume
 * @param rows answers that are generated at a time
 */
record AnswerSampler(Generator generator, GenerationOptions options, double temperature, int rows) {
  /**
   * Samples answers. They depend on prompt and seed alone.
   *
   * @param count answers to each prompt
   * @param seeds one for each prompt
   * @return those to each prompt
   */
  List<List<SampledAnswer>> sample(List<PromptRow> prompts, int count, long[] seeds) {
    GenerationOptions sampled =
        options.toBuilder()
            .doSample(true)
            .temperature(temperature)
            .topK(0)
            .topP(1)
            .numReturnSequences(count)
            .build();
    return generate(prompts, seeds, sampled);
  }

  /** Answers each prompt with the likeliest tokens. */
  List<List<SampledAnswer>> greedy(List<PromptRow> prompts) {
    return generate(prompts, new long[prompts.size()], options);
  }

  private List<List<SampledAnswer>> generate(
      List<PromptRow> prompts, long[] seeds, GenerationOptions how) {
    int count = how.numReturnSequences();
    int atOnce = Math.max(1, rows / count);
    List<List<SampledAnswer>> answers = new ArrayList<>();
    for (int from = 0; from < prompts.size(); from += atOnce) {
      int to = Math.min(prompts.size(), from + atOnce);
      List<int[]> ids = prompts.subList(from, to).stream().map(PromptRow::ids).toList();
      Prompts batch = Prompts.of(ids).withSeeds(Arrays.copyOfRange(seeds, from, to));
      Generation generation = generator.generate(batch, how);
      for (int p = 0; p < to - from; p++) {
        answers.add(
            generation.sequences().subList(p * count, (p + 1) * count).stream()
                .map(AnswerSampler::answer)
                .toList());
      }
    }
    return answers;
  }

  private static SampledAnswer answer(GeneratedSequence sequence) {
    return new SampledAnswer(
        new Answer(sequence.ids(), sequence.promptLength()),
        sequence.text(),
        sequence.finishReason() == FinishReason.LENGTH);
  }
}
