package dev.rapt.train.task.token;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Classifier;
import dev.rapt.model.Labels;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleReader;
import dev.rapt.train.example.TaggedSentences;
import dev.rapt.train.example.TaggedSentences.Sentence;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.LabelNames;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tagging of words, such as names of people and places. The first token of each word is classified.
 */
public record TagTask() implements Task {
  private static final String WORDS = "words";
  private static final String TAGS = "tags";
  private static final String LABEL_NAMES = "label-names";

  @Override
  public String name() {
    return "tag";
  }

  @Override
  public String description() {
    return "tags the words of sentences, such as names of people and places";
  }

  @Override
  public Set<String> settings() {
    return Set.of(LABEL_NAMES);
  }

  @Override
  public Set<String> columns() {
    return Set.of(WORDS, TAGS);
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    ConfigReader json = ConfigReader.of(setup.folder().resolve("config.json"));
    List<String> numbered = numberedTags(setup, json);
    TaskSetup.Split<Sentence> sentences =
        setup.examples(files ->
            TaskSetup.readEach(files, file -> read(file, setup.spec().columns(), numbered)));
    Sentence first = sentences.train().getFirst();
    Set<String> tags = new HashSet<>();
    sentences.train().forEach(sentence -> tags.addAll(sentence.tags()));
    LabelNames names = LabelNames.infer(tags, json, first::error);
    Classifier model =
        Classifier.load(
            setup.folder(),
            Classifier.Unit.TOKEN,
            new Labels(names.names(), null),
            setup.loading());
    try {
      return new TagRun(setup, model, names, sentences);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * Returns the tags by number, for files that have numbers in their place: those that the user
   * lists, else those of the model; none if the model does not name its classes.
   */
  private static List<String> numberedTags(TaskSetup setup, ConfigReader model) {
    String listed = setup.text(LABEL_NAMES, "");
    if (!listed.isEmpty()) {
      return Stream.of(listed.split(",", -1)).map(String::strip).toList();
    }
    return TaggedSentences.numbered(model);
  }

  /**
   * Reads a file of tagged sentences.
   *
   * @param columns names of the columns by role, where the user gives them
   * @param numbered the tags by number, for files that have numbers in their place
   * @throws IllegalArgumentException if the name of the file has no known ending
   */
  public static List<Sentence> read(Path file, Map<String, String> columns, List<String> numbered)
      throws IOException {
    String name = file.toString().toLowerCase(Locale.ROOT).replaceFirst("\\.gz$", "");
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "conll", "txt", "bio", "iob", "iob2" -> TaggedSentences.read(file);
      case "jsonl", "ndjson", "json" -> ofObjects(columns, ExampleReader.readAll(file), numbered);
      default ->
          throw new IllegalArgumentException(
              file
                  + ": name must end in .conll, .txt, .bio, .iob2, .jsonl or .json for the task tag; rename it");
    };
  }

  private static List<Sentence> ofObjects(
      Map<String, String> columns, List<Example> examples, List<String> numbered) {
    return examples.stream()
        .map(example ->
            TaggedSentences.of(
                example,
                example.column(WORDS, columns, Columns.WORDS),
                example.column(TAGS, columns, Columns.TAGS),
                numbered))
        .toList();
  }
}
