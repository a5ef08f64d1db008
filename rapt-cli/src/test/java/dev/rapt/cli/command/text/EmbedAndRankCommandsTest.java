package dev.rapt.cli.command.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.ExitStatus;
import dev.rapt.cli.output.Format;
import dev.rapt.text.Reranker;
import dev.rapt.text.TextEmbedder;
import dev.rapt.text.embed.PoolingMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands embed and rank print what the library computes. */
class EmbedAndRankCommandsTest {
  private static final List<String> TEXTS =
      List.of("the cat saw a dog", "", "a dog sat by the sea", "   ");
  private static final String SETTINGS =
      """
      {"prompts": {"query": "a house", "passage": "the sea"}, "default_prompt_name": "query",
       "similarity_fn_name": "euclidean"}
      """;

  @TempDir private Path folder;

  private static List<String> lines(Object... words) {
    CommandLineRun run = CommandLineRun.of(words);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    return run.out().lines().toList();
  }

  private static void assertFails(CommandLineRun run, int status, String message) {
    assertThat(run.status()).isEqualTo(status);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains(message);
  }

  private Path file(List<String> texts) throws IOException {
    return Files.writeString(folder.resolve("texts.txt"), String.join("\n", texts) + "\n");
  }

  private static List<JsonNode> objects(List<String> lines) {
    return lines.stream().map(line -> JsonMapper.shared().readTree(line)).toList();
  }

  private static float[] vector(JsonNode object) {
    float[] values = new float[object.get("embedding").size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = object.get("embedding").get(i).floatValue();
    }
    return values;
  }

  @Test
  void eachLineOfAFileHasAVectorBlankOnesToo() throws IOException {
    Path model = TinyModels.embedder(folder.resolve("model"), SETTINGS);
    List<JsonNode> objects = objects(lines("embed", model, "--json", "-f", file(TEXTS)));
    assertThat(objects)
        .extracting(object -> object.get("text").stringValue())
        .containsExactlyElementsOf(TEXTS);
    try (TextEmbedder embedder = TextEmbedder.load(model)) {
      List<TextEmbedder.Embedded> embedded = embedder.embed(TEXTS);
      for (int i = 0; i < TEXTS.size(); i++) {
        assertThat(vector(objects.get(i))).containsExactly(embedded.get(i).vector());
      }
    }
    assertThat(vector(objects(lines("embed", model, "--json", "")).getFirst()))
        .containsExactly(vector(objects.get(1)));
  }

  @Test
  void aModelWithoutModulesIsPooledAsTheUserSays() throws IOException {
    Path model = TinyModels.masked(folder.resolve("plain"));
    float[] mean = pooled(model, "mean");
    assertThat(CommandLineRun.of("embed", model, "the cat", "--json").err()).contains(": mean");
    assertThat(vector(objects(run(model)).getFirst())).containsExactly(mean);
    for (PoolingMode mode : PoolingMode.values()) {
      float[] vector = pooled(model, mode.name().toLowerCase(Locale.ROOT));
      assertThat(vector).hasSize(mean.length);
      if (mode != PoolingMode.MEAN) {
        assertThat(vector).as(mode.name()).isNotEqualTo(mean);
      }
      try (TextEmbedder embedder = TextEmbedder.load(model, mode)) {
        assertThat(vector).containsExactly(embedder.embed("the cat").vector());
      }
    }
    Path stated = TinyModels.embedder(folder.resolve("stated"), SETTINGS);
    assertFails(
        CommandLineRun.of("embed", stated, "the cat", "--pooling", "cls"),
        ExitStatus.USAGE,
        "--pooling: must be left out for a model whose modules.json states it");
  }

  private static List<String> run(Path model) {
    return CommandLineRun.of("embed", model, "the cat", "--json").out().lines().toList();
  }

  private static float[] pooled(Path model, String mode) {
    return vector(
        objects(lines("embed", model, "the cat", "--json", "--pooling", mode)).getFirst());
  }

  @Test
  void anOnnxFileIsAModelWithTheTokenizerBesideIt() throws IOException {
    Path file =
        Path.of("")
            .toAbsolutePath()
            .resolveSibling("rapt-models")
            .resolve("src/test/resources/onnx/reranker_int8.onnx");
    CommandLineRun embedded = CommandLineRun.of("embed", file, "--json", "the cat");
    assertThat(embedded.err()).contains("no modules.json").contains(": mean");
    assertThat(vector(objects(embedded.out().lines().toList()).getFirst())).hasSize(8);
    assertThat(lines("rank", file, "the cat", "the sea", "a house")).hasSize(2);
    assertThat(lines("classify", file, "the cat")).hasSize(1);
    Path jar = Files.createFile(folder.resolve("model.jar"));
    assertFails(
        CommandLineRun.of("embed", jar, "the cat"),
        ExitStatus.FAILED,
        "unpack it with jar xf and pass the .onnx file in it");
  }

