package dev.rapt.text;

import dev.rapt.model.Classifier;
import dev.rapt.model.Labels;
import dev.rapt.tensor.Tensor;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;

/**
 * Says which class a text belongs to.
 *
 * <pre>{@code
 * try (TextClassifier model = TextClassifier.load(folder)) {
 *   model.classify("What a film!").best().label();
 * }
 * }</pre>
 */
public final class TextClassifier extends TextModel<Classifier> {
  /**
   * A class and how sure the model is.
   *
   * @param score a probability; where the model was trained on numbers, the number
   */
  public record Label(String label, double score) {}

  /**
   * What was found for a text.
   *
   * @param labels the likeliest first
   * @param isCut whether the end of the text was left out
   */
  public record Classified(List<Label> labels, boolean isCut) {
    /** The likeliest class. */
    public Label best() {
      return labels.getFirst();
    }
  }

  private TextClassifier(Classifier model, Tokenizer tokenizer) {
    super(model, tokenizer);
  }

  /** Loads a Hugging Face folder with tokenizer. */
  public static TextClassifier load(Path folder) {
    Tokenizer tokenizer = Tokenizer.load(folder);
    return new TextClassifier(Classifier.load(folder, Classifier.Unit.SEQUENCE), tokenizer);
  }

  /** Classifies a text. */
  public Classified classify(String text) {
    return classify(List.of(text)).getFirst();
  }

  /** Classifies texts. */
  public List<Classified> classify(List<String> texts) {
    return classify(texts, maxTokens());
  }

  /**
   * Classifies texts by their beginnings.
   *
   * @param maxLength tokens of a text that are read, special ones included
   * @throws IllegalArgumentException if that is more than the model reads, or leaves no room
   */
  public List<Classified> classify(List<String> texts, int maxLength) {
    int least = tokenizer().encode("").length + 1;
    if (maxLength < least || maxLength > maxTokens()) {
      throw new IllegalArgumentException(
          "max-length: must be from %d to %d tokens, got %d"
              .formatted(least, maxTokens(), maxLength));
    }
    List<Encoding> encoded = Texts.encode(tokenizer(), texts, maxLength);
    Classified[] classified = new Classified[texts.size()];
    runBatches(
        encoded,
        (ids, pass, rows) -> {
          Tensor logits = model().logits(ids, pass); // (B, classes)
          for (int b = 0; b < rows.length; b++) {
            boolean isCut = !encoded.get(rows[b]).overflowing().isEmpty();
            classified[rows[b]] = new Classified(labels(Scores.row(logits, b)), isCut);
          }
        });
    return List.of(classified);
  }

  private List<Label> labels(float[] logits) {
    Labels labels = model().labels();
    double[] scores =
        switch (labels.problem(true)) {
          case ONE_CLASS -> Scores.softmax(logits);
          case ANY_CLASSES -> Scores.sigmoid(logits);
          case NUMBERS -> plain(logits);
        };
    return Scores.best(scores, scores.length).stream()
        .map(i -> new Label(labels.names().get(i), scores[i]))
        .toList();
  }

  private static double[] plain(float[] logits) {
    double[] numbers = new double[logits.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = logits[i];
    }
    return numbers;
  }
}
