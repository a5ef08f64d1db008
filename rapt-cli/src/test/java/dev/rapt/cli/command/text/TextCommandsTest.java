package dev.rapt.cli.command.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.Format;
import dev.rapt.model.Classifier;
import dev.rapt.model.Labels;
import dev.rapt.text.FillMask;
import dev.rapt.text.QuestionAnswerer;
import dev.rapt.text.Tagger;
import dev.rapt.text.TextClassifier;
import dev.rapt.text.TextPair;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands that read texts print what the library computes. */
class TextCommandsTest {
  private static final List<String> TEXTS =
      List.of("the cat saw a dog", "sea", "a dog sat by the sea on the house");

  @TempDir private Path folder;

  private static List<String> lines(String command, Path model, Object... more) {
    Stream<Object> words = Stream.concat(Stream.of(command, model), Stream.of(more));
    CommandLineRun run = CommandLineRun.of(words.toArray());
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    return run.out().lines().toList();
  }

  private static Object[] with(List<String> texts, Object... more) {
    return Stream.concat(Stream.of(more), texts.stream()).toArray();
  }

  private static List<JsonNode> objects(List<String> lines) {
    return lines.stream().map(line -> JsonMapper.shared().readTree(line)).toList();
  }

  @Test
  void tagPrintsSpansAndTokens() throws IOException {
    Path model = TinyModels.classifier(folder.resolve("model"), Classifier.Unit.TOKEN);
    List<Tagger.Tagged> tagged;
    try (Tagger tagger = Tagger.load(model)) {
      tagged = tagger.tag(TEXTS);
    }
    List<String> spans = new ArrayList<>();
    List<String> tokens = new ArrayList<>();
    int numSpans = 0;
    for (int i = 0; i < TEXTS.size(); i++) {
      spans.add(TEXTS.get(i));
      tokens.add(TEXTS.get(i));
      for (Tagger.Span span : tagged.get(i).spans()) {
        numSpans++;
        assertThat(span.text()).isEqualTo(TEXTS.get(i).substring(span.start(), span.end()));
        spans.add(
            Format.format(
                "%8.4f  %-16s %d-%d  %s",
                span.score(), span.label(), span.start(), span.end(), span.text()));
      }
      for (Tagger.Token token : tagged.get(i).tokens()) {
        tokens.add(Format.format("%8.4f  %-16s %s", token.score(), token.label(), token.token()));
      }
    }
    assertThat(numSpans).isPositive();
    assertThat(lines("tag", model, with(TEXTS))).isEqualTo(spans);
    assertThat(lines("tag", model, with(TEXTS, "--tokens"))).isEqualTo(tokens);
    List<JsonNode> objects = objects(lines("tag", model, with(TEXTS, "--json")));
    for (int i = 0; i < TEXTS.size(); i++) {
      assertThat(objects.get(i).get("text").stringValue()).isEqualTo(TEXTS.get(i));
      assertThat(objects.get(i).get("spans")).isEqualTo(json(tagged.get(i).spans()));
    }
    JsonNode first = objects(lines("tag", model, with(TEXTS, "--json", "--tokens"))).getFirst();
    assertThat(first.get("tokens")).isEqualTo(json(tagged.getFirst().tokens()));
  }

  @Test
  void eachLineOfAFileHasAResultBlankOnesToo() throws IOException {
    Path file = Files.writeString(folder.resolve("texts.txt"), "the <mask>\n\n  \n<mask> sea\n");
    Map<String, Path> models =
        Map.of(
            "tag", TinyModels.classifier(folder.resolve("tokens"), Classifier.Unit.TOKEN),
            "classify", TinyModels.classifier(folder.resolve("texts"), Classifier.Unit.SEQUENCE),
            "fill-mask", TinyModels.masked(folder.resolve("masked")));
    models.forEach(
        (command, model) ->
            assertThat(objects(lines(command, model, "--file", file, "--json")))
                .as(command)
                .extracting(object -> object.get("text").stringValue())
                .containsExactly("the <mask>", "", "  ", "<mask> sea"));
  }