  @Test
  void similaritiesAreThoseThatTheModelStates() throws IOException {
    Path model = TinyModels.embedder(folder.resolve("model"), SETTINGS);
    String first = TEXTS.getFirst();
    String second = TEXTS.get(2);
    try (TextEmbedder embedder = TextEmbedder.load(model)) {
      double distance =
          embedder.similarity().of(embedder.embed(first).vector(), embedder.embed(second).vector());
      assertThat(distance).isNegative();
      assertThat(lines("embed", model, first, second))
          .containsExactly(
              "  0.000  " + first, Format.format("%7.3f  0.000  %s", distance, second));
    }
  }

  @Test
  void promptsArePutBeforeTheTexts() throws IOException {
    Path model = TinyModels.embedder(folder.resolve("model"), SETTINGS);
    String none = lines("embed", model, "--json", "--prompt", "", "the sea cat").getFirst();
    assertThat(embedding("embed", model, "--json", "--prompt-name", "passage", " cat"))
        .isEqualTo(JsonMapper.shared().readTree(none).get("embedding"));
    assertThat(embedding("embed", model, "--json", "--prompt", "the sea", " cat"))
        .isEqualTo(JsonMapper.shared().readTree(none).get("embedding"));
    assertThat(embedding("embed", model, "--json", "the sea cat"))
        .isEqualTo(embedding("embed", model, "--json", "--prompt", "a house", "the sea cat"))
        .isNotEqualTo(JsonMapper.shared().readTree(none).get("embedding"));
    assertFails(
        CommandLineRun.of("embed", model, "--prompt-name", "other", "cat"),
        ExitStatus.USAGE,
        "--prompt-name: must be one of document, passage, query, got other");
    assertFails(
        CommandLineRun.of("embed", model, "--prompt", "x", "--prompt-name", "query", "cat"),
        ExitStatus.USAGE,
        "--prompt: must not come with --prompt-name, got both");
  }

  private static JsonNode embedding(Object... words) {
    return JsonMapper.shared().readTree(lines(words).getFirst()).get("embedding");
  }

  @Test
  void aFolderWithoutModulesIsPooledByDefaultAndANoteSaysSo() throws IOException {
    Path plain = TinyModels.masked(folder.resolve("plain"));
    CommandLineRun run = CommandLineRun.of("embed", plain, "--json", "the cat");
    assertThat(run.status()).isZero();
    assertThat(run.err()).contains("no modules.json");
    Path model = TinyModels.embedder(folder.resolve("model"), "{}");
    assertThat(run.out().lines().toList()).isEqualTo(lines("embed", model, "--json", "the cat"));
  }

  @Test
  void rankPrintsTheBestDocumentsFirst() throws IOException {
    Path model = TinyModels.reranker(folder.resolve("model"));
    List<Reranker.Ranked> ranked;
    try (Reranker reranker = Reranker.load(model)) {
      ranked = reranker.rank("the cat", TEXTS);
    }
    assertThat(ranked).hasSameSizeAs(TEXTS);
    List<String> expected =
        ranked.stream()
            .map(each -> Format.format("%8.4f  %s", each.score(), TEXTS.get(each.index())))
            .toList();
    assertThat(lines("rank", model, "the cat", "-f", file(TEXTS))).isEqualTo(expected);
    Object[] arguments =
        Stream.concat(Stream.of("rank", model, "--top-k", 2, "the cat"), TEXTS.stream()).toArray();
    assertThat(lines(arguments)).isEqualTo(expected.subList(0, 2));
    List<JsonNode> objects = objects(lines("rank", model, "--json", "the cat", "-f", file(TEXTS)));
    for (int i = 0; i < objects.size(); i++) {
      assertThat(objects.get(i).get("index").intValue()).isEqualTo(ranked.get(i).index());
      assertThat(objects.get(i).get("score").floatValue()).isEqualTo(ranked.get(i).score());
      assertThat(objects.get(i).get("text").stringValue())
          .isEqualTo(TEXTS.get(ranked.get(i).index()));
    }
    assertFails(
        CommandLineRun.of("rank", model, "--top-k", 0, "the cat", "x"),
        ExitStatus.USAGE,
        "--top-k: must be at least 1, got 0");
  }

  @Test
  void rankNotesDocumentsThatAreCut() throws IOException {
    Path model = TinyModels.reranker(folder.resolve("model"));
    String documents = "the cat ".repeat(TinyModels.MAX_POSITIONS);
    CommandLineRun run = CommandLineRun.of("rank", model, "the cat", documents, "sea");
    assertThat(run.status()).isZero();
    assertThat(run.err().strip())
        .isEqualTo("documents: 1 of 2 cut, since the model reads 24 tokens with the query");
  }
}
