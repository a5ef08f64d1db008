package dev.rapt.model.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.model.Classifier;
import dev.rapt.model.Encoder;
import dev.rapt.model.convert.ModelConversion;
import dev.rapt.onnx.OnnxCases;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.Reranker;
import dev.rapt.text.TextEmbedder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Results are those of ONNX Runtime for the same file. */
class OnnxModelTest {
  /** Rounding of tiny models in f32. */
  private static final double TOLERANCE = 1e-5;

  /** ONNX Runtime rounds each result to f16. */
  private static final double HALF_TOLERANCE = 2e-2;

  /** Least cosine with results of int8 activations. */
  private static final double LEAST_COSINE = 0.98;

  @TempDir private Path folder;

  private static float[] run(Path file, String name, int[] ids) {
    try (Scope scope = Scope.open()) {
      Tensor input = scope.ints(ids, 1, ids.length);
      int[] lengths = {ids.length};
      if (name.contains("classifier") || name.contains("tagger") || name.contains("reranker")) {
        Classifier.Unit unit =
            name.contains("tagger") ? Classifier.Unit.TOKEN : Classifier.Unit.SEQUENCE;
        try (Classifier model = Classifier.load(file, unit)) {
          return model.logits(input, model.pass(input, lengths).build()).toFloats();
        }
      }
      try (Encoder model = Encoder.load(file)) {
        return model.hidden(input, model.pass(input, lengths).build()).toFloats();
      }
    }
  }

  private static int[] ids(JsonNode recorded) {
    return recorded.get("ids").valueStream().mapToInt(JsonNode::intValue).toArray();
  }

