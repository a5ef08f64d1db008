package dev.rapt.cli.command.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.model.Classifier;
import dev.rapt.model.Labels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the commands print for texts, taken as their labels, must get the best figures. */
class EvalExamplesTest {
  private static final List<String> TEXTS =
      List.of("the cat sat on the sea", "a dog saw the house", "the sea", "dog by a house");

  @TempDir private Path folder;

  private static CommandLineRun succeed(Object... args) {
    CommandLineRun run = CommandLineRun.of(args);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    return run;
  }

  private static JsonNode metrics(Object... args) {
    List<Object> all = new ArrayList<>(List.of(args));
    all.add("--json");
    return JsonMapper.shared()
        .readTree(succeed(all.toArray()).out())
        .get("tasks")
        .get(0)
        .get("metrics");
  }

  private static double value(JsonNode metrics, String name) {
    return metrics.get(name).get("value").doubleValue();
  }

  private Path file(String name, List<String> lines) throws IOException {
    return Files.write(folder.resolve(name), lines);
  }

  private static List<JsonNode> lines(CommandLineRun run) {
    return run.out().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
  }

  @Test
  void classesAreCountedAndBoundedByTheBootstrap() throws IOException {
    Path model = TinyModels.classifier(folder.resolve("m"), Labels.of("good", "bad", "mixed"));
    Path texts = file("texts.txt", TEXTS);
    List<String> rows = new ArrayList<>(List.of("review\tstars"));
    List<JsonNode> found = lines(succeed("classify", model, "--file", texts, "--json"));
    for (int i = 0; i < TEXTS.size(); i++) {
      String label = found.get(i).get("labels").get(0).get("label").asString();
      rows.add(TEXTS.get(i) + "\t" + (i > 0 ? label : label.equals("good") ? "bad" : "good"));
    }
    Path table = file("test.tsv", rows);
    JsonNode metrics =
        metrics("eval", model, "--test", table, "--columns", "text=review,label=stars");
    assertThat(value(metrics, "accuracy")).isEqualTo(0.75);
    assertThat(metrics.get("accuracy").get("low").doubleValue()).isLessThan(0.75);
    assertThat(value(metrics, "ece")).isBetween(0.0, 1.0);
    Path out = folder.resolve("out.json");
    CommandLineRun printed =
        succeed(
            "eval", model, "--test", table, "--columns", "text=review,label=stars", "--out", out);
    assertThat(printed.out()).contains("test.tsv accuracy", "macro_f1", "mcc", "4 examples");
    assertThat(succeed("compare", out, out).out()).contains("test.tsv mcc");
    Path wrong = file("wrong.tsv", List.of("text\tlabel", "the cat\tgood", "a dog\tfine"));
    assertThat(CommandLineRun.of("eval", model, "--test", wrong).err())
        .contains("wrong.tsv, line 3: must have a label that the model knows, good, bad, mixed")
        .contains("got \"fine\"");
  }

  @Test
  void severalLabelsAreComparedAsSets() throws IOException {
    Path model =
        TinyModels.classifier(
            folder.resolve("m"), new Labels(List.of("x", "y", "z"), Labels.Problem.MULTI_LABEL));
    List<String> rows = new ArrayList<>();
    for (String text : TEXTS) {
      JsonNode labels = lines(succeed("classify", model, text, "--json")).getFirst().get("labels");
      List<String> names =
          labels
              .valueStream()
              .filter(label -> label.get("score").doubleValue() > 0.5)
              .map(label -> "\"" + label.get("label").asString() + "\"")
              .toList();
      rows.add("{\"text\": \"%s\", \"labels\": %s}".formatted(text, names));
    }
    JsonNode metrics = metrics("eval", model, "--test", file("test.jsonl", rows));
    assertThat(value(metrics, "exact_match")).isEqualTo(1);
    assertThat(value(metrics, "f1")).isEqualTo(1);
  }

  @Test
  void numbersCorrelate() throws IOException {
    Path model = TinyModels.reranker(folder.resolve("m"));
    List<String> rows = new ArrayList<>(List.of("text\tscore"));
    for (String text : TEXTS) {
      JsonNode found =
          lines(succeed("classify", model, text, "--function", "none", "--json")).getFirst();
      double score = found.get("labels").get(0).get("score").doubleValue();
      rows.add(text + "\t" + (2 * score + 1));
    }
    JsonNode metrics = metrics("eval", model, "--test", file("test.tsv", rows));
    assertThat(value(metrics, "pearson")).isCloseTo(1, within(1e-6));
    assertThat(value(metrics, "spearman")).isCloseTo(1, within(1e-9));
    assertThat(value(metrics, "mse")).isPositive();
  }

  @Test
  void tagsAreThoseOfTheFirstTokens() throws IOException {
    Path model = TinyModels.classifier(folder.resolve("m"), Classifier.Unit.TOKEN);
    List<String> rows = new ArrayList<>();
    for (String text : TEXTS) {
      JsonNode tokens =
          lines(succeed("tag", model, text, "--tokens", "--json")).getFirst().get("tokens");
      for (JsonNode token : tokens) {
        if (token.get("word").intValue() >= 0) {
          rows.add(token.get("token").asString() + " " + token.get("label").asString());
        }
      }
      rows.add("");
    }
    JsonNode metrics = metrics("eval", model, "--test", file("test.conll", rows));
    assertThat(value(metrics, "accuracy")).isEqualTo(1);
    assertThat(value(metrics, "f1")).isEqualTo(1);
    rows.set(0, rows.getFirst().endsWith(" O") ? "the B-X" : "the O");
    assertThat(value(metrics("eval", model, "--test", file("test.conll", rows)), "accuracy"))
        .isCloseTo(1 - 1.0 / (rows.size() - TEXTS.size()), within(1e-9));
  }

