package dev.rapt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.golden.Golden;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Texts through tokenizer and model, against what the reference predicts. */
class TextGoldenTest {
  /** Scores are probabilities of tiny random models in f32. */
  private static final double TOLERANCE = 1e-4;

  private static List<String> texts(JsonNode recorded) {
    List<String> texts = new ArrayList<>();
    recorded.get("texts").values().forEach(text -> texts.add(text.stringValue()));
    return texts;
  }

  @Test
  void classesMatch() {
    Path folder = Golden.folder("e2e/bert_classify");
    JsonNode recorded = JsonFiles.read(folder.resolve("cases.json"));
    try (TextClassifier model = TextClassifier.load(folder)) {
      List<TextClassifier.Classified> results = model.classify(texts(recorded));
      for (int i = 0; i < results.size(); i++) {
        JsonNode want = recorded.get("predictions").get(i);
        assertThat(results.get(i).best().label()).isEqualTo(want.get("label").stringValue());
        assertThat(results.get(i).best().score())
            .isEqualTo(want.get("score").doubleValue(), within(TOLERANCE));
      }
    }
  }

  @Test
  void candidatesForMasksMatch() {
    Golden.root()
        .map(root -> root.resolve("e2e/bert_fill_mask"))
        .ifPresent(TextGoldenTest::checkCandidates);
  }

  private static void checkCandidates(Path folder) {
    JsonNode recorded = JsonFiles.read(folder.resolve("cases.json"));
    try (FillMask model = FillMask.load(folder)) {
      List<FillMask.Filled> results = model.fill(texts(recorded), 5);
      for (int i = 0; i < results.size(); i++) {
        List<FillMask.Candidate> got = results.get(i).blanks().getFirst().candidates();
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
    Golden.root().map(root -> root.resolve("e2e/bert_tag")).ifPresent(TextGoldenTest::checkTags);
  }

  private static void checkTags(Path folder) {
    JsonNode recorded = JsonFiles.read(folder.resolve("cases.json"));
    try (Tagger model = Tagger.load(folder)) {
      List<Tagger.Tagged> results = model.tag(texts(recorded));
      for (int i = 0; i < results.size(); i++) {
        List<Tagger.Token> got = results.get(i).tokens();
        for (int j = 0; j < got.size(); j++) {
          JsonNode want = recorded.get("predictions").get(i).get(j);
          assertThat(got.get(j).token()).isEqualTo(want.get("token").stringValue());
          assertThat(got.get(j).label()).isEqualTo(want.get("label").stringValue());
        }
      }
    }
  }
}
