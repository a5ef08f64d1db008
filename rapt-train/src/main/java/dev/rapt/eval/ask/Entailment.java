package dev.rapt.eval.ask;

import dev.rapt.eval.likelihood.Likelihood;
import dev.rapt.text.TextClassifier;
import dev.rapt.text.TextClassifier.Classified;
import dev.rapt.text.TextClassifier.Label;
import dev.rapt.text.TextPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Classification into classes that a model has not seen, by a model of natural language inference:
 * does the text entail a sentence that names the class? (Yin et al., Benchmarking Zero-shot Text
 * Classification, arXiv:1909.00161; the zero-shot pipeline of Hugging Face transformers.)
 */
public final class Entailment {
  /** The sentence of the reference; {@code {}} stands for the class. */
  public static final String USUAL_HYPOTHESIS = "This example is {}.";

  private Entailment() {}

  /** Returns whether a classifier has a class for entailment. */
  public static boolean isKnownTo(TextClassifier model) {
    return model.model().labels().names().stream().anyMatch(Entailment::isEntailment);
  }

  private static boolean isEntailment(String label) {
    return label.toLowerCase(Locale.ROOT).startsWith("entail");
  }

  /**
   * Scores classes; the score function of the model becomes {@code NONE}.
   *
   * @param hypothesis sentence with {@code {}} in the place of the class
   * @return the likeliest first; probabilities are the softmax of the logits of entailment
   * @throws IllegalArgumentException if the sentence has no place for the class, or the model no
   *     class for entailment
   */
  public static List<ScoredChoice> score(
      TextClassifier model, String text, List<String> classes, String hypothesis) {
    if (!hypothesis.contains("{}")) {
      throw new IllegalArgumentException(
          "hypothesis: must hold {} in the place of the class, got \"%s\"".formatted(hypothesis));
    }
    if (!isKnownTo(model)) {
      throw new IllegalArgumentException(
          "model: must have a class for entailment, got " + model.model().labels().names());
    }
    model.scoreWith(TextClassifier.ScoreFunction.NONE);
    List<TextPair> pairs =
        classes.stream().map(name -> new TextPair(text, hypothesis.replace("{}", name))).toList();
    double[] logits = model.classifyPairs(pairs).stream().mapToDouble(Entailment::logit).toArray();
    double[] shares = Likelihood.shares(logits);
    List<ScoredChoice> scored = new ArrayList<>();
    for (int i = 0; i < logits.length; i++) {
      scored.add(new ScoredChoice(classes.get(i), logits[i], 1, shares[i]));
    }
    return ScoredChoice.sorted(scored);
  }

  private static double logit(Classified classified) {
    return classified.labels().stream()
        .filter(label -> isEntailment(label.label()))
        .mapToDouble(Label::score)
        .findFirst()
        .orElseThrow();
  }
}
