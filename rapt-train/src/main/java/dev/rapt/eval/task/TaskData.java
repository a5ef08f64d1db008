package dev.rapt.eval.task;

import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The files of a task's data, by split. */
final class TaskData {
  private static final String SPLIT_OF_PLAIN_FILES = "train";

  private final YamlNode source;
  private final Map<String, List<Path>> files;
  private final Map<String, List<Example>> read = new LinkedHashMap<>();

  private TaskData(YamlNode source, Map<String, List<Path>> files) {
    this.source = source;
    this.files = files;
  }

  /**
   * Finds the files: those that the caller names, else {@code data_files} of a json or csv dataset.
   *
   * @param replaced files of splits that the caller names
   */
  static TaskData of(TaskKeys keys, Map<String, Path> replaced) {
    YamlNode path = keys.require("dataset_path");
    YamlNode arguments = keys.find("dataset_kwargs").orElse(null);
    Map<String, List<Path>> files = new LinkedHashMap<>();
    if (arguments != null && replaced.isEmpty()) {
      TaskKeys known = TaskKeys.of(arguments);
      known.ignore("trust_remote_code");
      known.find("data_files").ifPresent(node -> collect(node, files));
      known.refuseOthers();
    }
    replaced.forEach((split, file) -> files.put(split, List.of(file)));
    if (files.isEmpty() || (replaced.isEmpty() && !path.text().matches("json|csv"))) {
      throw path.error(
          "must be json or csv with dataset_kwargs.data_files, got %s; name files of this machine with --data SPLIT=FILE"
              .formatted(path.text()));
    }
    return new TaskData(path, files);
  }

  private static void collect(YamlNode node, Map<String, List<Path>> files) {
    Map<String, YamlNode> splits =
        node.isMap() ? node.fields() : Map.of(SPLIT_OF_PLAIN_FILES, node);
    splits.forEach((split, names) ->
        files.put(
            split, names.elements().stream().map(name -> resolve(node.file(), name)).toList()));
  }

  /** A file as the working directory sees it, or else beside the task file. */
  private static Path resolve(Path task, YamlNode name) {
    Path file = Path.of(name.text());
    return Files.exists(file) ? file : task.toAbsolutePath().resolveSibling(file);
  }

  /** Returns whether there is a file for a split. */
  boolean has(YamlNode name) {
    return files.containsKey(name.text());
  }

  /**
   * Returns the examples of a split.
   *
   * @param name the key that names the split
   * @throws TaskException if there is no such split, or it is empty
   */
  List<Example> split(YamlNode name) throws IOException {
    List<Path> paths = files.get(name.text());
    if (paths == null) {
      throw name.error(
          "must be a split with a file, got %s; there are files for %s"
              .formatted(name.text(), files.keySet()));
    }
    List<Example> docs = read.get(name.text());
    if (docs == null) {
      docs = new ArrayList<>();
      for (Path path : paths) {
        docs.addAll(ExampleReader.readAll(path));
      }
      if (docs.isEmpty()) {
        throw new TaskException(
            paths.getFirst(),
            "must hold examples for %s in %s, line %d, got none"
                .formatted(name.key(), source.file(), name.line()));
      }
      read.put(name.text(), docs);
    }
    return docs;
  }
}
