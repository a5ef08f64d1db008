package dev.rapt.text;

import dev.rapt.model.Classifier;
import dev.rapt.model.Labels;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tensor.Tensor;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
   * @param score its probability; for a regression model, the predicted number; see {@link
   *     #scoreWith}
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

  /** What turns the logits into scores. */
  public enum ScoreFunction {
    /** Sigmoid of each logit. */
    SIGMOID,
    /** Softmax over the classes. */
    SOFTMAX,
    /** The logits themselves. */
    NONE
  }

  private @Nullable ScoreFunction function;

  private TextClassifier(Classifier model, Tokenizer tokenizer) {
    super(model, tokenizer);
  }

  /** Loads a Hugging Face folder, or an ONNX file, with its tokenizer. */
  public static TextClassifier load(Path folder) {
    Tokenizer tokenizer = StoredModel.of(folder).tokenizer();
    return new TextClassifier(Classifier.load(folder, Classifier.Unit.SEQUENCE), tokenizer);
  }

  /**
   * Sets what turns the logits into scores. By default nothing for a regression model, sigmoid for
   * a model with several labels for a text or with one class alone, and softmax for others.
   */
  public void scoreWith(ScoreFunction chosen) {
    function = chosen;
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
    return classifyEncoded(Texts.encode(tokenizer(), texts, maxLength));
  }

  /** Classifies pairs of texts. */
  public List<Classified> classifyPairs(List<TextPair> pairs) {
    return classifyPairs(pairs, maxTokens());
  }

  /**
   * Classifies pairs of texts by their first tokens.
   *
   * @param maxLength most tokens of a pair that are read, special tokens included; the longer text
   *     is cut first
   * @throws IllegalArgumentException if maxLength exceeds the context of the model or leaves no
   *     room
   */
  public List<Classified> classifyPairs(List<TextPair> pairs, int maxLength) {
    requireReadable(maxLength);
    return classifyEncoded(Texts.encodePairs(tokenizer(), pairs, maxLength));
  }

  private List<Classified> classifyEncoded(List<Encoding> encoded) {
    List<double[]> scores = scores(encoded);
    List<Classified> classified = new ArrayList<>();
    for (int i = 0; i < encoded.size(); i++) {
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
    return switch (function == null ? usual(model().labels()) : function) {
      case SOFTMAX -> Probabilities.softmax(logits);
      case SIGMOID -> Probabilities.sigmoid(logits);
      case NONE -> plain(logits);
    };
  }

  /** As in the text-classification pipeline of Hugging Face transformers. */
  private static ScoreFunction usual(Labels labels) {
    if (labels.stated() == Labels.Problem.REGRESSION) {
      return ScoreFunction.NONE;
    }
    return labels.stated() == Labels.Problem.MULTI_LABEL || labels.count() == 1
        ? ScoreFunction.SIGMOID
        : ScoreFunction.SOFTMAX;
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
