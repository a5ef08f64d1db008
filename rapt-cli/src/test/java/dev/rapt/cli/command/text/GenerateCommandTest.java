package dev.rapt.cli.command.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.ExitStatus;
import dev.rapt.model.Labels;
import dev.rapt.text.RewardModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class GenerateCommandTest {
  private static final String PROMPT = "the cat";

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    model = TinyModels.decoder(folder.resolve("model"), 0.3);
  }

  private static CommandLineRun run(Path model, Object... more) {
    return CommandLineRun.of(
        Stream.concat(Stream.of("generate", model, "-p", PROMPT, "-n", 6), Stream.of(more))
            .toArray());
  }

  private static JsonNode json(Path model, Object... more) {
    CommandLineRun run = run(model, Stream.concat(Stream.of(more), Stream.of("--json")).toArray());
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    return JsonMapper.shared().readTree(run.out());
  }

  private static List<String> texts(JsonNode json) {
    List<String> texts = new ArrayList<>();
    json.get("sequences").forEach(sequence -> texts.add(sequence.get("text").stringValue()));
    return texts;
  }

  @Test
  void eachLineOfAFileIsAPrompt() throws IOException {
    Path file = Files.writeString(folder.resolve("prompts.txt"), "\uFEFFthe cat\n\na dog\r\n");
    Object[] words = {"generate", model, "-f", file, "--lines", "-t", 0, "-n", 6};
    CommandLineRun run =
        CommandLineRun.of(Stream.concat(Stream.of(words), Stream.of("--json")).toArray());
    assertThat(run.err()).isEmpty();
    List<JsonNode> results = run.out().lines().map(JsonMapper.shared()::readTree).toList();
    assertThat(results.stream().map(result -> result.get("prompt").stringValue()))
        .containsExactly("the cat", "", "a dog");
    assertThat(results.getFirst().get("ids")).isEqualTo(json(model, "-t", 0).get("ids"));
    assertThat(CommandLineRun.of(words).out())
        .contains("=== prompt 1 of 3 ===\nthe cat", "=== prompt 3 of 3 ===\na dog");
    assertThat(run(model, "--lines").err()).contains("--lines: must read --file");
  }

  @Test
  void samplesDifferAndEqualSeedsRepeatThem() {
    Object[] options = {"-t", 1, "--seed", 7, "--num-return-sequences", 4};
    JsonNode four = json(model, options);
    assertThat(four.get("prompt").stringValue()).isEqualTo(PROMPT);
    assertThat(four.get("text")).isNull();
    List<String> texts = texts(four);
    assertThat(texts).hasSize(4);
    assertThat(texts.stream().distinct().count()).isGreaterThan(1);
    assertThat(texts(json(model, options))).isEqualTo(texts);
    for (JsonNode sequence : four.get("sequences")) {
      assertThat(sequence.get("tokens").intValue()).isEqualTo(sequence.get("ids").size());
      assertThat(sequence.get("finish_reason").stringValue()).isNotBlank();
    }
  }

  @Test
  void severalTextsAreNumberedAndBeginWithThePrompt() {
    Object[] options = {"-t", 1, "--seed", 7, "--num-return-sequences", 2};
    List<String> texts = texts(json(model, options));
    assertThat(run(model, options).out().lines())
        .containsExactly(
            "--- 1 of 2 ---", PROMPT + texts.get(0), "--- 2 of 2 ---", PROMPT + texts.get(1));
  }

  @Test
  void beamsAreSortedByScore() {
    JsonNode three = json(model, "--beams", 4, "--num-return-sequences", 3);
    List<Double> scores = new ArrayList<>();
    three.get("sequences").forEach(sequence -> scores.add(sequence.get("score").doubleValue()));
    assertThat(scores).hasSize(3);
    assertThat(scores.get(0)).isGreaterThanOrEqualTo(scores.get(1));
    assertThat(scores.get(1)).isGreaterThanOrEqualTo(scores.get(2));
    assertThat(texts(three)).doesNotHaveDuplicates();
    JsonNode best = json(model, "--beams", 4);
    assertThat(best.get("text").stringValue()).isEqualTo(texts(three).getFirst());
  }

  @Test
  void anEncoderDecoderPrintsTargetsWithoutThePrompt() throws IOException {
    Path bart = TinyModels.encoderDecoder(folder.resolve("bart"), "bart");
    Object[] options = {"--beams", 3, "--num-return-sequences", 2};
    List<String> texts = texts(json(bart, options));
    assertThat(run(bart, options).out().lines())
        .containsExactly("--- 1 of 2 ---", texts.get(0), "--- 2 of 2 ---", texts.get(1));
  }

  @Test
  void severalTextsNeedSamplingOrBeams() {
    assertRefused("1 in greedy search", "-t", 0, "--num-return-sequences", 2);
    assertRefused(
        "--num-return-sequences: must be at most the number of beams, 2",
        "--beams",
        2,
        "--num-return-sequences",
        3);
    assertRefused("must be from 1 to 1000, got 0", "--num-return-sequences", 0);
  }

  @Test
  void statsPrintsTimesOnTheStandardError() {
    CommandLineRun withStats = run(model, "-t", 0, "--stats");
    CommandLineRun plain = run(model, "-t", 0);
    assertThat(withStats.status()).isZero();
    assertThat(withStats.out()).isEqualTo(plain.out());
    assertThat(plain.err()).isEmpty();
    assertThat(withStats.err())
        .matches(
            "loaded in [\\d.]+ s; first of \\d+ tokens [\\d.]+ s after a prompt of 3, then [\\d.k]+"
                + " tok/s\\R");
  }

  @Test
  void guessesDoNotChangeTheText() throws IOException {
    Path small = TinyModels.decoder(folder.resolve("small"), 0.4);
    for (Object[] options :
        List.of(
            new Object[] {"-t", 0},
            new Object[] {"-t", 1, "--seed", 3, "--top-k", 5, "--logprobs", 2})) {
      JsonNode plain = json(model, options);
      for (Object[] guesses :
          List.of(
              new Object[] {"--prompt-lookup"},
              new Object[] {"--draft", model, "--draft-tokens", 4},
              new Object[] {"--draft", small})) {
        JsonNode fast = json(model, Stream.of(options, guesses).flatMap(Stream::of).toArray());
        assertThat(fast.get("ids")).isEqualTo(plain.get("ids"));
        assertThat(fast.get("text")).isEqualTo(plain.get("text"));
        assertThat(
                fast.get("model_passes").intValue() + fast.get("accepted_draft_tokens").intValue())
            .isEqualTo(fast.get("tokens").intValue());
        assertThat(plain.has("model_passes")).isFalse();
      }
    }
    assertThat(run(model, "-t", 0, "--draft", model, "--stats").err())
        .containsPattern("tok/s; (\\d+) of \\1 guesses right \\(100%\\), [\\d.]+ tokens per pass");
    assertThat(run(model, "-t", 0, "--prompt-lookup", "--draft-tokens", 0, "--stats").err())
        .doesNotContain("guess");
  }

  @Test
  void guessesThatCannotBeAreRefusedByName() throws IOException {
    assertThat(run(model, "--draft", model, "--prompt-lookup").err())
        .contains("--draft: must come without --prompt-lookup");
    assertThat(run(model, "--draft-tokens", 3).err())
        .contains("--draft-tokens: must come with --draft, --prompt-lookup or --mtp");
    assertThat(run(model, "--mtp").err())
        .contains("must hold modules for multi-token prediction in mtp.safetensors, got none");
    assertThat(run(model, "--prompt-lookup", "--beams", 3).err())
        .contains(
            "--prompt-lookup: must come with greedy search or sampling, got 3 beams; pass --beams 1");
    assertThat(run(model, "--draft", model, "--penalty-alpha", 0.6, "--top-k", 4).err())
        .contains("--draft: must come with greedy search or sampling, got contrastive search");
    Path sources = TinyModels.encoderDecoder(folder.resolve("bart"), "bart");
    assertThat(run(sources, "--prompt-lookup").err())
        .contains("--prompt-lookup: must come with a decoder, got an encoder-decoder");
    Path other = TinyModels.decoder(folder.resolve("other"), 0.3);
    Path tokenizer = other.resolve("tokenizer.json");
    Files.writeString(tokenizer, Files.readString(tokenizer).replace("\"sea\"", "\"pond\""));
    assertThat(run(model, "--draft", other).err())
        .containsPattern(
            "--draft: must have the vocabulary of the model, where id \\d+ is \"sea\", got \"pond\"");
  }

  @Test
  void timesInJsonAddUp() {
    JsonNode json = json(model, "-t", 0, "--stop-token", 16);
    int tokens = json.get("tokens").intValue();
    double first = json.get("first_token_seconds").doubleValue();
    double all = json.get("seconds").doubleValue();
    assertThat(json.get("prompt_tokens").intValue()).isEqualTo(3);
    assertThat(json.get("load_seconds").doubleValue()).isPositive();
    assertThat(first).isPositive().isLessThanOrEqualTo(all);
    assertThat(json.get("tokens_per_second").doubleValue() * all)
        .isCloseTo(tokens, within(1e-6 * tokens));
    if (tokens > 1) {
      assertThat(json.get("decode_tokens_per_second").doubleValue() * (all - first))
          .isCloseTo(tokens - 1.0, within(1e-6 * tokens));
    }
  }

  @Test
  void jsonIsOneLine() {
    assertThat(run(model, "--json", "--num-return-sequences", 2).out().lines()).hasSize(1);
  }

  @Test
  void badWordsNeverOccurAndStrongBiasesAlways() {
    String first = json(model, "-t", 0).get("text").stringValue().strip().split(" ", -1)[0];
    JsonNode without = json(model, "-t", 0, "--bad-words", first);
    assertThat(without.get("text").stringValue().split(" ", -1)).doesNotContain(first);
    JsonNode favoured = json(model, "-t", 0, "--bias", "sea=1000");
    for (JsonNode id : favoured.get("ids")) {
      assertThat(id.intValue()).isEqualTo(TinyModels.id("sea"));
    }
    JsonNode avoided = json(model, "-t", 0, "--bias", first + "=-1000");
    assertThat(avoided.get("ids")).isEqualTo(without.get("ids"));
  }

  private void assertRefused(String sentence, Object... more) {
    CommandLineRun run = run(model, more);
    assertThat(run.err()).startsWith("rapt: ").contains(sentence).doesNotContain("Exception");
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void theSampleOfTheHighestRewardIsPrinted() throws IOException {
    Path reward =
        TinyModels.classifier(
            folder.resolve("reward"), new Labels(List.of("LABEL_0"), Labels.Problem.REGRESSION));
    Object[] sampling = {"-t", 1, "--seed", 7};
    List<String> texts = texts(json(model, "-t", 1, "--seed", 7, "--num-return-sequences", 8));
    double[] rewards;
    try (RewardModel scorer = RewardModel.load(reward)) {
      rewards = scorer.score(PROMPT, texts);
    }
    int best =
        IntStream.range(0, 8)
            .boxed()
            .max(Comparator.comparingDouble(i -> rewards[i]))
            .orElseThrow();
    Object[] options =
        Stream.concat(Stream.of(sampling), Stream.of("--best-of", 8, "--reward", reward)).toArray();
    assertThat(run(model, options).out().lines()).containsExactly(PROMPT + texts.get(best));
    JsonNode found = json(model, options);
    assertThat(found.get("text").stringValue()).isEqualTo(texts.get(best));
    assertThat(found.get("reward").doubleValue()).isEqualTo(rewards[best]);
  }

  @Test
  void promptsInParallelGiveWhatTheyGiveOneByOne() throws IOException {
    Path prompts = folder.resolve("prompts.txt");
    Files.writeString(prompts, "ab\nabc\nb\n\nabcab\n");
    Object[] one = {"--file", prompts, "--lines", "-t", 0, "--json"};
    Object[] many = {"--file", prompts, "--parallel", 3, "-t", 0, "--json", "--cache-type", "f32"};
    List<JsonNode> want = lines(one);
    List<JsonNode> got = lines(many);
    assertThat(got).hasSize(5);
    for (int i = 0; i < want.size(); i++) {
      assertThat(got.get(i).get("prompt")).isEqualTo(want.get(i).get("prompt"));
      assertThat(got.get(i).get("ids")).isEqualTo(want.get(i).get("ids"));
    }
    assertThat(byLine("--file", prompts, "--parallel", 2, "--cache-type", "int8", "--stats"))
        .satisfies(run -> assertThat(run.out()).startsWith("=== prompt 1 of 5 ===\nab"))
        .satisfies(run -> assertThat(run.err()).contains("tok/s of all prompts"));
    assertThat(byLine("--file", prompts, "--cache-size", 20).err())
        .contains("--cache-size: must come with --parallel, got it alone");
    assertThat(byLine("--prompt", "a", "--parallel", 2).err())
        .contains("--parallel: must read --file or the standard input, got --prompt");
    assertThat(byLine("--file", prompts, "--parallel", 2, "--beams", 2).err())
        .contains("--beams: must be 1");
  }

  private CommandLineRun byLine(Object... options) {
    return CommandLineRun.of(
        Stream.concat(Stream.of("generate", model, "-n", 6), Stream.of(options)).toArray());
  }

  private List<JsonNode> lines(Object... options) {
    return byLine(options).out().lines().map(JsonMapper.shared()::readTree).toList();
  }

  @Test
  void bestOfNeedsARewardModelAndSamples() throws IOException {
    Path classes = TinyModels.classifier(folder.resolve("classes"), Labels.of("bad", "good"));
    assertRefused("--best-of: must come with --reward", "--best-of", 4);
    assertRefused("--reward: must come with --best-of", "--reward", classes);
    assertThat(run(model, "--best-of", 4, "--reward", classes).err())
        .contains("must have one label for a reward model, got 2");
    Path reward = TinyModels.classifier(folder.resolve("reward"), Labels.of("LABEL_0"));
    assertRefused(
        "--best-of: must sample without beams, got greedy search",
        "--best-of",
        4,
        "--reward",
        reward,
        "-t",
        0);
  }
}