  private static JsonNode json(Object value) {
    JsonMapper mapper = JsonMapper.shared();
    return mapper.readTree(mapper.writeValueAsString(value));
  }

  @Test
  void answerPrintsTheBestSpansWithTheirOffsets() throws IOException {
    Path model = TinyModels.answerer(folder.resolve("model"));
    String question = "a dog";
    String text = TEXTS.getLast();
    QuestionAnswerer.Answers found;
    try (QuestionAnswerer answerer = QuestionAnswerer.load(model)) {
      found = answerer.answer(question, text, 3);
    }
    assertThat(found.answers()).hasSize(3);
    List<String> expected = new ArrayList<>();
    for (QuestionAnswerer.Answer answer : found.answers()) {
      assertThat(answer.text()).isEqualTo(text.substring(answer.start(), answer.end()));
      expected.add(
          Format.format(
              "%8.4f  %d-%d  %s", answer.score(), answer.start(), answer.end(), answer.text()));
    }
    assertThat(lines("answer", model, "--top", 3, question, text)).isEqualTo(expected);
    assertThat(lines("answer", model, question, text)).containsExactly(expected.getFirst());
    Path file = Files.writeString(folder.resolve("text.txt"), text);
    assertThat(lines("answer", model, question, "-f", file)).containsExactly(expected.getFirst());
    boolean noneIsBetter = found.noAnswer() > found.answers().getFirst().score();
    String none = Format.format("%8.4f  no answer", found.noAnswer());
    assertThat(lines("answer", model, "--may-be-absent", question, text))
        .containsExactly(noneIsBetter ? none : expected.getFirst());
    assertThat(lines("answer", model, "--may-be-absent", "--top", 100, question, text))
        .contains(none);
    JsonNode object =
        objects(lines("answer", model, "--top", 3, "--json", question, text)).getFirst();
    assertThat(object.get("answers")).isEqualTo(json(found.answers()));
    assertThat(object.get("no_answer").doubleValue()).isEqualTo(found.noAnswer());
    assertThat(object.get("windows").intValue()).isEqualTo(1);
  }

  @Test
  void aLongTextIsAnsweredFromWindowsAndANoteSaysSo() throws IOException {
    Path model = TinyModels.answerer(folder.resolve("model"));
    String text = "the cat saw a dog ".repeat(TinyModels.MAX_POSITIONS).strip();
    try (QuestionAnswerer answerer = QuestionAnswerer.load(model)) {
      QuestionAnswerer.Answers found = answerer.answer("a dog", text, 1);
      CommandLineRun run = CommandLineRun.of("answer", model, "a dog", text);
      assertThat(found.numWindows()).isGreaterThan(4);
      assertThat(run.err().strip()).isEqualTo("text: read in " + found.numWindows() + " windows");
      assertThat(run.out().strip()).endsWith("  " + found.answers().getFirst().text());
    }
  }

  @Test
  void fillMaskPrintsTheMostLikelyTokens() throws IOException {
    Path model = TinyModels.masked(folder.resolve("model"));
    List<String> texts = List.of("the <mask> saw a dog", "a <mask> sat by the <mask>");
    List<FillMask.Filled> filled;
    try (FillMask fillMask = FillMask.load(model)) {
      filled = fillMask.fill(texts, 2);
    }
    List<String> expected = new ArrayList<>();
    for (FillMask.Filled result : filled) {
      int numMasks = result.blanks().size();
      if (numMasks > 1) {
        expected.add(result.text());
        assertThat(result.text()).doesNotContain("<mask>");
      }
      for (FillMask.Blank blank : result.blanks()) {
        if (numMasks > 1) {
          int number = result.blanks().indexOf(blank) + 1;
          expected.add("mask %d of 2, %d-%d".formatted(number, blank.start(), blank.end()));
          assertThat(blank.candidates().getFirst().text()).containsOnlyOnce("<mask>");
        }
        for (FillMask.Candidate candidate : blank.candidates()) {
          expected.add(
              Format.format(
                  "%8.4f  %-16s %s", candidate.score(), candidate.token(), candidate.text()));
        }
      }
    }
    assertThat(expected).hasSize(3 * 2 + 3);
    assertThat(lines("fill-mask", model, with(texts, "--top", 2))).isEqualTo(expected);
    List<JsonNode> objects = objects(lines("fill-mask", model, with(texts, "--top", 2, "--json")));
    assertThat(objects).hasSize(2);
    assertThat(objects.getLast().get("masks")).isEqualTo(json(filled.getLast().blanks()));
    assertThat(objects.getLast().get("filled").stringValue()).isEqualTo(filled.getLast().text());
    assertThat(lines("fill-mask", model, texts.getFirst())).hasSize(5);
  }

