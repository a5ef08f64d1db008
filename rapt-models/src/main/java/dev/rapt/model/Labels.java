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
 * The classes of a classifier.
 *
 * @param names of the classes, by their ids
 * @param stated what a score means, where the configuration says it; else null
 */
public record Labels(List<String> names, @Nullable Problem stated) {
  private static final int DEFAULT_CLASSES = 2;

  /** What is asked. */
  public enum Problem {
    /** Which one class it is: a softmax over the scores. */
    SINGLE_LABEL,
    /** Which classes apply, none or several: a sigmoid of each score. */
    MULTI_LABEL,
    /** Numbers: the scores as they are. */
    REGRESSION
  }

  /**
   * Reads {@code id2label} or, in older files, {@code num_labels}, and {@code problem_type}; where
   * neither is there, there are two classes.
   */
  static Labels parse(ConfigReader json) {
    return parse(json, DEFAULT_CLASSES);
  }

  /** The same with another number of classes where the file does not say. */
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

  /** Classes of these names; what is asked follows from their number. */
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

  /** Number of classes. */
  public int count() {
    return names.size();
  }

  /**
   * What is asked, as the configuration says or else as follows from the number of classes and
   * whether they are given as ids.
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
   * The loss that is asked for: cross entropy of one class, binary cross entropy of each class, or
   * squared error.
   *
   * @param logits (..., classes)
   * @param targets one class (...) i32, of which -100 is left out; else f32, as many as logits
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
