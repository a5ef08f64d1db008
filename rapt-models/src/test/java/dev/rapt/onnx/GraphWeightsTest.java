package dev.rapt.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.StoredType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights have the names, shapes and values of the checkpoint that was exported. */
class GraphWeightsTest {
  private static final String QUERY = "encoder.layer.1.attention.self.query.weight";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"bert_dynamo.onnx", "bert_external.onnx", "bert_fused.onnx"})
  void everyFormOfAnExportHasTheSameWeights(String name) {
    try (Arena arena = Arena.ofShared()) {
      GraphWeights plain = OnnxCases.weights(OnnxCases.file("bert.onnx"), arena);
      GraphWeights other = OnnxCases.weights(OnnxCases.file(name), arena);
      assertThat(other.names()).containsExactlyInAnyOrderElementsOf(plain.names()).hasSize(37);
      for (String weight : plain.names()) {
        assertThat(other.shape(weight)).isEqualTo(plain.shape(weight));
        assertThat(other.entry(weight).data().mismatch(plain.entry(weight).data())).isEqualTo(-1);
      }
    }
  }

  @Test
  void weightsThatAreStoredAsInTheCheckpointStayMapped() {
    try (Arena arena = Arena.ofShared()) {
      OnnxFile file = OnnxFile.map(OnnxCases.file("bert.onnx"), arena);
      GraphWeights weights = new GraphWeights(file, arena);
      String words = "embeddings.word_embeddings.weight";
      assertThat(weights.entry(words).data().address())
          .isEqualTo(file.constants().get(words).data().address());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert_int8.onnx", "bert_uint8.onnx"})
  void integersStandForTheirDifferenceToZeroTimesTheScaleOfTheirOutput(String name) {
    try (Arena arena = Arena.ofShared()) {
      OnnxFile file = OnnxFile.map(OnnxCases.file(name), arena);
      GraphWeights weights = new GraphWeights(file, arena);
      String stored = weights.constant(QUERY);
      String base = stored.substring(0, stored.length() - "_quantized".length());
      OnnxTensor q = file.constants().get(stored);
      OnnxTensor scale = file.constants().get(base + "_scale");
      OnnxTensor zero = file.constants().get(base + "_zero_point");
      boolean isPerOutput = name.equals("bert_int8.onnx");
      assertThat(scale.shape().numElements()).isEqualTo(isPerOutput ? 8 : 1);
      assertThat(weights.type(QUERY)).isEqualTo(StoredType.F32);
      for (int n = 0; n < 8; n++) {
        for (int k = 0; k < 8; k++) {
          int at = isPerOutput ? n : 0;
          float want =
              (float) (q.element(8L * k + n) - zero.element(at)) * (float) scale.element(at);
          assertThat(weights.entry(QUERY).data().getAtIndex(ValueLayout.JAVA_FLOAT, 8L * n + k))
              .isEqualTo(want);
        }
      }
    }
  }

  @Test
  void halfPrecisionStays() {
    try (Arena arena = Arena.ofShared()) {
      GraphWeights weights = OnnxCases.weights(OnnxCases.file("bert_f16.onnx"), arena);
      assertThat(weights.names()).isNotEmpty();
      assertThat(weights.names()).allMatch(name -> weights.type(name) == StoredType.F16);
    }
  }

  @Test
  void aMissingScaleIsNamed() throws IOException {
    Path file = OnnxCases.copy("bert_int8.onnx", folder);
    String content = Files.readString(file, StandardCharsets.ISO_8859_1);
    Matcher scale = Pattern.compile("onnx::MatMul_\\d+_scale").matcher(content);
    assertThat(scale.find()).isTrue();
    String name = scale.group();
    Files.writeString(
        file, content.replace(name, name.replace("scale", "other")), StandardCharsets.ISO_8859_1);
    try (Arena arena = Arena.ofConfined()) {
      assertThatExceptionOfType(CheckpointException.class)
          .isThrownBy(() -> OnnxCases.weights(file, arena))
          .withMessageContaining("_quantized must have a scale, " + name + ", but that is missing");
    }
  }

  @Test
  void aConstantThatNothingNamesIsRefused() throws IOException {
    Path file = OnnxCases.copy("bert_fused.onnx", folder);
    String content = Files.readString(file, StandardCharsets.ISO_8859_1);
    Files.writeString(
        file,
        content.replace("layer.0/attention/self/Reshape_3", "layer.0_attention_self_Reshape_3"),
        StandardCharsets.ISO_8859_1);
    try (Arena arena = Arena.ofConfined()) {
      assertThatExceptionOfType(CheckpointException.class)
          .isThrownBy(() -> OnnxCases.weights(file, arena))
          .withMessageContaining("Attention_0_qkv_weight must hold queries, keys and values")
          .withMessageContaining("use an export without graph optimisation");
    }
  }
}
