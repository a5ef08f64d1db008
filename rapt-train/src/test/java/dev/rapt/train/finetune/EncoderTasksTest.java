package dev.rapt.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.text.QuestionAnswerer;
import dev.rapt.text.Reranker;
import dev.rapt.text.Tagger;
import dev.rapt.text.TextClassifier;
import dev.rapt.text.TextPair;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.example.ExampleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Each task learns a small problem and writes a folder that the readers of texts run. */
class EncoderTasksTest {
  private static final int EXAMPLES = 400;

  @TempDir private static Path folder;
  private static Path base;

  @BeforeAll
  static void writeModel() throws IOException {
    base = TinyEncoder.write(folder.resolve("base"));
  }

  /** Makes an example. */
  private interface Maker {
    Object make(RandomGenerator random, int number);
  }

  private static Path lines(String name, int count, long seed, Maker maker) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lines.add(JsonMapper.shared().writeValueAsString(maker.make(random, i)));
    }
    return Files.write(folder.resolve(name), lines);
  }

  private static FineTuning tuning(String task, Maker maker) throws IOException {
    return FineTuning.of(task, base)
        .train(lines(task + ".train.jsonl", EXAMPLES, 1, maker))
        .heldOut(lines(task + ".val.jsonl", 40, 2, maker))
        .epochs(5)
        .options(TinyEncoder.options());
  }

  private static String text(List<String> words) {
    return String.join(" ", words);
  }

  private static String text(RandomGenerator random, String... words) {
    return text(TinyEncoder.sentence(random, words));
  }

  @Test
  void classifiesTexts() throws IOException {
    Path out = folder.resolve("classify");
    FineTuning.Result result =
        tuning(
                "classify",
                (random, i) -> {
                  String word = i % 4 == 0 ? "good" : "bad";
                  return Map.of("text", text(random, word), "label", word + "!");
                })
            .set("class-weights", "balanced")
            .set("label-smoothing", "0.1")
            .run(out);
    assertThat(result.metrics())
        .containsOnlyKeys("accuracy", "macro_f1", "matthews")
        .containsEntry("accuracy", 1.0);
    assertThat(String.join("\n", result.details())).contains("good!", "confusion matrix");
    JsonNode evaluation = JsonMapper.shared().readTree(out.resolve("evaluation.json"));
    assertThat(evaluation.at("/details/classes/0/label").asString()).isEqualTo("bad!");
    assertThat(evaluation.at("/details/classes/0/f1").asDouble()).isEqualTo(1);
    assertThat(evaluation.at("/details/confusion_matrix").toString()).isEqualTo("[[30,0],[0,10]]");
    assertThat(result.problem()).isNull();
    assertThat(result.cutTexts().line()).isEmpty();
    try (TextClassifier model = TextClassifier.load(out)) {
      assertThat(model.classify("w1 good w2").best().label()).isEqualTo("good!");
      assertThat(model.classify("w7 w3 bad").best().label()).isEqualTo("bad!");
    }
  }

  @Test
  void givesTextsSeveralLabels() throws IOException {
    Path out = folder.resolve("several");
    FineTuning.Result result =
        FineTuning.of("classify", base)
            .train(lines("several.jsonl", EXAMPLES, 1, EncoderTasksTest::several))
            .epochs(12)
            .set("class-weights", "balanced")
            .options(TinyEncoder.options())
            .run(out);
    assertThat(result.metrics()).containsOnlyKeys("micro_f1", "macro_f1", "exact_match");
    assertThat(result.metrics().get("exact_match")).isGreaterThan(0.9);
    try (TextClassifier model = TextClassifier.load(out)) {
      LABELS.forEach((word, labels) ->
          assertThat(
                  model.classify("w1 " + word + " w2").labels().stream()
                      .filter(label -> label.score() > 0.5)
                      .map(TextClassifier.Label::label))
              .as(word)
              .containsExactlyInAnyOrderElementsOf(labels));
    }
  }

  /** Each word has labels of its own: one, both or none. */
  private static final Map<String, List<String>> LABELS =
      Map.of(
          "good", List.of("warm"),
          "bad", List.of("cold"),
          "fine", List.of("cold", "warm"),
          "kay", List.of());

  private static Map<String, Object> several(RandomGenerator random, int number) {
    String word = List.of("good", "bad", "fine", "kay").get(random.nextInt(4));
    return Map.of("text", text(random, word), "label", LABELS.get(word));
  }

  @Test
  void classifiesPairs() throws IOException {
    Path out = folder.resolve("pair");
    FineTuning.Result result =
        tuning(
                "pair",
                (random, i) ->
                    Map.of(
                        "premise", text(random, i % 3 == 0 ? "ada" : "kay"),
                        "hypothesis", text(random, i % 2 == 0 ? "good" : "bad"),
                        "label", i % 2))
            .run(out);
    assertThat(result.metrics()).containsEntry("accuracy", 1.0);
    try (TextClassifier model = TextClassifier.load(out)) {
      TextPair pair = new TextPair("ada w1", "w2 bad");
      assertThat(model.classifyPairs(List.of(pair)).getFirst().best().label()).isEqualTo("1");
    }
  }

  @Test
  void predictsNumbers() throws IOException {
    Path out = folder.resolve("regress");
    FineTuning.Result result =
        tuning(
                "regress",
                (random, i) -> {
                  List<String> words = List.of("good", "fine", "bad").subList(i % 3, i % 3 + 1);
                  return Map.of("text", text(random, words.getFirst()), "score", 1 - i % 3);
                })
            .run(out);
    assertThat(result.metrics()).containsOnlyKeys("pearson", "spearman", "mse");
    assertThat(result.metrics().get("spearman")).isGreaterThan(0.9);
    try (TextClassifier model = TextClassifier.load(out)) {
      assertThat(model.classify("w3 bad").best().label()).isEqualTo("score");
      assertThat(model.classify("w3 bad").best().score()).isCloseTo(-1, within(0.3));
      assertThat(model.classify("good w1").best().score()).isCloseTo(1, within(0.3));
    }
  }

  @Test
  void tagsWords() throws IOException {
    SplittableRandom random = new SplittableRandom(3);
    StringBuilder sentences = new StringBuilder();
    for (int i = 0; i < EXAMPLES; i++) {
      for (String word : TinyEncoder.sentence(random, "ada", "byron", "in", "london")) {
        String tag =
            switch (word) {
              case "ada" -> "B-PER";
              case "byron" -> "I-PER";
              case "london" -> "B-LOC";
              default -> "O";
            };
        sentences.append(word).append(' ').append(tag).append('\n');
      }
      sentences.append('\n');
    }
    Path file = Files.writeString(folder.resolve("tags.conll"), sentences);
    Path out = folder.resolve("tag");
    List<String> notes = new ArrayList<>();
    FineTuning.Result result =
        FineTuning.of("tag", base)
            .train(file)
            .maxTokens(8)
            .epochs(5)
            .options(TinyEncoder.options())
            .onOpen(run -> notes.addAll(run.summary()))
            .run(out);
    assertThat(result.metrics())
        .containsOnlyKeys("precision", "recall", "f1", "accuracy")
        .containsEntry("f1", 1.0);
    assertThat(String.join("\n", result.details())).contains("type", "LOC", "PER");
    assertThat(notes.get(1)).startsWith("sentences of more than 8 tokens are read in windows");
    assertThat(notes.get(2)).contains("begin with I- in place of B-").contains("tags.conll, line ");
    try (Tagger model = Tagger.load(out)) {
      assertThat(model.tag("w1 ada byron w2 london").spans())
          .extracting(Tagger.Span::label, Tagger.Span::text)
          .containsExactly(tuple("PER", "ada byron"), tuple("LOC", "london"));
    }
  }

  @Test
  void tagsMayBeNumbersOfListedNames() throws IOException {
    List<Integer> numbers = List.of(0, 1, 2);
    Map<String, Object> example =
        Map.of("tokens", List.of("in", "ada", "byron"), "ner_tags", numbers);
    Path file =
        Files.writeString(
            folder.resolve("numbers.json"),
            JsonMapper.shared().writeValueAsString(Collections.nCopies(20, example)));
    FineTuning tuning =
        FineTuning.of("tag", base)
            .train(file)
            .heldOut(file)
            .epochs(1)
            .options(TinyEncoder.options());
    assertThatThrownBy(() -> tuning.run(folder.resolve("unnamed")))
        .isInstanceOf(ExampleException.class)
        .hasMessageContaining("fine-tune with --label-names");
    Path out = folder.resolve("numbers");
    tuning.set("label-names", "O,B-PER,I-PER").run(out);
    try (Tagger model = Tagger.load(out)) {
      assertThat(model.tag("in").spans()).hasSizeLessThan(2);
    }
    FineTuning again =
        FineTuning.of("tag", out)
            .train(file)
            .heldOut(file)
            .epochs(1)
            .options(TinyEncoder.options());
    assertThat(again.run(folder.resolve("again")).metrics()).containsKey("f1");
    FineTuning few = FineTuning.of("tag", base).train(file).set("label-names", "O,B-PER");
    assertThatThrownBy(() -> few.run(folder.resolve("few")))
        .hasMessageContaining("must have numbers from 0 to 1, as there are 2 label names");
  }

  @Test
  void cutTextsAreCounted() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("long.tsv"),
            "text\tlabel\n" + "w1 w2 w3 w4 w5 w6\ta\nw1\ta\nw1 w2\tb\nw3\tb\n".repeat(5));
    FineTuning.Result result =
        FineTuning.of("classify", base)
            .train(file)
            .heldOut(file)
            .maxTokens(6)
            .epochs(1)
            .options(TinyEncoder.options())
            .run(folder.resolve("long"));
    assertThat(result.cutTexts().line())
        .contains(
            "cut: 5 of 20 training and 5 of 20 held-out examples were longer than is read"
                + " (--max-length 6)");
    assertThat(result.cutTexts().figures())
        .containsExactly(
            Map.entry("train", 5L), Map.entry("held_out", 5L), Map.entry("max_length", 6));
  }

  @Test
  void aModelThatLearnsNothingIsReported() throws IOException {
    FineTuning.Result result =
        tuning("classify", (random, i) -> Map.of("text", text(random, "kay"), "label", i % 2))
            .epochs(1)
            .options(options -> options.lr(1e-12))
            .run(folder.resolve("nothing"));
    assertThat(result.problem())
        .isEqualTo(
            "the accuracy on held-out examples is not above 0.5000, the share of the most frequent"
                + " class");
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void answersQuestions(PrecisionMode precision) throws IOException {
    Path out = folder.resolve("answer-" + precision);
    FineTuning.Result result =
        tuning("answer", EncoderTasksTest::question)
            .options(options -> TinyEncoder.options().apply(options).precision(precision))
            .maxTokens(16)
            .epochs(12)
            .run(out);
    assertThat(result.metrics()).containsOnlyKeys("exact_match", "f1");
    assertThat(result.metrics().get("f1")).isGreaterThan(0.95);
    assertThat(result.details()).hasSize(2);
    try (QuestionAnswerer model = QuestionAnswerer.load(out)) {
      String context = "w1 by ada w2 w3 in rome w4";
      assertThat(model.answer("who", context, 1).answers().getFirst().text()).isEqualTo("ada");
      assertThat(model.answer("where", context, 1).answers().getFirst().text()).isEqualTo("rome");
    }
  }

  private static Map<String, Object> question(RandomGenerator random, int number) {
    boolean asksWho = random.nextInt(2) == 0;
    String person = random.nextInt(2) == 0 ? "ada" : "kay";
    String place = random.nextInt(2) == 0 ? "rome" : "london";
    boolean isAbsent = number % 8 == 0;
    String context =
        isAbsent
            ? text(random, asksWho ? place : person)
            : text(random, "by", person) + " " + text(random, "in", place);
    String answer = asksWho ? person : place;
    Map<String, Object> answers = new LinkedHashMap<>();
    answers.put("text", isAbsent ? List.of() : List.of(answer));
    answers.put("answer_start", isAbsent ? List.of() : List.of(context.indexOf(answer)));
    return Map.of("question", asksWho ? "who" : "where", "context", context, "answers", answers);
  }

  @Test
  void ranksPassages() throws IOException {
    Path out = folder.resolve("rank");
    FineTuning.Result result =
        tuning(
                "rank",
                (random, i) -> {
                  boolean isRelevant = random.nextInt(2) == 0;
                  return Map.of(
                      "query",
                      "who w" + i / 4 % 20,
                      "passage",
                      text(random, isRelevant ? "ada" : "rome"),
                      "score",
                      isRelevant ? 1 : 0);
                })
            .run(out);
    assertThat(result.metrics())
        .containsOnlyKeys("average_precision", "accuracy", "mrr_at_10", "ndcg_at_10")
        .containsEntry("average_precision", 1.0);
    assertThat(out.resolve("modules.json")).exists();
    try (Reranker model = Reranker.load(out)) {
      List<Reranker.Ranked> ranked = model.rank("who w3", List.of("w1 rome", "w2 ada", "rome w4"));
      assertThat(ranked.getFirst().index()).isEqualTo(1);
      assertThat(ranked.getFirst().score()).isGreaterThan(0.5f);
      assertThat(ranked.get(1).score()).isLessThan(0.5f);
    }
  }
}
