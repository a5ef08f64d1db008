package dev.rapt.train.task.token;

import dev.rapt.model.QuestionAnswering;
import dev.rapt.train.example.AnsweredQuestion;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleReader;
import dev.rapt.train.example.SquadFile;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Extractive question answering: the answer to a question is found in a text. */
public record AnswerTask() implements Task {
  static final String STRIDE = "doc-stride";
  private static final String QUESTION = "question";
  private static final String CONTEXT = "context";
  private static final String ANSWERS = "answers";

  @Override
  public String name() {
    return "answer";
  }

  @Override
  public String description() {
    return "finds the answers to questions in texts";
  }

  @Override
  public Set<String> settings() {
    return Set.of(STRIDE);
  }

  @Override
  public Set<String> columns() {
    return Set.of(QUESTION, CONTEXT, ANSWERS);
  }

  @Override
  public String command() {
    return "answer %s \"question\" -f FILE";
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    TaskSetup.Split<AnsweredQuestion> questions =
        setup.examples(
            files -> TaskSetup.readEach(files, file -> read(file, setup.spec().columns())));
    if (questions.train().stream().allMatch(question -> question.answers().isEmpty())) {
      throw new IllegalArgumentException(
          "%s: some of the training questions must have answers, got none"
              .formatted(setup.spec().train().getFirst()));
    }
    QuestionAnswering model = QuestionAnswering.load(setup.folder(), setup.loading());
    try {
      return new AnswerRun(setup, model, questions);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * Reads a file of answered questions.
   *
   * @param columns names of the columns by role, where the user gives them
   * @throws IllegalArgumentException if the name of the file has no known ending
   */
  public static List<AnsweredQuestion> read(Path file, Map<String, String> columns)
      throws IOException {
    String name = file.toString().toLowerCase(Locale.ROOT).replaceFirst("\\.gz$", "");
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "json" ->
          SquadFile.isOne(file)
              ? SquadFile.read(file)
              : ofLines(columns, ExampleReader.readAll(file));
      case "jsonl", "ndjson" -> ofLines(columns, ExampleReader.readAll(file));
      default ->
          throw new IllegalArgumentException(
              file
                  + ": name must end in .json (SQuAD, or an array) or .jsonl for the task answer; rename it");
    };
  }

  private static List<AnsweredQuestion> ofLines(
      Map<String, String> columns, List<Example> examples) {
    return examples.stream()
        .map(example ->
            AnsweredQuestion.of(
                example,
                example.column(QUESTION, columns, Columns.QUESTION),
                example.column(CONTEXT, columns, Columns.CONTEXT),
                example.column(ANSWERS, columns, Columns.ANSWERS)))
        .toList();
  }
}
