package dev.rapt.eval.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.eval.figure.Aggregation;
import dev.rapt.eval.figure.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvalGroupTest {
  private static final EvalTask.Settings SETTINGS =
      new EvalTask.Settings(
          Map.of(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          1234,
          PromptStyle.PLAIN);

  @TempDir private Path folder;

  @BeforeEach
  void writeTasks() throws IOException {
    for (String name : List.of("first", "second")) {
      write(
          name + ".yaml",
          """
          task: %s
          dataset_path: json
          dataset_kwargs: {data_files: {test: data.jsonl}}
          test_split: test
          output_type: multiple_choice
          num_fewshot: 1
          doc_to_text: q
          doc_to_target: a
          doc_to_choice: [x, y]
          metric_list: [{metric: acc}, {metric: mcc}]
          """
              .formatted(name));
    }
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Path group(String tasks, String means) throws IOException {
    return write(
        "group.yaml",
        "group: both\ntask: %s\naggregate_metric_list: %s\nmetadata: {version: 2}\n"
            .formatted(tasks, means));
  }

  private static TaskResult result(String task, Aggregation aggregation, double[]... rows) {
    Figure figure =
        new Figure(aggregation == Aggregation.MEAN ? "acc" : "mcc", true, aggregation, rows);
    return new TaskResult(task, "", "none", 0, List.of(figure), List.of());
  }

  private static double mean(Path file) throws IOException {
    List<TaskResult> results =
        List.of(
            result(
                "first",
                Aggregation.MEAN,
                new double[] {1, 1},
                new double[] {1, 1},
                new double[] {0, 1},
                new double[] {0, 1}),
            result("second", Aggregation.MEAN, new double[] {1, 1}));
    List<TaskResult> means = EvalGroup.read(file, SETTINGS).means(results);
    assertThat(means).hasSize(1);
    assertThat(means.getFirst().task()).isEqualTo("both");
    assertThat(means.getFirst().version()).isEqualTo("2");
    return means.getFirst().figures().getFirst().value();
  }

  @Test
  void meansCountExamplesOrTasks() throws IOException {
    assertThat(mean(group("[first, second]", "[{metric: acc}]"))).isCloseTo(0.6, within(1e-12));
    assertThat(mean(group("[first, second]", "[{metric: acc, weight_by_size: false}]")))
        .isCloseTo(0.75, within(1e-12));
    assertThat(
            mean(
                group(
                    "[{group: inner, task: [first]}, second]",
                    "[{metric: acc, weight_by_size: False}]")))
        .isCloseTo(0.75, within(1e-12));
    assertThat(mean(group("[first]", "[{metric: acc, filter_list: none}]")))
        .isCloseTo(0.5, within(1e-12));
  }

  @Test
  void entriesChangeKeysAndNameGroups() throws IOException {
    group("[{task: first, num_fewshot: 3}, second]", "[]");
    Path outer = write("outer.yaml", "group: all\ntask: [group, second]\n");
    List<EvalTask> tasks = EvalGroup.read(outer, SETTINGS).tasks();
    assertThat(tasks.stream().map(EvalTask::name).toList())
        .containsExactly("first", "second", "second");
    assertThat(tasks.getFirst().numFewShot()).isEqualTo(3);
    assertThat(tasks.getLast().numFewShot()).isEqualTo(1);
  }

  @Test
  void wrongGroupsAreNamed() throws IOException {
    Path missing = group("[third]", "[]");
    assertThatThrownBy(() -> EvalGroup.read(missing, SETTINGS))
        .hasMessageContaining("group.yaml, line 2")
        .hasMessageContaining("third.yaml, got no file");
    Path cycle = group("[group]", "[]");
    assertThatThrownBy(() -> EvalGroup.read(cycle, SETTINGS)).hasMessageContaining("got a cycle");
    EvalGroup noMean = EvalGroup.read(group("[first]", "[{metric: mcc}]"), SETTINGS);
    assertThatThrownBy(
            () -> noMean.means(List.of(result("first", Aggregation.MATTHEWS, new double[6]))))
        .hasMessageContaining("must be a metric that is a mean over examples, got mcc");
  }
}