  static List<String> names() {
    return OnnxCases.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void resultsAreThoseOfTheGraphWithoutConfiguration(String name) throws IOException {
    JsonNode recorded = JsonFiles.read(OnnxCases.file("cases.json")).get(name);
    float[] got = run(OnnxCases.copy(name, folder), name, ids(recorded));
    JsonNode want = recorded.get("values");
    assertThat(got).hasSize(want.size());
    double dot = 0, ofGot = 0, ofRuntime = 0;
    for (int i = 0; i < got.length; i++) {
      assertThat((double) got[i])
          .as("value %d", i)
          .isCloseTo(
              want.get(i).doubleValue(), within(name.contains("f16") ? HALF_TOLERANCE : TOLERANCE));
      if (recorded.has("runtime")) {
        double runtime = recorded.get("runtime").get(i).doubleValue();
        dot += got[i] * runtime;
        ofGot += got[i] * got[i];
        ofRuntime += runtime * runtime;
      }
    }
    if (recorded.has("runtime")) {
      assertThat(dot / Math.sqrt(ofGot * ofRuntime)).isGreaterThan(LEAST_COSINE);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "bert.onnx, bert, BertModel",
    "bert_fused.onnx, bert, BertModel",
    "reranker_int8.onnx, bert, BertForSequenceClassification",
    "roberta_classifier.onnx, roberta, RobertaForSequenceClassification",
    "mpnet.onnx, mpnet, MPNetModel",
    "distilbert_tagger.onnx, distilbert, DistilBertForTokenClassification"
  })
  void theGraphShowsFamilyAndHead(String name, String type, String className) throws IOException {
    ConfigReader config = StoredModel.of(OnnxCases.copy(name, folder)).config();
    assertThat(config.requireString("model_type")).isEqualTo(type);
    assertThat(config.strings("architectures")).containsExactly(className);
    assertThat(config.requireInt("vocab_size")).isEqualTo(62);
    assertThat(config.requireInt("max_position_embeddings")).isEqualTo(24);
    boolean isDistilled = type.equals("distilbert");
    assertThat(config.requireInt(isDistilled ? "dim" : "hidden_size")).isEqualTo(8);
    assertThat(config.requireInt(isDistilled ? "n_heads" : "num_attention_heads")).isEqualTo(2);
    assertThat(config.requireInt(isDistilled ? "hidden_dim" : "intermediate_size")).isEqualTo(12);
    assertThat(config.requireString(isDistilled ? "activation" : "hidden_act")).isEqualTo("gelu");
    assertThat(config.requireDouble("layer_norm_eps")).isBetween(9e-13, 1.1e-5);
  }

  @Test
  void aFolderWithTheFileInItsSubfolderIsTheModel() throws IOException {
    Path subfolder = Files.createDirectory(folder.resolve("onnx"));
    Path quantized = OnnxCases.copy("bert_int8.onnx", subfolder);
    assertThat(StoredModel.of(folder).path()).isEqualTo(quantized);
    Path plain = OnnxCases.copy("bert.onnx", subfolder);
    assertThatExceptionOfType(CheckpointException.class)
        .isThrownBy(() -> StoredModel.of(folder))
        .withMessageContaining("must hold model.onnx or one ONNX file")
        .withMessageContaining("bert_int8.onnx");
    Path usual = Files.move(plain, subfolder.resolve("model.onnx"));
    assertThat(StoredModel.of(folder).path()).isEqualTo(usual);
    Files.writeString(
        folder.resolve("config.json"),
        StoredModel.of(folder)
            .config()
            .json()
            .toString()
            .replace("\"hidden_act\":\"gelu\"", "\"hidden_act\":\"relu\""));
    assertThat(StoredModel.of(folder).config().requireString("hidden_act")).isEqualTo("relu");
    assertThat(StoredModel.of(quantized).config().requireString("hidden_act")).isEqualTo("relu");
  }

  @Test
  void theTokenizerOfTheSameNameBelongsToTheFile() throws IOException {
    Path file = OnnxCases.copy("reranker_int8.onnx", folder);
    try (Reranker reranker = Reranker.load(file)) {
      assertThat(reranker.rank("the cat", List.of("the sea.", "a house"))).hasSize(2);
    }
    try (TextEmbedder embedder = TextEmbedder.load(file)) {
      assertThat(embedder.embed("the cat").vector()).hasSize(8);
      assertThat(embedder.maxTokens()).isEqualTo(24);
    }
    Files.delete(folder.resolve("reranker_int8-tokenizer.json"));
    assertThat(StoredModel.of(file).hasTokenizer()).isFalse();
  }

  @Test
  void modulesBesideTheFilePoolItsStates() throws IOException {
    Path file = OnnxCases.copy("reranker_int8.onnx", folder);
    float[] mean;
    try (TextEmbedder embedder = TextEmbedder.load(file)) {
      assertThat(embedder.hasModules()).isFalse();
      mean = embedder.embed("the cat").vector();
    }
    Files.writeString(
        folder.resolve("modules.json"),
        """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
         {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
        """);
    Files.createDirectory(folder.resolve("1_Pooling"));
    Files.writeString(
        folder.resolve("1_Pooling/config.json"), "{\"pooling_mode_cls_token\": true}");
    try (TextEmbedder embedder = TextEmbedder.load(file)) {
      assertThat(embedder.hasModules()).isTrue();
      assertThat(embedder.embed("the cat").vector()).hasSize(8).isNotEqualTo(mean);
    }
  }

  @Test
  void aConvertedFileGivesTheSameResults() throws IOException {
    String name = "reranker_int8.onnx";
    int[] ids = ids(JsonFiles.read(OnnxCases.file("cases.json")).get(name));
    Path file = OnnxCases.copy(name, folder);
    Path out = folder.resolve("out");
    ModelConversion.Result result =
        ModelConversion.run(
            file, out, new ModelConversion.Options(null, Long.MAX_VALUE), (_, _) -> {});
    assertThat(result.bytesWritten()).isGreaterThan(result.bytesRead());
    assertThat(run(out, name, ids)).containsExactly(run(file, name, ids));
    assertThat(StoredModel.of(out).tokenizer().encode("the cat"))
        .isEqualTo(StoredModel.of(file).tokenizer().encode("the cat"));
  }

  @Test
  void aWeightThatTheModelHasNotIsRefused() throws IOException {
    Path file = OnnxCases.copy("bert.onnx", folder);
    String content = Files.readString(file, StandardCharsets.ISO_8859_1);
    Files.writeString(
        file,
        content.replace(
            "encoder.layer.1.output.LayerNorm.bias", "encoder.layer.1.output.LayerNorm.gain"),
        StandardCharsets.ISO_8859_1);
    assertThatExceptionOfType(CheckpointException.class)
        .isThrownBy(() -> Encoder.load(file))
        .withMessageContaining("encoder.layer.1.output.LayerNorm.bias must be (8), but is missing")
        .withMessageContaining(
            "encoder.layer.1.output.LayerNorm.gain must be a weight of the model");
  }

  @Test
  void aGraphOfAnotherFamilyNeedsItsConfiguration() throws IOException {
    Path file = OnnxCases.copy("bert.onnx", folder);
    String content = Files.readString(file, StandardCharsets.ISO_8859_1);
    Files.writeString(
        file, content.replace("word_embeddings", "byte_embeddings"), StandardCharsets.ISO_8859_1);
    assertThatExceptionOfType(CheckpointException.class)
        .isThrownBy(() -> Encoder.load(file))
        .withMessageContaining("must be the graph of a BERT, RoBERTa, DistilBERT or MPNet")
        .withMessageContaining("put the config.json of the model beside it");
  }
}
