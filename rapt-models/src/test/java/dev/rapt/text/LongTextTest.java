package dev.rapt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.golden.Golden;
import dev.rapt.model.Classifier;
import dev.rapt.model.Labels;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.QuestionAnswering;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.encoder.Bert;
import dev.rapt.tensor.DType;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts that are longer than the context of a model are processed in windows. */
class LongTextTest {
  /** Scores are probabilities of tiny random models in f32. */
  private static final double TOLERANCE = 1e-4;

  @Test
  void aLongTextHasTheTokenWeightedMeanOfItsWindows() {
    Path folder = Golden.copy("e2e/bert_classify");
    try (TextClassifier model = TextClassifier.load(folder)) {
      int special = model.tokenizer().encode("").length;
      int size = 12;
      String text = "a b c d ".repeat(7) + "a";
      int[] ids = model.tokenizer().encodeWithOffsets(text, EncodeOptions.PLAIN).ids();
      TextClassifier.Classified whole =
          model.classifyInWindows(List.of(text, "short"), size, 0).getFirst();
      int room = size - special;
      assertThat(whole.numWindows()).isEqualTo((ids.length + room - 1) / room).isGreaterThan(2);
      assertThat(whole.isCut()).isFalse();
      Map<String, Double> sums = new HashMap<>();
      for (int from = 0; from < ids.length; from += room) {
        int to = Math.min(ids.length, from + room);
        String part = model.tokenizer().decode(Arrays.copyOfRange(ids, from, to));
        int tokens = model.tokenizer().encode(part).length - special;
        assertThat(tokens).isEqualTo(to - from);
        for (TextClassifier.Label label : model.classify(part).labels()) {
          sums.merge(label.label(), tokens * label.score() / ids.length, Double::sum);
        }
      }
      for (TextClassifier.Label label : whole.labels()) {
        assertThat(label.score()).isEqualTo(sums.get(label.label()), within(TOLERANCE));
      }
      assertThat(model.classifyInWindows(List.of(text), model.maxTokens(), 4))
          .isEqualTo(model.classify(List.of(text)));
    }
  }

  @Test
  void longTextsAreTaggedInWindowsThatCoverEveryToken(@TempDir Path folder) throws IOException {
    Path words = Golden.copy("e2e/bert_classify");
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      if (Files.exists(words.resolve(file))) {
        Files.copy(words.resolve(file), folder.resolve(file));
      }
    }
    Tokenizer tokenizer = Tokenizer.load(folder);
    EncoderSizes sizes = EncoderSizes.of(tokenizer.vocabSize(), 16, 1, 2, 16, 24);
    Labels labels = Labels.of("O", "B-X", "I-X");
    try (Classifier model =
        Classifier.create(new Bert.Config(sizes, false), Classifier.Unit.TOKEN, labels, 1)) {
      ModelWriter.write(folder, model, ModelWriter.TokenIds.NONE, DType.F32);
    }
    String text = "the cat sat, unbelievably, on a mat. ".repeat(9).strip();
    Encoding whole = tokenizer.encodeWithOffsets(text);
    try (Tagger tagger = Tagger.load(folder)) {
      Tagger.Tagged tagged = tagger.tag(List.of("short", text)).get(1);
      assertThat(tagged.numWindows()).isGreaterThan(3);
      assertThat(tagged.tokens()).hasSize(whole.size());
      for (int t = 0; t < whole.size(); t++) {
        assertThat(tagged.tokens().get(t).token()).isEqualTo(whole.tokens().get(t));
        assertThat(tagged.tokens().get(t).start()).isEqualTo(whole.start(t));
        assertThat(tagged.tokens().get(t).word()).isEqualTo(whole.wordIds()[t]);
      }
    }
  }

  @Test
  void answersAreLookedForInTheWholeOfLongTexts(@TempDir Path folder) throws IOException {
    Path words = Golden.copy("e2e/bert_classify");
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      if (Files.exists(words.resolve(file))) {
        Files.copy(words.resolve(file), folder.resolve(file));
      }
    }
    EncoderSizes sizes = EncoderSizes.of(Tokenizer.load(folder).vocabSize(), 16, 1, 2, 16, 24);
    try (QuestionAnswering model = QuestionAnswering.create(new Bert.Config(sizes, false), 1)) {
      ModelWriter.write(folder, model, ModelWriter.TokenIds.NONE, DType.F32);
    }
    String key = "\uD83D\uDD11 "; // one code point, two chars
    String text = key + "the cat sat, unbelievably, on a mat. ".repeat(20) + "then it slept";
    int numCodePoints = text.codePointCount(0, text.length());
    try (QuestionAnswerer answerer = QuestionAnswerer.load(folder)) {
      QuestionAnswerer.Answers found = answerer.answer("who sat", text, 1000);
      assertThat(found.numWindows()).isGreaterThan(5);
      assertThat(found.answers()).anyMatch(answer -> answer.end() == numCodePoints);
      for (QuestionAnswerer.Answer answer : found.answers()) {
        String covered = Texts.part(text, answer.start(), answer.end());
        assertThat(covered).isEqualTo(answer.text());
        String around = Texts.part(" " + text + " ", answer.start(), answer.end() + 2);
        assertThat(around).matches("(?s)(\\W|.(?=\\W)).*(\\W|(?<=\\W).)");
      }
      assertThat(found.answers().stream().map(answer -> answer.text().toLowerCase(Locale.ROOT)))
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void noAnswerCompetesWithTheAnswersIfItMay(@TempDir Path folder) throws IOException {
    Path words = Golden.copy("e2e/bert_classify");
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      if (Files.exists(words.resolve(file))) {
        Files.copy(words.resolve(file), folder.resolve(file));
      }
    }
    EncoderSizes sizes = EncoderSizes.of(Tokenizer.load(folder).vocabSize(), 16, 1, 2, 16, 24);
    try (QuestionAnswering model = QuestionAnswering.create(new Bert.Config(sizes, false), 1)) {
      ModelWriter.write(folder, model, ModelWriter.TokenIds.NONE, DType.F32);
    }
    AnswerOptions options = AnswerOptions.DEFAULT.withNumAnswers(50);
    try (QuestionAnswerer answerer = QuestionAnswerer.load(folder)) {
      QuestionAnswerer.Answers never = answerer.answer("who", "the cat sat", options);
      assertThat(never.answers()).noneMatch(answer -> answer.text().isEmpty());
      QuestionAnswerer.Answers maybe =
          answerer.answer("who", "the cat sat", options.withAbsence(true));
      assertThat(maybe.answers())
          .contains(new QuestionAnswerer.Answer("", 0, 0, maybe.noAnswer()))
          .hasSize(never.answers().size() + 1)
          .isSortedAccordingTo((a, b) -> Double.compare(b.score(), a.score()));
      assertThat(answerer.answer("who", "the cat sat", options.withMaxAnswerTokens(1)).answers())
          .allMatch(answer -> !answer.text().contains(" "));
    }
  }
}
