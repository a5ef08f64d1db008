package dev.rapt.model;

import dev.rapt.autograd.Losses;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The classes (labels) of a classifier.
 *
 * @param names names of the classes, by id
 * @param stated problem type given by the configuration, or null
 */
public record Labels(List<String> names, @Nullable Problem stated) {
  private static final int DEFAULT_CLASSES = 2;

  /** Problem type, as {@code problem_type} in config.json. */
  public enum Problem {
    /** Single-label classification: softmax over the logits. */
    SINGLE_LABEL,
    /** Multi-label classification: sigmoid of each logit. */
    MULTI_LABEL,
    /** Regression: the logits are the predicted numbers. */
    REGRESSION
  }

  /**
   * Reads {@code problem_type} and {@code id2label} or, in older files, {@code num_labels}; without
   * both there are two classes.
   */
  static Labels parse(ConfigReader json) {
    return parse(json, DEFAULT_CLASSES);
  }

  /** Reads the classes, with this number of them in files that do not state it. */
  static Labels parse(ConfigReader json, int defaultClasses) {
    List<String> names = new ArrayList<>();
    ConfigReader labels = json.object("id2label").orElse(null);
    int count =
        labels == null
            ? json.intOr("num_labels", defaultClasses, 1, Integer.MAX_VALUE)
            : labels.keys().size();
    for (int i = 0; i < count; i++) {
      names.add(labels == null ? "LABEL_" + i : labels.requireString(Integer.toString(i)));
    }
    String type = json.optionalString("problem_type").orElse(null);
    return new Labels(List.copyOf(names), type == null ? null : problem(json, type));
  }

  /** Reads the classes of a model: {@code id2label} or {@code num_labels} of its config.json. */
  public static Labels of(ConfigReader json) {
    return parse(json);
  }

  /** Returns classes of these names; the problem type follows from their number. */
  public static Labels of(String... names) {
    return new Labels(List.of(names), null);
  }

  /** Writes {@code id2label}, its inverse and {@code problem_type}. */
  void write(ObjectNode json) {
    ObjectNode byId = json.putObject("id2label");
    ObjectNode byName = json.putObject("label2id");
    for (int i = 0; i < names.size(); i++) {
      byId.put(Integer.toString(i), names.get(i));
      byName.put(names.get(i), i);
    }
    if (stated != null) {
      json.put("problem_type", name(stated));
    }
  }

  private static String name(Problem problem) {
    return switch (problem) {
      case SINGLE_LABEL -> "single_label_classification";
      case MULTI_LABEL -> "multi_label_classification";
      case REGRESSION -> "regression";
    };
  }

  private static Problem problem(ConfigReader json, String type) {
    for (Problem problem : Problem.values()) {
      if (type.equals(name(problem))) {
        return problem;
      }
    }
    throw json.error(
        "problem_type",
        "must be single_label_classification, multi_label_classification or regression, got "
            + type);
  }

  /** Returns the number of classes. */
  public int count() {
    return names.size();
  }

  /**
   * Returns the problem type of the configuration; without one, regression for one class, else
   * single-label if targets are class ids and multi-label if not.
   */
  public Problem problem(boolean givenAsIds) {
    if (stated != null) {
      return stated;
    }
    if (count() == 1) {
      return Problem.REGRESSION;
    }
    return givenAsIds ? Problem.SINGLE_LABEL : Problem.MULTI_LABEL;
  }

  /**
   * Returns the loss for the problem type: cross entropy (single label), binary cross entropy
   * (multiple labels), or mean squared error (regression).
   *
   * @param logits (..., classes)
   * @param targets for a single label class ids (...) i32, where -100 is ignored; else f32, in the
   *     shape of the logits
   * @return a scalar, f32
   */
  Tensor loss(Tensor logits, Tensor targets) {
    return switch (problem(targets.dtype() == DType.I32)) {
      case SINGLE_LABEL -> Losses.crossEntropy(logits, targets, 0);
      case MULTI_LABEL -> Losses.binaryCrossEntropy(logits, targets);
      case REGRESSION -> Losses.meanSquaredError(logits, targets.reshape(logits.shape().toArray()));
    };
  }
}
