package dev.rapt.train.task;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Labels;
import dev.rapt.train.example.ExampleException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The classes of a task, by name and by id. */
public final class LabelNames {
  private final List<String> names;
  private final Map<String, Integer> ids = new HashMap<>();

  private LabelNames(List<String> names) {
    this.names = List.copyOf(names);
    IntStream.range(0, names.size()).forEach(id -> ids.put(names.get(id), id));
  }

  /**
   * Infers the classes: those of the model if it has one for each value, so that a classifier keeps
   * its ids; else the values in order, as numbers if all are.
   *
   * @param values values of the training examples
   * @param model config.json of the model
   * @param error makes an error about the first training example
   * @throws dev.rapt.train.example.ExampleException if there is only one class
   */
  public static LabelNames infer(
      Set<String> values, ConfigReader model, Function<String, ExampleException> error) {
    if (values.size() < 2) {
      throw error.apply("the training examples must have at least 2 classes, got only " + values);
    }
    List<String> known = model.has("id2label") ? Labels.of(model).names() : List.of();
    if (known.containsAll(values)) {
      return new LabelNames(known);
    }
    boolean areNumbers = values.stream().allMatch(value -> value.matches("-?\\d{1,9}"));
    List<String> sorted = new ArrayList<>(new TreeSet<>(values));
    if (areNumbers) {
      sorted.sort(Comparator.comparingInt(Integer::parseInt));
    }
    return new LabelNames(sorted);
  }

  /** Returns the classes, by id. */
  public List<String> names() {
    return names;
  }

  /**
   * Returns the id of a class.
   *
   * @param error makes an error about the example
   * @throws dev.rapt.train.example.ExampleException if no training example has it
   */
  public int id(String name, Function<String, ExampleException> error) {
    Integer id = ids.get(name);
    if (id == null) {
      throw error.apply(
          "the label must be one of the training examples, %s, got \"%s\""
              .formatted(shown(), name));
    }
    return id;
  }

  private String shown() {
    int most = 12;
    return names.size() <= most
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, most)) + ", ...";
  }
}
