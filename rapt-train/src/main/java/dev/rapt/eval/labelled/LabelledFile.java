package dev.rapt.eval.labelled;

import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleReader;
import dev.rapt.train.example.ParallelText;
import dev.rapt.train.task.completion.PairColumns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Labelled examples.
 *
 * @param files one file, or two of parallel text
 * @param columns names of columns by their role, where the user gives them
 */
public record LabelledFile(List<Path> files, Map<String, String> columns) {
  /** Copies list and map. */
  public LabelledFile {
    files = List.copyOf(files);
    columns = Map.copyOf(columns);
  }

  /** Returns the file. */
  Path single() {
    if (files.size() != 1) {
      throw new IllegalArgumentException(
          "examples: must be one file for this task, got " + files.size());
    }
    return files.getFirst();
  }

  /** Returns the name of the file, for reports. */
  String name() {
    return String.valueOf(files.getFirst().getFileName());
  }

  /** Reads a table, of which there must be a row at least. */
  List<Example> rows() throws IOException {
    return notEmpty(ExampleReader.readAll(single()));
  }

  /** Returns whether the first example has a chosen and a rejected answer. */
  boolean arePreferences() throws IOException {
    if (files.size() != 1) {
      return false;
    }
    try (ExampleReader reader = ExampleReader.open(files.getFirst())) {
      Example first = reader.next();
      return first != null && PairColumns.areIn(columns, first);
    }
  }

  /** Reads a table, or two files of parallel text. */
  List<Example> texts() throws IOException {
    return files.size() == 2 ? notEmpty(ParallelText.read(files.get(0), files.get(1))) : rows();
  }

  <T> List<T> notEmpty(List<T> examples) {
    if (examples.isEmpty()) {
      throw new IllegalArgumentException(files + ": must hold at least 1 example, got none");
    }
    return examples;
  }
}
