package dev.rapt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.text.embed.Similarity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Folders of sentence-transformers give the vectors that sentence-transformers gives. */
class TextEmbedderTest {
  /** Rounding of tiny models in f32. */
  private static final double TOLERANCE = 1e-5;

  private static final String TRANSFORMER =
      "{\"path\": \"\", \"type\": \"sentence_transformers.models.Transformer\"}";
  private static final String POOLING =
      "{\"path\": \"1_Pooling\", \"type\": \"sentence_transformers.models.Pooling\"}";

  @TempDir private Path folder;

  static Stream<String> cases() {
    return SentenceCases.all().get("cases").values().stream()
        .map(recorded -> recorded.get("name").stringValue());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void vectorsAreThoseOfTheReference(String name) throws IOException {
    JsonNode recorded =
        SentenceCases.all().get("cases").values().stream()
            .filter(each -> each.get("name").stringValue().equals(name))
            .findFirst()
            .orElseThrow();
    SentenceCases.write(recorded, folder);
    List<String> texts = SentenceCases.texts(recorded);
    try (TextEmbedder model = TextEmbedder.load(folder)) {
      assertThat(model.hasModules()).isEqualTo(recorded.get("files").has("modules.json"));
      for (JsonNode call : recorded.get("calls").values()) {
        List<TextEmbedder.Embedded> embedded = embed(model, texts, call.get("args"));
        for (int i = 0; i < texts.size(); i++) {
          assertClose(embedded.get(i).vector(), call.get("vectors").get(i), texts.get(i));
        }
      }
    }
  }

  private static List<TextEmbedder.Embedded> embed(
      TextEmbedder model, List<String> texts, JsonNode args) {
    if (args.has("prompt")) {
      return model.embed(texts, args.get("prompt").stringValue());
    }
    return args.has("prompt_name")
        ? model.embed(texts, model.prompts().get(args.get("prompt_name").stringValue()))
        : model.embed(texts);
  }

  private static void assertClose(float[] got, JsonNode want, String text) {
    assertThat(got).hasSize(want.size()).isNotEmpty();
    for (int d = 0; d < got.length; d++) {
      double value = want.get(d).doubleValue();
      assertThat((double) got[d])
          .as("component %d of \"%s\"", d, text)
          .isCloseTo(value, within(TOLERANCE * Math.max(1, Math.abs(value))));
    }
  }

  @Test
  void aLongTextIsCutAndSaysSo() throws IOException {
    SentenceCases.copyTransformer("bert", folder);
    write("sentence_bert_config.json", "{\"max_seq_length\": 4}");
    writeModules(TRANSFORMER, POOLING);
    write("1_Pooling/config.json", "{\"word_embedding_dimension\": 16}");
    try (TextEmbedder model = TextEmbedder.load(folder)) {
      assertThat(model.maxTokens()).isEqualTo(4);
      assertThat(model.embed("the cat").isCut()).isFalse();
      assertThat(model.embed("the cat cat").isCut()).isTrue();
      assertThat(model.embed("the cat cat").vector()).isEqualTo(model.embed("the cat").vector());
    }
  }

  @Test
  void aTextWithoutTokensHasTheZeroVector() throws IOException {
    SentenceCases.copyTransformer("llama", folder);
    try (TextEmbedder model = TextEmbedder.load(folder)) {
      assertThat(model.embed(List.of("the cat", "")).getLast().vector()).containsOnly(0f);
      assertThat(model.embed("").vector()).hasSize(16).containsOnly(0f);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          sentence_transformers.models.CNN       | CNN: must be Transformer, Pooling,
          sentence_transformers.models.Router    | Router: must be Transformer, Pooling,
          modeling_own.Pooling                   | got modeling_own.Pooling, which is other code
          sentence_transformers.models.Normalize | Normalize: must come after Pooling
          """)
  void modulesThatAreNotKnownAreRefusedByName(String type, String message) throws IOException {
    SentenceCases.copyTransformer("bert", folder);
    writeModules(TRANSFORMER, "{\"path\": \"1_Other\", \"type\": \"%s\"}".formatted(type), POOLING);
    assertThatThrownBy(() -> TextEmbedder.load(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("modules.json: ")
        .hasMessageContaining(message);
  }

  @Test
  void aModuleWhoseFilesAreMissingIsRefused() throws IOException {
    SentenceCases.copyTransformer("bert", folder);
    writeModules(TRANSFORMER, POOLING);
    assertThatThrownBy(() -> TextEmbedder.load(folder))
        .hasMessageContaining("Pooling: must have a config.json in its folder 1_Pooling, got none");
    writeModules(
        TRANSFORMER, "{\"path\": \"../x\", \"type\": \"sentence_transformers.models.Pooling\"}");
    assertThatThrownBy(() -> TextEmbedder.load(folder))
        .hasMessageContaining("path must be a folder beside modules.json, got ../x");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1_Pooling/config.json             | {"pooling_mode": "median"} | pooling_mode must be of [cls,
          config_sentence_transformers.json | {"similarity_fn_name": "x"} | similarity_fn_name must be cosine, dot
          config_sentence_transformers.json | {"default_prompt_name": "x"} | default_prompt_name must be one of [document, query], got x
          config_sentence_transformers.json | {"model_type": "CrossEncoder"} | must be SentenceTransformer, got CrossEncoder; use rapt rank
          sentence_bert_config.json         | {"transformer_task": "fill-mask"} | transformer_task must be feature-extraction
          sentence_bert_config.json         | {"modality_config": {"message": {}}} | modality_config.message must be absent
          sentence_bert_config.json         | {"processing_kwargs": {"text": {}}} | processing_kwargs must be empty
          2_Dense/config.json | {"in_features": 16, "out_features": 2, "activation_function": "own.Act"} | activation_function must be a known
          """)
  void settingsThatAreNotKnownAreRefused(String file, String json, String message)
      throws IOException {
    SentenceCases.copyTransformer("bert", folder);
    writeModules(
        TRANSFORMER,
        POOLING,
        "{\"path\": \"2_Dense\", \"type\": \"sentence_transformers.models.Dense\"}");
    write("1_Pooling/config.json", "{}");
    write(file, json);
    assertThatThrownBy(() -> TextEmbedder.load(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
  }

  @Test
  void similarityIsThatOfTheModel() {
    float[] a = {3, 4, 0};
    float[] b = {0, 4, 4};
    assertThat(Similarity.COSINE.of(a, b)).isCloseTo(16 / (5 * Math.sqrt(32)), within(1e-12));
    assertThat(Similarity.COSINE.of(a, new float[3])).isZero();
    assertThat(Similarity.DOT.of(a, b)).isEqualTo(16);
    assertThat(Similarity.EUCLIDEAN.of(a, b)).isEqualTo(-5);
    assertThat(Similarity.MANHATTAN.of(a, b)).isEqualTo(-7);
  }

  private void writeModules(String... modules) throws IOException {
    write("modules.json", "[" + String.join(", ", modules) + "]");
  }

  private void write(String name, String json) throws IOException {
    Files.createDirectories(folder.resolve(name).getParent());
    JsonFiles.write(folder.resolve(name), JsonMapper.shared().readTree(json));
  }
}
