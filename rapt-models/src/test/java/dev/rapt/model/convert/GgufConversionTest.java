package dev.rapt.model.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.golden.Golden;
import dev.rapt.model.CausalLm;
import dev.rapt.model.load.StoredModel;
import dev.rapt.nn.Pass;
import dev.rapt.quant.ggml.GgmlType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

class GgufConversionTest {
  private static final ModelConversion.Progress SILENT = (_, _) -> {};
  private static final ModelConversion.Options UNCHANGED =
      new ModelConversion.Options(null, Long.MAX_VALUE);

  /** The f32 sums of products may be added in another order. */
  private static final float ROUNDING = 2e-5f;

  @TempDir private Path temp;

  /** Folders that GGUF can express once a value that it has no key for is the usual one. */
  record Expressible(String folder, Map<String, Object> usual) {
    @Override
    public String toString() {
      return folder;
    }
  }

  static Stream<Expressible> models() {
    Map<String, Object> none = Map.of();
    return Stream.of(
            new Expressible("gpt2/lm", none),
            new Expressible("llama/gqa", none),
            new Expressible("llama/rope_llama3", none),
            new Expressible("llama/rope_yarn", none),
            new Expressible("llama/rope_linear", none),
            new Expressible("llama/weights_bf16", none),
            new Expressible("llama/mha_bias_tied_head_dim", Map.of("hidden_act", "silu")),
            new Expressible("mixtral/lm", none),
            new Expressible("qwen2/lm", none),
            new Expressible("qwen3/lm", none),
            new Expressible("gemma/lm", none),
            new Expressible("gemma2/lm", Map.of("query_pre_attn_scalar", 16)),
            new Expressible("gemma3/text", Map.of("query_pre_attn_scalar", 16)),
            new Expressible("phi3/lm", none),
            new Expressible("phi3/longrope", none),
            new Expressible("phi3/partial_rotary", none),
            new Expressible("gpt_oss/lm", none),
            new Expressible("gpt_oss/mxfp4", none))
        .filter(model -> isPresent(model.folder()));
  }

  private static boolean isPresent(String folder) {
    return Golden.root().isPresent()
        || GgufConversionTest.class.getResource("/golden/" + folder) != null;
  }

  @ParameterizedTest
  @MethodSource("models")
  void decoderComputesTheSameFromAGgufFile(Expressible model) throws IOException {
    Path folder = usual(model);
    Path file = temp.resolve("model.gguf");
    GgufConversion.run(StoredModel.of(folder), file, null, SILENT);
    float[] expected = logits(folder);
    assertClose(logits(file), expected);
  }

  @ParameterizedTest
  @MethodSource("models")
  void wayBackKeepsEveryWeight(Expressible model) throws IOException {
    Path folder = usual(model);
    Path file = temp.resolve("model.gguf");
    Path back = temp.resolve("back");
    GgufConversion.run(StoredModel.of(folder), file, null, SILENT);
    ModelConversion.run(file, back, UNCHANGED, SILENT);
    assertClose(logits(back), logits(folder));
    boolean isQuantised = ConfigReader.of(folder.resolve("config.json")).has("quantization_config");
    if (!isQuantised) {
      assertSameWeights(folder, back);
    }
  }

  private static void assertSameWeights(Path folder, Path back) {
    try (Checkpoint before = Checkpoint.open(folder);
        Checkpoint after = Checkpoint.open(back)) {
      for (String name : after.names()) {
        boolean isVector = after.shape(name).rank() < 2;
        boolean isSame =
            before.has(name) && before.entry(name).dtype() == after.entry(name).dtype();
        if (isSame && !isVector) {
          assertThat(after.entry(name).data().mismatch(before.entry(name).data()))
              .as(name)
              .isEqualTo(-1);
        }
      }
    }
  }

  /** Copies a folder, with values that GGUF has keys for. */
  private Path usual(Expressible model) throws IOException {
    Path source = Golden.folder(model.folder());
    Path folder = temp.resolve("source");
    Files.createDirectories(folder);
    ModelConversion.copyOthers(source, folder);
    try (Stream<Path> files = Files.list(source)) {
      for (Path weights : files.filter(f -> f.toString().contains("model")).toList()) {
        Path copy = folder.resolve(weights.getFileName().toString());
        if (!Files.exists(copy)) {
          Files.copy(weights, copy);
        }
      }
    }
    ObjectNode json = (ObjectNode) JsonFiles.read(source.resolve("config.json")).deepCopy();
    model.usual().forEach(json::putPOJO);
    JsonFiles.write(folder.resolve("config.json"), json);
    return folder;
  }

