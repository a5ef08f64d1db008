package dev.rapt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.golden.Golden;
import dev.rapt.model.Classifier;
import dev.rapt.model.Labels;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.QuestionAnswering;
import dev.rapt.model.bert.BertConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.tensor.DType;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Predictions for texts, compared with those of the reference. */
class TextGoldenTest {
  /** Probabilities are probabilities of tiny random models in f32. */
  private static final double TOLERANCE = 1e-4;

  private static List<String> texts(JsonNode recorded) {
    List<String> texts = new ArrayList<>();
    recorded.get("texts").values().forEach(text -> texts.add(text.stringValue()));
    return texts;
  }

  /** A folder of the whole set of recordings; skips the test if the set is absent. */
  private static Path recordedFolder(String name) {
    Optional<Path> root = Golden.root();
    assumeTrue(root.isPresent(), "shared/golden is not next to the checkout");
    return root.orElseThrow().resolve(name);
  }

  @Test
  void classesMatch() {
    Path folder = Golden.folder("e2e/bert_classify");
    JsonNode recorded = JsonFiles.read(folder.resolve("cases.json"));
    try (TextClassifier model = TextClassifier.load(folder)) {
      List<TextClassifier.Classified> results = model.classify(texts(recorded));
      assertThat(results).isNotEmpty().hasSize(recorded.get("predictions").size());
      for (int i = 0; i < results.size(); i++) {
        JsonNode want = recorded.get("predictions").get(i);
        assertThat(results.get(i).best().label()).isEqualTo(want.get("label").stringValue());
        assertThat(results.get(i).best().score())
            .isEqualTo(want.get("score").doubleValue(), within(TOLERANCE));
      }
    }
  }

  @Test
  void aLongTextHasTheTokenWeightedMeanOfItsWindows() {
    Path folder = Golden.folder("e2e/bert_classify");
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
    Path words = Golden.folder("e2e/bert_classify");
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      if (Files.exists(words.resolve(file))) {
        Files.copy(words.resolve(file), folder.resolve(file));
      }
    }
    Tokenizer tokenizer = Tokenizer.load(folder);
    EncoderSizes sizes = EncoderSizes.of(tokenizer.vocabSize(), 16, 1, 2, 16, 24);
    Labels labels = Labels.of("O", "B-X", "I-X");
    try (Classifier model =
        Classifier.create(new BertConfig(sizes, false), Classifier.Unit.TOKEN, labels, 1)) {
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
    Path words = Golden.folder("e2e/bert_classify");
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      if (Files.exists(words.resolve(file))) {
        Files.copy(words.resolve(file), folder.resolve(file));
      }
    }
    EncoderSizes sizes = EncoderSizes.of(Tokenizer.load(folder).vocabSize(), 16, 1, 2, 16, 24);
    try (QuestionAnswering model = QuestionAnswering.create(new BertConfig(sizes, false), 1)) {
      ModelWriter.write(folder, model, ModelWriter.TokenIds.NONE, DType.F32);
    }
    String text = "the cat sat on a mat. ".repeat(20).strip();
    try (QuestionAnswerer answerer = QuestionAnswerer.load(folder)) {
      QuestionAnswerer.Answers found = answerer.answer("who sat", text, 1000);
      assertThat(found.numWindows()).isGreaterThan(5);
      assertThat(found.answers()).anyMatch(answer -> answer.end() == text.length());
    }
  }

  @Test
  void candidatesForMasksMatch() {
    Path folder = recordedFolder("e2e/bert_fill_mask");
    JsonNode recorded = JsonFiles.read(folder.resolve("cases.json"));
    try (FillMask model = FillMask.load(folder)) {
      List<FillMask.Filled> results = model.fill(texts(recorded), 5);
      assertThat(results).isNotEmpty().hasSize(recorded.get("fill_mask_top5").size());
      for (int i = 0; i < results.size(); i++) {
        List<FillMask.Candidate> got = results.get(i).blanks().getFirst().candidates();
        assertThat(got).hasSize(5);
        for (int j = 0; j < got.size(); j++) {
          JsonNode want = recorded.get("fill_mask_top5").get(i).get(j);
          assertThat(got.get(j).id()).isEqualTo(want.get("id").intValue());
          assertThat(got.get(j).token()).isEqualTo(want.get("token").stringValue());
          assertThat(got.get(j).score())
              .isEqualTo(want.get("score").doubleValue(), within(TOLERANCE));
        }
      }
    }
  }

  @Test
  void tagsMatch() {
    Path folder = recordedFolder("e2e/bert_tag");
    JsonNode recorded = JsonFiles.read(folder.resolve("cases.json"));
    try (Tagger model = Tagger.load(folder)) {
      List<Tagger.Tagged> results = model.tag(texts(recorded));
      assertThat(results).isNotEmpty().hasSize(recorded.get("predictions").size());
      for (int i = 0; i < results.size(); i++) {
        List<Tagger.Token> got = results.get(i).tokens();
        assertThat(got).isNotEmpty().hasSize(recorded.get("predictions").get(i).size());
        for (int j = 0; j < got.size(); j++) {
          JsonNode want = recorded.get("predictions").get(i).get(j);
          assertThat(got.get(j).token()).isEqualTo(want.get("token").stringValue());
          assertThat(got.get(j).label()).isEqualTo(want.get("label").stringValue());
        }
      }
    }
  }
}
