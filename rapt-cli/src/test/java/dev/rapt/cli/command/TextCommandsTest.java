package dev.rapt.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.Format;
import dev.rapt.model.Classifier;
import dev.rapt.text.FillMask;
import dev.rapt.text.QuestionAnswerer;
import dev.rapt.text.Tagger;
import dev.rapt.text.TextClassifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    assertThat(lines("answer", model, "--may-be-absent", question, text))
        .containsExactly(noneIsBetter ? "no answer" : expected.getFirst());
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
      for (FillMask.Blank blank : result.blanks()) {
        for (FillMask.Candidate candidate : blank.candidates()) {
          expected.add(
              Format.format(
                  "%8.4f  %-16s %s", candidate.score(), candidate.token(), candidate.text()));
        }
      }
    }
    assertThat(expected).hasSize(3 * 2);
    assertThat(lines("fill-mask", model, with(texts, "--top", 2))).isEqualTo(expected);
    List<JsonNode> objects = objects(lines("fill-mask", model, with(texts, "--top", 2, "--json")));
    assertThat(objects).hasSize(2);
    assertThat(objects.getLast().get("masks")).isEqualTo(json(filled.getLast().blanks()));
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
    Path file = Files.writeString(folder.resolve("texts.txt"), String.join("\n\n", TEXTS));
    assertThat(lines("classify", model, "--top", 2, "-f", file)).isEqualTo(expected);
  }
}
