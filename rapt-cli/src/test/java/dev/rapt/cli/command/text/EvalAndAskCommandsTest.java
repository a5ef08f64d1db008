package dev.rapt.cli.command.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.ExitStatus;
import dev.rapt.model.Labels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EvalAndAskCommandsTest {
  @TempDir private static Path folder;
  private static Path model;
  private static Path task;

  @BeforeAll
  static void write() throws IOException {
    model = TinyModels.decoder(folder.resolve("model"), 0.5);
    Files.writeString(
        folder.resolve("data.jsonl"),
        """
        {"q": "the cat sat on the", "a": "house"}
        {"q": "a dog saw the", "a": "sea"}
        {"q": "the dog by the", "a": "house"}
        """);
    task =
        Files.writeString(
            folder.resolve("task.yaml"),
            """
            task: words
            dataset_path: json
            dataset_kwargs: {data_files: {test: data.jsonl}}
            test_split: test
            output_type: multiple_choice
            doc_to_text: q
            doc_to_target: a
            doc_to_choice: [house, sea]
            metric_list: [{metric: acc}, {metric: ece}]
            """);
  }

  private static JsonNode json(CommandLineRun run) {
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    return JsonMapper.shared().readTree(run.out());
  }

  @Test
  void evaluationPrintsFiguresAndWritesFilesThatAreCompared() throws IOException {
    Path out = folder.resolve("run.json"), html = folder.resolve("run.html");
    CommandLineRun run =
        CommandLineRun.of("eval", model, "--tasks", task, "--out", out, "--html", html);
    assertThat(run.err()).isEmpty();
    assertThat(run.out().lines()).hasSize(2);
    assertThat(run.out()).contains("words acc", "3 examples", " to ");
    assertThat(Files.readString(html)).contains("<svg", "words", "</html>").doesNotContain("src=");

    JsonNode written = JsonMapper.shared().readTree(Files.readString(out)).get("tasks").get(0);
    assertThat(written.get("samples").get(1).get("line").intValue()).isEqualTo(2);
    assertThat(written.get("samples").get(1).get("log_likelihoods")).hasSize(2);
    JsonNode printed = json(CommandLineRun.of("eval", model, "--tasks", task, "--json"));
    assertThat(printed.get("tasks").get(0).get("metrics").get("acc").get("value"))
        .isEqualTo(written.get("metrics").get("acc").get("value"));

    CommandLineRun same = CommandLineRun.of("compare", out, out);
    assertThat(same.status()).isZero();
    assertThat(same.out().lines().toList()).hasSize(2).allMatch(line -> line.contains("p = 1.000"));
  }

  @Test
  void textIsMeasuredInWindowsThatSlide() throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), "the cat sat on the sea ".repeat(9));
    JsonNode run =
        json(
            CommandLineRun.of(
                "eval", model, "--text", text, "--window", 8, "--stride", 2, "--json"));
    JsonNode metrics = run.get("tasks").get(0).get("metrics");
    double bits = metrics.get("bits_per_byte").get("value").doubleValue();
    double tokens = 6 * 9, bytes = Files.size(text);
    double nats = Math.log(metrics.get("perplexity").get("value").doubleValue());
    assertThat(bits * bytes * Math.log(2)).isCloseTo(nats * tokens, within(1e-6 * nats * tokens));
  }

  @Test
  void wrongTasksAndOptionsAreNamed() throws IOException {
    Path wrong =
        Files.writeString(
            folder.resolve("wrong.yaml"), Files.readString(task) + "custom: !function a.b\n");
    CommandLineRun code = CommandLineRun.of("eval", model, "--tasks", wrong);
    assertThat(code.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(code.err())
        .startsWith("rapt: " + wrong + ", line 10: custom: must not be code in Python");
    assertThat(CommandLineRun.of("eval", model).err())
        .startsWith("rapt: --tasks: must be given, or --text, got neither");
    assertThat(CommandLineRun.of("eval", model, "--tasks", task, "--stride", 2).err())
        .startsWith("rapt: --stride: must come with --text");
    assertThat(CommandLineRun.of("eval", model, "--tasks", folder.resolve("no.yaml")).err())
        .contains("no.yaml: must be the YAML file of a task, got no file");
    CommandLineRun split =
        CommandLineRun.of(
            "eval", model, "--tasks", task, "--data", "dev=" + folder.resolve("data.jsonl"));
    assertThat(split.err()).contains("test_split: must be a split with a file, got test");
    Path noRun = Files.writeString(folder.resolve("no.json"), "{}");
    assertThat(CommandLineRun.of("compare", noRun, noRun).err())
        .contains("no.json: tasks must be a list, got none");
  }

  @Test
  void choicesAreRankedByLikelihood() throws IOException {
    Path table =
        Files.writeString(folder.resolve("t.tsv"), "question\tanswer\nthe cat\tsat\na dog\tsaw\n");
    JsonNode run =
        json(
            CommandLineRun.of(
                "ask", model, "the dog", "--examples", table, "--choices", "sat,saw", "--json"));
    JsonNode choices = run.get("choices");
    assertThat(choices).hasSize(2);
    assertThat(run.get("answer")).isEqualTo(choices.get(0).get("choice"));
    assertThat(choices.get(0).get("log_prob").doubleValue())
        .isGreaterThan(choices.get(1).get("log_prob").doubleValue());
    assertThat(
            choices.get(0).get("probability").doubleValue()
                + choices.get(1).get("probability").doubleValue())
        .isCloseTo(1, within(1e-9));
    CommandLineRun outside =
        CommandLineRun.of("ask", model, "the dog", "--examples", table, "--choices", "sat,on");
    assertThat(outside.err())
        .contains("t.tsv, line 3: must have an answer among the choices sat, on, got \"saw\"");
  }

  @Test
  void sampledAnswersAreCounted() {
    JsonNode run =
        json(
            CommandLineRun.of(
                "ask",
                model,
                "the dog",
                "--samples",
                7,
                "-n",
                2,
                "--seed",
                3,
                "--extract",
                "(\\w+)",
                "--json"));
    int votes = run.get("without_answer").intValue();
    for (JsonNode count : run.get("votes")) {
      votes += count.intValue();
    }
    assertThat(votes).isEqualTo(7);
    assertThat(run.get("texts")).hasSize(7);
  }

  @Test
  void inferenceModelsRankChoicesByEntailment() throws IOException {
    Path nli =
        TinyModels.classifier(
            folder.resolve("nli"), Labels.of("contradiction", "neutral", "entailment"));
    JsonNode choices =
        json(CommandLineRun.of("ask", nli, "the cat sat", "--choices", "sea,house", "--json"))
            .get("choices");
    double first = choices.get(0).get("log_prob").doubleValue();
    double second = choices.get(1).get("log_prob").doubleValue();
    assertThat(choices.get(0).get("probability").doubleValue())
        .isCloseTo(1 / (1 + Math.exp(second - first)), within(1e-9));
    Path other = TinyModels.classifier(folder.resolve("other"), Labels.of("a", "b"));
    assertThat(CommandLineRun.of("ask", other, "the cat", "--choices", "sea,house").err())
        .contains("must be a decoder or have a class for entailment, got the classes [a, b]");
    assertThat(CommandLineRun.of("ask", nli, "the cat").err())
        .startsWith("rapt: --choices: must be given for a model that does not generate");
  }

  @Test
  void judgeReadsEachPairInBothOrders() throws IOException {
    Path pairs =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            """
            {"prompt": "the cat", "chosen": "sat on", "rejected": "saw the sea", "people": "first"}
            {"prompt": "a dog", "chosen": "house", "rejected": "house", "people": "tie"}
            """);
    Path prompt =
        Files.writeString(folder.resolve("prompt.txt"), "{request} A {first} B {second}\n");
    Path out = folder.resolve("verdicts.jsonl");
    JsonNode run =
        json(
            CommandLineRun.of(
                "judge", model, pairs, "--prompt", prompt, "--raters", "people", "--out", out,
                "--json"));
    assertThat(run.get("first").intValue() + run.get("second").intValue() + run.get("tie").intValue())
        .isEqualTo(2);
    assertThat(run.get("raters").get("people").get("pairs").intValue()).isEqualTo(2);
    assertThat(Files.readAllLines(out)).hasSize(2).allMatch(line -> line.contains("\"swapped\""));
    CommandLineRun printed =
        CommandLineRun.of("judge", model, pairs, "--prompt", prompt, "--raters", "people");
    assertThat(printed.out()).contains("the second answer wins", "agreement with people");
    assertThat(CommandLineRun.of("judge", model, pairs).err())
        .contains("pairs.jsonl, line 1: must fit into the 24 tokens of the judge's context");
    assertThat(CommandLineRun.of("judge", model, pairs, "--raters", "me").err())
        .contains("pairs.jsonl, line 1: must have the column \"me\" of --raters");
    assertThat(CommandLineRun.of("judge", model, pairs, "--columns", "third=x").err())
        .startsWith("rapt: --columns: must name request, first or second, got third");
    Path wrong = Files.writeString(folder.resolve("wrong.txt"), "{first} {second}");
    assertThat(CommandLineRun.of("judge", model, pairs, "--prompt", wrong).err())
        .contains("wrong.txt: ", "got no {request}");
  }
}
