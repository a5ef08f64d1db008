package dev.rapt.cli.command.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.Generation;
import dev.rapt.text.TextToText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands that make one text from another: summarize and translate. */
class TextToTextCommandsTest {
  private static final String[] TEXTS = {
    "the cat", "a dog sat by the sea", "the house", "a cat saw a dog on the house", "sea"
  };

  @TempDir private Path folder;
  private Path bart;
  private Path mbart;

  @BeforeEach
  void writeModels() throws IOException {
    bart = TinyModels.encoderDecoder(folder.resolve("bart"), "bart");
    mbart = TinyModels.encoderDecoder(folder.resolve("mbart"), "mbart");
  }

  private static CommandLineRun run(String command, Path model, Object... more) {
    return CommandLineRun.of(
        Stream.concat(Stream.of(command, model, "-n", 6), Stream.of(more)).toArray());
  }

  private static List<JsonNode> objects(CommandLineRun run) {
    assertThat(run.err()).doesNotContain("rapt: ");
    assertThat(run.status()).isZero();
    return run.out().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
  }

  private static List<String> ids(CommandLineRun run) {
    return objects(run).stream().map(object -> object.get("ids").toString()).toList();
  }

  private static Object[] with(Object... more) {
    return Stream.concat(Stream.of(TEXTS), Stream.of(more)).toArray();
  }

