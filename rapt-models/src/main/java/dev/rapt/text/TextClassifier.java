package dev.rapt.text;

import dev.rapt.model.Classifier;
import dev.rapt.tensor.Tensor;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Classifies texts.
 *
 * <pre>{@code
 * try (TextClassifier model = TextClassifier.load(folder)) {
 *   model.classify("What a film!").best().label();
 * }
 * }</pre>
 */
public final class TextClassifier extends BatchedReader<Classifier> {
  /**
   * A class and its score.
   *
   * @param label name of the class
   * @param score its probability; for a regression model, the predicted number
   */
  public record Label(String label, double score) {}

  /**
   * The result for a text.
   *
   * @param labels most likely first
   * @param isCut whether the end of the text was left out
   * @param numWindows number of windows in which the text was read
   */
  public record Classified(List<Label> labels, boolean isCut, int numWindows) {
    /** The most likely class. */
    public Label best() {
      return labels.getFirst();
    }
  }

  private TextClassifier(Classifier model, Tokenizer tokenizer) {
    super(model, tokenizer);
  }

  /** Loads a Hugging Face folder with its tokenizer. */
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
   * Classifies texts by their first tokens.
   *
   * @param maxLength most tokens of a text that are read, special tokens included
   * @throws IllegalArgumentException if maxLength exceeds the context of the model or leaves no
   *     room
   */
  public List<Classified> classify(List<String> texts, int maxLength) {
    requireReadable(maxLength);
    List<Encoding> encoded = Texts.encode(tokenizer(), texts, maxLength);
    List<double[]> scores = scores(encoded);
    List<Classified> classified = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      boolean isCut = !encoded.get(i).overflowing().isEmpty();
      classified.add(new Classified(labels(scores.get(i)), isCut, 1));
    }
    return classified;
  }

  /**
   * Classifies whole texts. A text longer than a window is read in overlapping windows; its score
   * is the mean of the windows' scores, weighted by their tokens.
   *
   * @param maxLength tokens of a window, special tokens included
   * @param overlap tokens that neighbouring windows share; at most half of a window
   * @throws IllegalArgumentException if maxLength exceeds the context of the model or leaves no
   *     room
   */
  public List<Classified> classifyInWindows(List<String> texts, int maxLength, int overlap) {
    requireReadable(maxLength);
    WindowedTexts parts = WindowedTexts.of(tokenizer(), texts, maxLength, overlap);
    List<double[]> scores = scores(parts.windows());
    List<Classified> classified = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      classified.add(new Classified(labels(parts.mean(i, scores)), false, parts.numWindows(i)));
    }
    return classified;
  }

  private void requireReadable(int maxLength) {
    int least = tokenizer().encode("").length + 1;
    if (maxLength < least || maxLength > maxTokens()) {
      throw new IllegalArgumentException(
          "max length: must be from %d to %d tokens, got %d"
              .formatted(least, maxTokens(), maxLength));
    }
  }

  /** The scores of all classes for each text. */
  private List<double[]> scores(List<Encoding> encoded) {
    double[][] scores = new double[encoded.size()][];
    runBatches(
        encoded,
        (ids, pass, rows) -> {
          Tensor logits = model().logits(ids, pass); // (B, classes)
          for (int b = 0; b < rows.length; b++) {
            scores[rows[b]] = scores(Probabilities.row(logits, b));
          }
        });
    return List.of(scores);
  }

  private double[] scores(float[] logits) {
    return switch (model().labels().problem(true)) {
      case SINGLE_LABEL -> Probabilities.softmax(logits);
      case MULTI_LABEL -> Probabilities.sigmoid(logits);
      case REGRESSION -> plain(logits);
    };
  }

  private List<Label> labels(double[] scores) {
    List<String> names = model().labels().names();
    return Probabilities.best(scores, scores.length).stream()
        .map(i -> new Label(names.get(i), scores[i]))
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
