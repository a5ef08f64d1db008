package dev.rapt.text;

import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.load.StoredModel;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Scores answers by a reward model: a sequence classifier with one label, trained so that a better
 * answer to the same prompt has a higher score. A decoder reads prompt and answer as one text, an
 * encoder as a pair of texts. Owns the model.
 *
 * <p>Best-of-N sampling draws some answers and takes the best one (InstructGPT's appendix and
 * arXiv:2009.01325, section 4.3):
 *
 * <pre>{@code
 * Generation samples = model.generator().generate(prompts, options); // numReturnSequences: 16
 * String best = reward.rank(prompt, samples.sequences()).getFirst().answer().text();
 * }</pre>
 */
public final class RewardModel implements AutoCloseable {
  private final TextClassifier classifier;

  private RewardModel(TextClassifier classifier) {
    this.classifier = classifier;
  }

  /** An answer with its reward. */
  public record Ranked(GeneratedSequence answer, double reward) {}

  /**
   * Loads a Hugging Face folder.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a file is missing or damaged, or the model
   *     has more than one label
   */
  public static RewardModel load(Path folder) {
    TextClassifier classifier = TextClassifier.load(folder);
    int numLabels = classifier.model().labels().count();
    if (numLabels != 1) {
      classifier.close();
      throw StoredModel.of(folder)
          .config()
          .error("id2label", "must have one label for a reward model, got " + numLabels);
    }
    classifier.scoreWith(TextClassifier.ScoreFunction.NONE);
    return new RewardModel(classifier);
  }

  /** Returns the reward of each answer to a prompt. */
  public double[] score(String prompt, List<String> answers) {
    boolean isDecoder = classifier.model().config() instanceof CausalConfig;
    List<TextClassifier.Classified> scored =
        isDecoder
            ? classifier.classify(answers.stream().map(answer -> prompt + answer).toList())
            : classifier.classifyPairs(
                answers.stream().map(answer -> new TextPair(prompt, answer)).toList());
    return scored.stream().mapToDouble(each -> each.best().score()).toArray();
  }

  /** Ranks answers to a prompt, best first; those of equal rewards stay in their order. */
  public List<Ranked> rank(String prompt, List<GeneratedSequence> answers) {
    double[] rewards = score(prompt, answers.stream().map(GeneratedSequence::text).toList());
    return IntStream.range(0, rewards.length)
        .mapToObj(i -> new Ranked(answers.get(i), rewards[i]))
        .sorted(Comparator.comparing(Ranked::reward, Comparator.reverseOrder()))
        .toList();
  }

  @Override
  public void close() {
    classifier.close();
  }
}