  @Test
  void aBlankLineGivesABlankLine() throws IOException {
    Path file = Files.writeString(folder.resolve("texts.txt"), "the cat\n\nsea\n");
    List<String> lines =
        run("summarize", bart, "--lines", "--file", file).out().lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(1)).isEmpty();
    assertThat(lines.getFirst()).isEqualTo(run("summarize", bart, "the cat").out().strip());
    assertThat(lines.getLast()).isEqualTo(run("summarize", bart, "sea").out().strip());
    List<JsonNode> objects =
        objects(run("translate", mbart, "--from", "en", "--to", "fr", "--file", file, "--json"));
    assertThat(objects)
        .extracting(object -> object.get("source").stringValue())
        .containsExactly("the cat", "", "sea");
    assertThat(objects.get(1).get("text").stringValue()).isEmpty();
  }

  @Test
  void resultsFollowTheOrderOfTheTextsForAnyBatchSize() {
    List<JsonNode> together = objects(run("summarize", bart, with("--json")));
    assertThat(together.stream().map(object -> object.get("source").stringValue()))
        .containsExactly(TEXTS);
    List<String> ids = together.stream().map(object -> object.get("ids").toString()).toList();
    assertThat(ids.stream().distinct().count()).isGreaterThan(2);
    for (int i = 0; i < TEXTS.length; i++) {
      assertThat(ids(run("summarize", bart, TEXTS[i], "--json"))).containsExactly(ids.get(i));
    }
    assertThat(ids(run("summarize", bart, with("--json", "--batch", 2)))).isEqualTo(ids);
    assertThat(run("summarize", bart, with()).out().lines())
        .containsExactlyElementsOf(
            together.stream().map(object -> object.get("text").stringValue()).toList());
  }

  @Test
  void summarizeUsesThePrefixOfTheFolderByDefault() {
    List<String> asFolderSays = ids(run("summarize", bart, with("--json")));
    assertThat(ids(run("summarize", bart, with("--json", "--prefix", "summarize: "))))
        .isEqualTo(asFolderSays);
    CommandLineRun plain = run("summarize", bart, with("--json", "--prefix", ""));
    assertThat(objects(plain).getFirst().get("source_tokens").intValue()).isEqualTo(3);
    assertThat(ids(plain)).isNotEqualTo(asFolderSays);
    assertThat(ids(run("translate", bart, with("--json")))).isEqualTo(ids(plain));
  }

  @Test
  void aFileIsOneTextToSummarizeAndLinesToTranslate() throws IOException {
    Path file = Files.writeString(folder.resolve("text.txt"), "the cat\n\n  \na dog sat\n");
    JsonNode summary = objects(run("summarize", bart, "-f", file, "--json")).getFirst();
    assertThat(summary.get("source_tokens").intValue()).isEqualTo(1 + 5 + 1);
    CommandLineRun translated = run("translate", bart, "-f", file, "--json");
    assertThat(objects(translated).stream().map(object -> object.get("source").stringValue()))
        .containsExactly("the cat", "", "  ", "a dog sat");
    assertThat(objects(translated).getLast().get("ids").toString())
        .isEqualTo(ids(run("translate", bart, "a dog sat", "--json")).getFirst());
  }

  @Test
  void leastAndGreatestLengthsHold() {
    CommandLineRun run =
        run(
            "summarize",
            bart,
            with("--json", "--min-tokens", 4, "--beams", 2, "--length-penalty", 2.0));
    for (JsonNode object : objects(run)) {
      assertThat(object.get("tokens").intValue()).isBetween(4, 6);
    }
  }

  @Test
  void longTextsAreCutWithANote() {
    String text = "the cat ".repeat(TinyModels.MAX_POSITIONS);
    CommandLineRun run = run("summarize", bart, text, "the cat", "--json");
    assertThat(run.status()).isZero();
    assertThat(run.err())
        .contains("1 of 2 texts cut to %d tokens".formatted(TinyModels.MAX_POSITIONS));
    JsonNode first = JsonMapper.shared().readTree(run.out().lines().findFirst().orElseThrow());
    assertThat(first.get("source_tokens").intValue()).isEqualTo(TinyModels.MAX_POSITIONS);
  }

  @Test
  void translationsBeginWithTheTargetLanguage() throws IOException {
    Path mbart50 = TinyModels.encoderDecoder(folder.resolve("mbart50"), "mbart");
    Files.writeString(
        mbart50.resolve("tokenizer_config.json"), "{\"tokenizer_class\": \"MBart50Tokenizer\"}");
    for (String to : List.of("fr_XX", "fr")) {
      CommandLineRun run = run("translate", mbart50, with("--from", "en", "--to", to, "--json"));
      for (JsonNode object : objects(run)) {
        assertThat(object.get("ids").get(0).intValue()).isEqualTo(TinyModels.FR);
        assertThat(object.get("text").stringValue()).doesNotContain("fr_XX", "</s>");
      }
    }
    JsonNode back =
        objects(run("translate", mbart50, "the cat", "--from", "fr", "--to", "en", "--json"))
            .getFirst();
    assertThat(back.get("ids").get(0).intValue()).isEqualTo(TinyModels.EN);
    assertThat(back.get("source_tokens").intValue()).isEqualTo(2 + 2);
  }

  /** In later models it is the first token of the result. */
  @Test
  void theFirstMbartStartsFromTheTargetLanguage() {
    CommandLineRun french = run("translate", mbart, with("--from", "en", "--to", "fr", "--json"));
    CommandLineRun english = run("translate", mbart, with("--from", "en", "--to", "en", "--json"));
    assertThat(ids(french)).isNotEqualTo(ids(english));
    int[] source = {TinyModels.id("cat"), TinyModels.EOS, TinyModels.EN};
    try (TextToText model = TextToText.load(mbart)) {
      GenerationOptions options = model.defaults().toBuilder().maxNewTokens(6).build();
      Generation wanted =
          model.generate(List.of(source), TinyModels.FR, options, (_, _, _) -> true);
      assertThat(ids(run("translate", mbart, "cat", "--from", "en", "--to", "fr", "--json")))
          .containsExactly(Arrays.toString(wanted.first().newIds()).replace(" ", ""));
    }
  }

  @Test
  void theSourceLanguageChangesTheTranslation() {
    Object[] english = with("--from", "en", "--to", "fr", "--json");
    Object[] french = with("--from", "fr", "--to", "fr", "--json");
    assertThat(ids(run("translate", mbart, english)))
        .isNotEqualTo(ids(run("translate", mbart, french)));
  }

  @Test
  void severalBeamsAreListedWithTheirScores() {
    Object[] options = {"the cat", "a dog", "--beams", 3, "--num-return-sequences", 2};
    Object[] asJson = Stream.concat(Stream.of(options), Stream.of("--json")).toArray();
    List<JsonNode> both = objects(run("translate", bart, asJson));
    assertThat(both).hasSize(2);
    List<String> lines = new ArrayList<>();
    for (JsonNode object : both) {
      JsonNode sequences = object.get("sequences");
      assertThat(sequences.size()).isEqualTo(2);
      assertThat(sequences.get(0).get("score").doubleValue())
          .isGreaterThanOrEqualTo(sequences.get(1).get("score").doubleValue());
      sequences.forEach(sequence -> lines.add(sequence.get("text").stringValue().strip()));
    }
    assertThat(run("translate", bart, options).out().lines().map(String::strip))
        .containsExactlyElementsOf(lines);
  }

  @Test
  void logprobsAddsLogProbabilitiesOfEachToken() {
    JsonNode object =
        objects(run("summarize", bart, "the cat", "--beams", 1, "--logprobs", 1, "--json"))
            .getFirst();
    assertThat(object.get("logprobs").size()).isEqualTo(object.get("tokens").intValue());
    assertThat(object.get("logprobs").get(0).get("alternatives").size()).isEqualTo(1);
  }

  @Test
  void wrongRequestsAreRefusedInOneSentence() throws IOException {
    assertFails(
        run("translate", mbart, "the cat"),
        "languages: must be given for source and target, two of en_XX, fr_XX");
    assertFails(
        run("translate", mbart, "the cat", "--from", "en", "--to", "xx"),
        "language: must be one of en_XX, fr_XX, got xx");
    assertFails(
        run("summarize", bart, "the cat", "--batch", 0), "--batch: must be at least 1, got 0");
    Path decoder = TinyModels.decoder(folder.resolve("decoder"), 0.5);
    Path nothing = folder.resolve("nothing");
    for (String command : List.of("summarize", "translate")) {
      assertFails(run(command, decoder, "the cat"), "gpt2");
      assertFails(run(command, nothing, "the cat"), "must be the folder of a model, got nothing");
      assertFails(run(command, bart, "-f", nothing), "nothing: must be a text file, got nothing");
    }
  }

  private static void assertFails(CommandLineRun run, String sentence) {
    assertThat(run.err()).startsWith("rapt: ").contains(sentence).doesNotContain("Exception");
    assertThat(run.status()).isNotZero();
    assertThat(run.out()).isEmpty();
  }
}