  @Test
  void answersAreComparedAsSquadDoes() throws IOException {
    Path model = TinyModels.answerer(folder.resolve("m"));
    String context = "the cat sat on the sea";
    JsonNode answer =
        lines(succeed("answer", model, "a dog saw", context, "--json"))
            .getFirst()
            .get("answers")
            .get(0);
    String row =
        """
        {"question": "a dog saw", "context": "%s", "answers": {"text": ["%s"], "answer_start": [%d]}}
        """
            .formatted(context, answer.get("text").asString(), answer.get("start").intValue());
    JsonNode metrics = metrics("eval", model, "--test", file("t.jsonl", List.of(row.strip())));
    assertThat(value(metrics, "exact_match")).isEqualTo(1);
    assertThat(value(metrics, "f1")).isEqualTo(1);
  }

  @Test
  void passagesAreRankedForEachQuery() throws IOException {
    Path model = TinyModels.reranker(folder.resolve("m"));
    int best =
        lines(succeed("rank", model, "the cat", TEXTS.get(0), TEXTS.get(1), TEXTS.get(2), "--json"))
            .getFirst()
            .get("index")
            .intValue();
    List<String> rows = new ArrayList<>(List.of("query\tpassage\tlabel"));
    for (int i = 0; i < 3; i++) {
      rows.add("the cat\t" + TEXTS.get(i) + "\t" + (i == best ? 1 : 0));
      rows.add("nothing fits\t" + TEXTS.get(i) + "\t0");
    }
    Path test = file("test.tsv", rows);
    JsonNode metrics = metrics("eval", model, "--test", test, "--task", "rank");
    assertThat(value(metrics, "ndcg_at_10")).isEqualTo(1);
    assertThat(value(metrics, "mrr_at_10")).isEqualTo(1);
    assertThat(value(metrics, "map")).isEqualTo(1);
    assertThat(succeed("eval", model, "--test", test, "--task", "rank").out())
        .contains("1 examples");
  }

  @Test
  void vectorsFindTheirPairs() throws IOException {
    Path model = TinyModels.embedder(folder.resolve("m"), "{}");
    List<String> pairs = new ArrayList<>(List.of("anchor\tpositive"));
    List<String> scored = new ArrayList<>(List.of("sentence1\tsentence2\tscore"));
    for (int i = 0; i < TEXTS.size(); i++) {
      pairs.add(TEXTS.get(i) + "\t" + TEXTS.get(i));
      scored.add(TEXTS.get(0) + "\t" + TEXTS.get(i) + "\t" + (i == 0 ? 5 : 1));
    }
    JsonNode metrics = metrics("eval", model, "--test", file("pairs.tsv", pairs));
    assertThat(value(metrics, "accuracy_at_1")).isEqualTo(1);
    assertThat(value(metrics, "mrr_at_10")).isEqualTo(1);
    metrics = metrics("eval", model, "--test", file("scored.tsv", scored));
    assertThat(value(metrics, "pearson")).isPositive();
  }

  @Test
  void translationsAreComparedWithReferences() throws IOException {
    Path model = TinyModels.encoderDecoder(folder.resolve("m"), "bart");
    Path sources = file("test.de", TEXTS);
    List<String> translated =
        CommandLineRun.of("translate", model, "--file", sources).out().lines().toList();
    Path references = file("test.en", translated);
    JsonNode metrics = metrics("eval", model, "--test", sources + "," + references);
    assertThat(value(metrics, "chrf")).isCloseTo(100, within(1e-9));
    List<String> rows = new ArrayList<>(List.of("document\tsummary"));
    for (String text : TEXTS) {
      rows.add(text + "\t" + CommandLineRun.of("summarize", model, text).out().strip());
    }
    Path table = file("test.tsv", rows);
    metrics = metrics("eval", model, "--test", table, "--task", "summarize");
    assertThat(value(metrics, "rouge1")).isEqualTo(1);
    assertThat(value(metrics, "rougeL")).isEqualTo(1);
  }

  @Test
  void wrongTasksFilesAndColumnsAreNamed() throws IOException {
    Path model = TinyModels.classifier(folder.resolve("m"), Labels.of("x", "y"));
    Path decoder = TinyModels.decoder(folder.resolve("d"), 0.1);
    Path table = file("t.tsv", List.of("text\tlabel", "the cat\tx"));
    assertThat(CommandLineRun.of("eval", model, "--test", table, "--task", "sing").err())
        .startsWith("rapt: --task: must be one of classify, regress, reward, tag");
    assertThat(CommandLineRun.of("eval", model, "--test", table, "--columns", "tags=x").err())
        .startsWith("rapt: --columns: must name one of first, label, second, text");
    assertThat(CommandLineRun.of("eval", model, "--test", folder.resolve("no.tsv")).err())
        .contains("no.tsv: must be a file of examples, got no file");
    assertThat(CommandLineRun.of("eval", model, "--columns", "text=x", "--text", table).err())
        .startsWith("rapt: --columns: must come with --test");
    assertThat(CommandLineRun.of("eval", model, "--test", table, "--text", table).err())
        .startsWith("rapt: --test: must come without --tasks and --text");
    assertThat(CommandLineRun.of("eval", decoder, "--test", table).err())
        .contains("got a language model; take --tasks or --text for a decoder");
  }
}
