package dev.rapt.verify.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.text.FillMask;
import dev.rapt.text.Tagger;
import dev.rapt.text.TextClassifier;
import dev.rapt.verify.CaseFolders;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Texts through tokenizer and model, compared with the predictions of the reference. */
class TextGoldenTest {
  /** Scores are probabilities of tiny random models in f32. */
  private static final double TOLERANCE = 1e-4;

  private static List<String> texts(JsonNode recorded) {
    List<String> texts = new ArrayList<>();
    recorded.get("texts").values().forEach(text -> texts.add(text.stringValue()));
    assertThat(texts).isNotEmpty();
    return texts;
  }

  @Test
  void classesMatch() {
    Path folder = CaseFolders.copy("e2e/bert_classify");
    JsonNode recorded = CaseFolders.cases(folder);
    JsonNode predictions = recorded.get("predictions");
    try (TextClassifier model = TextClassifier.load(folder)) {
      List<TextClassifier.Classified> results = model.classify(texts(recorded));
      assertThat(results).hasSize(predictions.size());
      for (int i = 0; i < predictions.size(); i++) {
        TextClassifier.Label best = results.get(i).best();
        assertThat(best.label()).isEqualTo(predictions.get(i).get("label").stringValue());
        assertThat(best.score())
            .isEqualTo(predictions.get(i).get("score").doubleValue(), within(TOLERANCE));
      }
    }
  }

  @Test
  void candidatesForMasksMatch() {
    Path folder = CaseFolders.copy("e2e/bert_fill_mask");
    JsonNode recorded = CaseFolders.cases(folder);
    JsonNode filled = recorded.get("fill_mask_top5");
    try (FillMask model = FillMask.load(folder)) {
      List<FillMask.Filled> results = model.fill(texts(recorded), 5);
      assertThat(results).hasSize(filled.size());
      for (int i = 0; i < filled.size(); i++) {
        List<FillMask.Candidate> got = results.get(i).blanks().getFirst().candidates();
        assertThat(got).hasSize(filled.get(i).size()).hasSize(5);
        for (int j = 0; j < got.size(); j++) {
          JsonNode want = filled.get(i).get(j);
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
    Path folder = CaseFolders.copy("e2e/bert_tag");
    JsonNode recorded = CaseFolders.cases(folder);
    JsonNode predictions = recorded.get("predictions");
    try (Tagger model = Tagger.load(folder)) {
      List<Tagger.Tagged> results = model.tag(texts(recorded));
      assertThat(results).hasSize(predictions.size());
      for (int i = 0; i < predictions.size(); i++) {
        List<Tagger.Token> got = results.get(i).tokens();
        assertThat(got).hasSize(predictions.get(i).size()).isNotEmpty();
        for (int j = 0; j < got.size(); j++) {
          JsonNode want = predictions.get(i).get(j);
          assertThat(got.get(j).token()).isEqualTo(want.get("token").stringValue());
          assertThat(got.get(j).label()).isEqualTo(want.get("label").stringValue());
        }
      }
    }
  }
}