  @Test
  void classifyPrintsTheMostLikelyClasses() throws IOException {
    Path model = TinyModels.classifier(folder.resolve("model"), Classifier.Unit.SEQUENCE);
    List<String> expected = new ArrayList<>();
    try (TextClassifier classifier = TextClassifier.load(model)) {
      List<TextClassifier.Classified> classified = classifier.classify(TEXTS);
      for (int i = 0; i < TEXTS.size(); i++) {
        for (TextClassifier.Label label : classified.get(i).labels().subList(0, 2)) {
          expected.add(
              Format.format("%8.4f  %-16s %s", label.score(), label.label(), TEXTS.get(i)));
        }
      }
    }
    assertThat(lines("classify", model, with(TEXTS, "--top", 2))).isEqualTo(expected);
    Path file = Files.writeString(folder.resolve("texts.txt"), String.join("\n", TEXTS));
    assertThat(lines("classify", model, "--top", 2, "-f", file)).isEqualTo(expected);
  }

  @Test
  void classifyTakesPairsOfTexts() throws IOException {
    Path model = TinyModels.classifier(folder.resolve("model"), Classifier.Unit.SEQUENCE);
    List<TextPair> pairs =
        List.of(new TextPair("the cat sat", "a dog"), new TextPair("the sea", "a dog"));
    List<String> separate = new ArrayList<>();
    List<JsonNode> labels = new ArrayList<>();
    try (TextClassifier classifier = TextClassifier.load(model)) {
      for (TextClassifier.Classified result : classifier.classifyPairs(pairs)) {
        labels.add(json(result.labels().subList(0, 1)));
      }
      for (TextPair pair : pairs) {
        separate.add(classifier.classify(pair.first()).best().toString());
      }
    }
    assertThat(labels.getFirst().toString()).isNotEqualTo(separate.getFirst());
    List<JsonNode> withOne =
        objects(lines("classify", model, "--json", "--pair", "a dog", "the cat sat", "the sea"));
    Path file =
        Files.writeString(folder.resolve("pairs.txt"), "the cat sat\ta dog\nthe sea\ta dog\n");
    List<JsonNode> fromFile = objects(lines("classify", model, "--json", "--pairs", "-f", file));
    assertThat(withOne).isEqualTo(fromFile);
    for (int i = 0; i < pairs.size(); i++) {
      assertThat(fromFile.get(i).get("text").stringValue()).isEqualTo(pairs.get(i).first());
      assertThat(fromFile.get(i).get("pair").stringValue()).isEqualTo(pairs.get(i).second());
      assertThat(fromFile.get(i).get("labels")).isEqualTo(labels.get(i));
    }
    CommandLineRun run = CommandLineRun.of("classify", model, "--pairs", "the cat");
    assertThat(run.status()).isNotZero();
    assertThat(run.err()).contains("text 1: must be two texts separated by a tab, got 1");
  }

  @Test
  void classifyScoresWithTheChosenFunction() throws IOException {
    Path model = TinyModels.classifier(folder.resolve("model"), Classifier.Unit.SEQUENCE);
    double logit = score(model, "--function", "none");
    double sigmoid = score(model, "--function", "sigmoid");
    assertThat(sigmoid).isCloseTo(1 / (1 + Math.exp(-logit)), within(1e-6));
    assertThat(score(model)).isEqualTo(score(model, "--function", "softmax"));
  }

