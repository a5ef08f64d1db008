package dev.rapt.eval.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.eval.figure.Figure;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Tasks against what lm-evaluation-harness recorded (record.py), and task files that are wrong. */
class EvalTaskTest {
  private static final Path TASKS = Path.of("src/test/resources/eval");
  private static final Path MODEL = Path.of("../../shared/pretrained/stories260k");

  /** Log-likelihoods of some 20 nats, summed in f32 in another order. */
  private static final double TOLERANCE = 1e-4;

  private static final String TASK =
      """
      task: t
      dataset_path: json
      dataset_kwargs:
        data_files: {test: data.jsonl}
      test_split: test
      output_type: multiple_choice
      doc_to_text: "{{q}}"
      doc_to_target: a
      doc_to_choice: [x, y]
      """;

  @TempDir private Path folder;

  private static EvalTask.Settings settings(PromptStyle style) {
    return new EvalTask.Settings(
        Map.of(), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), 1234, style);
  }

  /** A recorded task: its name, and perhaps how its prompts are written. */
  private static EvalTask task(String name) throws IOException {
    int space = name.indexOf(' ');
    PromptStyle style = PromptStyle.PLAIN;
    if (space >= 0) {
      ChatTemplate template =
          ChatTemplate.of(
              Files.readString(TASKS.resolve("chat.jinja")), Map.of("bos_token", "<s>"));
      boolean isMultiTurn = name.endsWith(" turns");
      style = new PromptStyle(template, isMultiTurn, isMultiTurn ? "" : "Be brief.");
    }
    return EvalTask.read(
        TASKS.resolve((space < 0 ? name : name.substring(0, space)) + ".yaml"), settings(style));
  }

  private static JsonNode recorded(String task) {
    return JsonFiles.read(TASKS.resolve("recorded.json")).get(task);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "choice",
        "generate",
        "begun",
        "choice chat",
        "choice turns",
        "generate chat",
        "generate turns",
        "begun chat",
        "begun turns"
      })
  void promptsAreThoseOfTheHarness(String name) throws IOException {
    List<TaskItem> items = task(name).items();
    JsonNode samples = recorded(name).get("samples");
    assertThat(items).hasSize(5);
    for (int i = 0; i < items.size(); i++) {
      assertThat(items.get(i).contexts().getFirst())
          .isEqualTo(samples.get(i).get("prompt").asString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "choice",
        "last",
        "rolling",
        "generate",
        "begun",
        "choice chat",
        "choice turns",
        "generate chat",
        "generate turns",
        "begun chat",
        "begun turns"
      })
  void numbersAreThoseOfTheHarness(String name) throws IOException {
    assumeTrue(Files.isDirectory(MODEL), "the model is not on this machine");
    JsonNode recorded = recorded(name);
    EvalTask task = task(name);
    try (TextModel model = TextModel.load(MODEL)) {
      List<TaskResult> results = new TaskRunner(model, 3).run(task);
      for (TaskResult result : results) {
        for (Figure figure : result.figures()) {
          double expected =
              recorded.get("figures").get(figure.metric() + "," + result.filter()).doubleValue();
          assertThat(figure.value())
              .as(result.nameOf(figure))
              .isCloseTo(expected, within(TOLERANCE * Math.max(1, expected)));
        }
        List<JsonNode> samples =
            recorded
                .get("samples")
                .valueStream()
                .filter(sample -> sample.get("filter").asString().equals(result.filter()))
                .toList();
        assertThat(result.samples()).hasSameSizeAs(samples);
        for (int i = 0; i < samples.size(); i++) {
          compare(result.samples().get(i), samples.get(i));
        }
      }
    }
  }

  private static void compare(TaskResult.Sample found, JsonNode recorded) {
    if (recorded.has("response")) {
      assertThat(found.response()).isEqualTo(recorded.get("response").asString());
    }
    for (int i = 0; i < found.logLikelihoods().size(); i++) {
      assertThat(found.logLikelihoods().get(i))
          .isCloseTo(recorded.get("log_likelihoods").get(i).doubleValue(), within(10 * TOLERANCE));
    }
  }

  private List<TaskItem> items(String yaml, String... data) throws IOException {
    Files.write(folder.resolve("data.jsonl"), List.of(data));
    Path file = Files.writeString(folder.resolve("task.yaml"), yaml);
    return EvalTask.read(file, settings(PromptStyle.PLAIN)).items();
  }

  @Test
  void answersAreIndicesOrTexts() throws IOException {
    List<TaskItem> items = items(TASK, "{\"q\": \"?\", \"a\": 1}", "{\"q\": \"?\", \"a\": \"x\"}");
    for (int i = 0; i < 2; i++) {
      TaskItem item = items.get(i);
      assertThat(item.answer().rightChoices(item.choices(), item.doc())).containsExactly(1 - i);
      assertThat(item.continuations()).containsExactly(" x", " y");
    }
  }

  @Test
  void questionsMayBeTheChoices() throws IOException {
    List<TaskItem> items =
        items(
            TASK.replace("doc_to_text: \"{{q}}\"", "doc_to_text: \"{{a}}\"")
                .replace("doc_to_target: a", "doc_to_target: q"),
            "{\"q\": \"end\", \"a\": 1}");
    assertThat(items.getFirst().contexts()).containsExactly("x", "y");
    assertThat(items.getFirst().continuations()).containsExactly(" end", " end");
    assertThat(items.getFirst().answer().indices()).containsExactly(1);
  }

  @Test
  void unknownKeysAndFunctionsAreRefusedWithTheirLine() {
    assertThatThrownBy(() -> items(TASK + "doc_to_tekst: b\n"))
        .hasMessageContaining("task.yaml, line 10: doc_to_tekst: must be one of the known keys")
        .hasMessageContaining("did you mean doc_to_text?");
    assertThatThrownBy(() -> items(TASK + "process_docs: !function utils.process\n"))
        .hasMessageContaining("task.yaml, line 10: process_docs: must not be code in Python")
        .hasMessageContaining("!function utils.process");
    assertThatThrownBy(() -> items(TASK + "metric_list:\n  - metric: rouge\n"))
        .hasMessageContaining("line 11: metric_list[0].metric: must be one of [acc,")
        .hasMessageContaining("got rouge");
    assertThatThrownBy(() -> items(TASK.replace("multiple_choice", "guess")))
        .hasMessageContaining("line 6: output_type: must be one of");
    assertThatThrownBy(() -> items(TASK + "num_fewshot: -1\n"))
        .hasMessageContaining("num_fewshot: must be a whole number of at least 0, got -1");
    assertThatThrownBy(() -> items("task: [a\n"))
        .hasMessageContaining("task.yaml, line")
        .hasMessageContaining("must be valid YAML");
    assertThatThrownBy(() -> items("")).hasMessageContaining("must hold the keys of a task");
    assertThatThrownBy(() -> items(TASK + "include: task.yaml\n")).hasMessageContaining("a cycle");
    assertThatThrownBy(() -> items(TASK.replace("json", "org/set")))
        .hasMessageContaining("must be json or csv")
        .hasMessageContaining("--data SPLIT=FILE");
  }

  @Test
  void examplesThatDoNotFitAreNamedWithFileAndLine() {
    assertThatThrownBy(() -> items(TASK, "{\"q\": \"?\", \"a\": 0}", "{\"a\": 0}"))
        .hasMessageContaining("data.jsonl, line 2: must have what doc_to_text")
        .hasMessageContaining("'q' is undefined");
    assertThatThrownBy(() -> items(TASK, "{\"q\": \"?\", \"b\": 0}"))
        .hasMessageContaining("data.jsonl, line 1: must have the field a of doc_to_target");
    assertThatThrownBy(() -> items(TASK)).hasMessageContaining("must hold examples");
    assertThatThrownBy(
            () -> {
              TaskItem item = items(TASK, "{\"q\": \"?\", \"a\": \"z\"}").getFirst();
              item.answer().rightChoices(item.choices(), item.doc());
            })
        .hasMessageContaining(
            "data.jsonl, line 1: must have an answer among the 2 choices [x, y], got [z]");
    assertThatThrownBy(
            () -> items(TASK + "num_fewshot: 3\nfewshot_split: test\n", "{\"q\": \"?\", \"a\": 0}"))
        .hasMessageContaining("num_fewshot: must have at least 4 examples for the prompts, got 1");
  }
}