  private static float[] logits(Path model) {
    try (CausalLm loaded = CausalLm.load(model);
        Scope scope = loaded.scope().child()) {
      Tensor ids = scope.ints(new int[] {5, 17, 90, 3, 44, 120, 7, 8, 9, 10, 11, 12}, 2, 6);
      return loaded.logits(ids, Pass.over(ids).build()).memory().toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  private static void assertClose(float[] got, float[] expected) {
    assertThat(got).hasSameSizeAs(expected);
    for (int i = 0; i < got.length; i++) {
      assertThat(got[i])
          .as("logit %d", i)
          .isCloseTo(expected[i], within(ROUNDING * Math.max(1, Math.abs(expected[i]))));
    }
  }

  @Test
  void quantisedModelStaysPackedAndIsClose() {
    Path folder = Golden.folder("llama/gqa");
    Path file = temp.resolve("q8.gguf");
    GgufConversion.Result result =
        GgufConversion.run(
            StoredModel.of(folder), file, new GgmlTypes(GgmlType.Q8_0, null), SILENT);
    assertThat(result.errors())
        .isNotEmpty()
        .allSatisfy((_, error) -> assertThat(error).isBetween(1e-4, 0.02));
    try (CausalLm loaded = CausalLm.load(file)) {
      assertThat(loaded.head().staysPacked()).isTrue();
      assertThat(loaded.tokenEmbedding().staysPacked()).isTrue();
    }
    float[] got = logits(file);
    float[] expected = logits(folder);
    for (int i = 0; i < got.length; i++) {
      assertThat(got[i]).isCloseTo(expected[i], within(0.5f));
    }
  }

  @Test
  void quantisingDoesNotDependOnTheFormatOfTheSource() throws IOException {
    Path folder = Golden.folder("llama/gqa");
    Path plain = temp.resolve("plain.gguf");
    GgufConversion.run(StoredModel.of(folder), plain, null, SILENT);
    GgmlTypes types = new GgmlTypes(GgmlType.Q4_0, GgmlType.Q8_0);
    Path direct = temp.resolve("direct.gguf");
    Path again = temp.resolve("again.gguf");
    GgufConversion.run(StoredModel.of(folder), direct, types, SILENT);
    GgufConversion.run(StoredModel.of(plain), again, types, SILENT);
    assertThat(Files.size(again)).isEqualTo(Files.size(direct));
    assertThat(logits(again)).isEqualTo(logits(direct));
  }

  @Test
  void whatGgufCannotSayIsRefused() throws IOException {
    Path folder = Files.createDirectories(temp.resolve("bloom"));
    JsonFiles.write(folder.resolve("config.json"), Map.of("model_type", "bloom"));
    assertThatExceptionOfType(CheckpointException.class)
        .isThrownBy(
            () -> GgufConversion.run(StoredModel.of(folder), temp.resolve("x.gguf"), null, SILENT))
        .withMessageContaining("model_type must be one of bert, gemma,")
        .withMessageEndingWith("to be written to GGUF, got bloom");
  }

  @Test
  void unknownArchitectureIsRefusedByName() {
    Path file = Golden.folder("gguf").resolve("metadata/plain.gguf");
    assertThatExceptionOfType(CheckpointException.class)
        .isThrownBy(() -> CausalLm.load(file))
        .withMessageContaining("plain.gguf");
  }

  @Test
  void tokenizerTravelsWithTheModel() throws IOException {
    assumeTrue(isPresent("e2e/llama_chat"), "e2e/llama_chat is not beside this checkout");
    Path folder = Golden.folder("e2e/llama_chat");
    Path file = temp.resolve("model.gguf");
    GgufConversion.run(StoredModel.of(folder), file, null, SILENT);
    Tokenizer original = Tokenizer.load(folder);
    try (TextModel model = TextModel.load(file)) {
      String text = "A text with é, 中 and numbers 12345.";
      assertThat(model.tokenizer().encode(text)).isEqualTo(original.encode(text));
    }
  }
}