  @Test
  void oneClassIsScoredBySigmoidAndARegressionByItsLogit() throws IOException {
    Path model = TinyModels.classifier(folder.resolve("model"), Labels.of("GOOD"));
    double logit = score(model, "--function", "none");
    assertThat(score(model)).isCloseTo(1 / (1 + Math.exp(-logit)), within(1e-6));
    Path config = model.resolve("config.json");
    String json = Files.readString(config);
    Files.writeString(config, json.replaceFirst("\\{", "{\"problem_type\": \"regression\","));
    assertThat(score(model)).isEqualTo(logit);
  }

  private static double score(Path model, Object... more) {
    Object[] words = Stream.concat(Stream.of(more), Stream.of("--json", "the cat")).toArray();
    JsonNode object = objects(lines("classify", model, words)).getFirst();
    return object.get("labels").get(0).get("score").doubleValue();
  }

  @Test
  void offsetsCountCodePointsAsTokenizeDoes() throws IOException {
    String text = "\uD83D\uDD11\uD83D\uDD11 the cat <mask> sat";
    Path masked = TinyModels.masked(folder.resolve("masked"));
    JsonNode tokens = objects(lines("tokenize", masked, "--json", text)).getFirst();
    JsonNode mask =
        objects(lines("fill-mask", masked, "--json", text)).getFirst().get("masks").get(0);
    assertThat(tokens.get("offsets").get(3).get(0).intValue()).isEqualTo(11);
    assertThat(mask.get("start").intValue()).isEqualTo(11);
    assertThat(mask.get("end").intValue()).isEqualTo(17);
    Path tagger = TinyModels.classifier(folder.resolve("tagger"), Classifier.Unit.TOKEN);
    JsonNode tagged =
        objects(lines("tag", tagger, "--json", "--tokens", text)).getFirst().get("tokens");
    for (int t = 0; t < 5; t++) {
      assertThat(tagged.get(t).get("start")).isEqualTo(tokens.get("offsets").get(t).get(0));
      assertThat(tagged.get(t).get("end")).isEqualTo(tokens.get("offsets").get(t).get(1));
    }
    Path answerer = TinyModels.answerer(folder.resolve("answerer"));
    JsonNode answer =
        objects(lines("answer", answerer, "--json", "a dog", text))
            .getFirst()
            .get("answers")
            .get(0);
    int start = text.offsetByCodePoints(0, answer.get("start").intValue());
    int end = text.offsetByCodePoints(0, answer.get("end").intValue());
    assertThat(text.substring(start, end)).isEqualTo(answer.get("text").stringValue());
  }

  @Test
  void tagJoinsTokensAsTheAggregationSays() throws IOException {
    Path model = TinyModels.classifier(folder.resolve("model"), Classifier.Unit.TOKEN);
    List<JsonNode> objects =
        objects(lines("tag", model, with(TEXTS, "--json", "--aggregation", "average")));
    try (Tagger tagger = Tagger.load(model)) {
      List<Tagger.Tagged> tagged = tagger.tag(TEXTS, Tagger.Aggregation.AVERAGE, 0);
      for (int i = 0; i < TEXTS.size(); i++) {
        assertThat(objects.get(i).get("spans")).isEqualTo(json(tagged.get(i).spans()));
      }
    }
  }

  @Test
  void aFileAboveTwoGigabytesIsRefusedByName() throws IOException {
    Path model = TinyModels.classifier(folder.resolve("model"), Classifier.Unit.SEQUENCE);
    Path file = folder.resolve("large.txt");
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(3L << 30); // sparse
    }
    CommandLineRun run = CommandLineRun.of("classify", model, "-f", file);
    assertThat(run.status()).isNotZero();
    assertThat(run.err()).contains(file + ": must be smaller than 2 GB, got 3.00 GiB");
  }
}
