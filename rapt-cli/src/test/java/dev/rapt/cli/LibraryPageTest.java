package dev.rapt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.model.CausalLm;
import dev.rapt.model.Classifier;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.model.adapter.LoraConfig;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples of the documents run as they are shown. */
class LibraryPageTest {
  private static final Path HERE = Path.of("").toAbsolutePath();
  private static final Path SOURCE =
      HERE.resolve("src/test/java/dev/rapt/cli/LibraryExamples.java");
  private static final Path PAGE = HERE.resolveSibling("docs").resolve("library.md");
  private static final Path CASES =
      HERE.resolveSibling("rapt-verify").resolve("src/test/resources/golden/ops/activations");
  private static final Path README = HERE.resolveSibling("README.md");

  private static final Pattern EXAMPLE =
      Pattern.compile("( *)// example: (\\w+)\\R(.*?) *// end\\R", Pattern.DOTALL);

  @TempDir private Path folder;

  @Test
  void thePageShowsTheExamplesOfTheTest() throws IOException {
    String page = Files.readString(PAGE);
    Matcher examples = EXAMPLE.matcher(Files.readString(SOURCE));
    int count = 0;
    while (examples.find()) {
      String code = examples.group(3).replaceAll("(?m)^" + examples.group(1), "").strip();
      assertThat(page).contains("```java\n" + code.replace("\r", "") + "\n```");
      count++;
    }
    assertThat(page.split("```java", -1)).hasSize(count + 1);
    assertThat(count).isGreaterThan(20);
  }

  @Test
  void theExamplesRun() throws IOException {
    Path decoder = TinyModels.decoder(folder.resolve("decoder"), 0.3);
    Files.writeString(
        decoder.resolve("chat_template.jinja"),
        "{% for m in messages %}{{ m.content }}{% endfor %}");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    LibraryExamples.tokenize(decoder, out);
    LibraryExamples.generate(decoder, out);
    LibraryExamples.stream(decoder, out);
    LibraryExamples.beams(decoder, out);
    LibraryExamples.processor(decoder, out);
    LibraryExamples.batch(decoder, out);
    LibraryExamples.speculate(decoder, TinyModels.decoder(folder.resolve("small"), 0.2), out);
    LibraryExamples.chat(decoder, out);
    LibraryExamples.template(decoder, out);
    LibraryExamples.logits(decoder, out);
    LibraryExamples.gradients(decoder, out);
    LibraryExamples.scopes(out);
    LibraryExamples.perplexity(decoder, out);
    LibraryExamples.adapter(decoder, adapter(decoder), out);
    LibraryExamples.convert(decoder, folder.resolve("bf16"), out);
    LibraryExamples.translate(TinyModels.encoderDecoder(folder.resolve("bart"), "bart"), out);
    Path masked = TinyModels.masked(folder.resolve("masked"));
    LibraryExamples.embed(masked, out);
    LibraryExamples.queue(masked, out);
    LibraryExamples.rank(TinyModels.reranker(folder.resolve("reranker")), out);
    LibraryExamples.fill(masked, out);
    LibraryExamples.classify(classifier(Classifier.Unit.SEQUENCE), out);
    LibraryExamples.tag(classifier(Classifier.Unit.TOKEN), out);
    LibraryExamples.answer(TinyModels.answerer(folder.resolve("answers")), out);
    LibraryExamples.verify(CASES, out);
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("cat at 4", "(1, 3, ", "0: ", "1: ", "(2, 2) 0.26894", " over 6 tokens")
        .contains(" tensors, ", " passed, 0 failed", "2 columns, 1 layers")
        .contains("(%d, 16)".formatted(TinyModels.vocabSize()));
  }

  @Test
  void theExamplesOfTrainingRun() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    Path book = Files.writeString(folder.resolve("book.txt"), "It was a bright day. ".repeat(400));
    LibraryExamples.train(book, folder.resolve("run"), out);
    LibraryExamples.constrain(folder.resolve("run"), out);
    LibraryExamples.trainTokenizer(book, folder.resolve("tokenizer.json"), out);
    Path story =
        Files.writeString(folder.resolve("story.txt"), "the cat sat by the sea ".repeat(50));
    Path tuned = folder.resolve("tuned");
    LibraryExamples.finetune(TinyModels.decoder(folder.resolve("decoder"), 0.3), story, tuned, out);
    Tokenizer tokenizer = Tokenizer.load(folder.resolve("tokenizer.json"));
    int[] ids = tokenizer.encode(" bright day");
    assertThat(ids).hasSizeLessThan(4);
    assertThat(tokenizer.decode(ids)).isEqualTo(" bright day");
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    LibraryExamples.generate(tuned, new PrintStream(again, true, StandardCharsets.UTF_8));
    assertThat(again.toString(StandardCharsets.UTF_8)).isNotBlank();
  }

  @Test
  void theExamplesOfPretrainingAndFineTuningRun() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    Path book = Files.writeString(folder.resolve("book.txt"), "It was a bright day. ".repeat(400));
    LibraryExamples.pretrain(book, folder.resolve("encoder"), out);
    String good = "the cat sat by the sea\tgood\n";
    String bad = "the sea the sea\tbad\n";
    Path reviews =
        Files.writeString(
            folder.resolve("reviews.tsv"), "review\tlabel\n" + (good + bad).repeat(20));
    Path masked = TinyModels.masked(folder.resolve("masked"));
    LibraryExamples.tune(masked, reviews, folder.resolve("reviews"), out);
    Path decoder = TinyModels.decoder(folder.resolve("decoder"), 0.3);
    Files.writeString(
        decoder.resolve("chat_template.jinja"),
        "{% for m in messages %}{{ m.content }} {% endfor %}");
    Path chats =
        Files.writeString(
            folder.resolve("chats.jsonl"),
            "{\"prompt\": \"the cat\", \"completion\": \"sat by the sea\"}\n".repeat(20));
    LibraryExamples.instruct(decoder, chats, folder.resolve("assistant"), out);
    Path prompts =
        Files.writeString(
            folder.resolve("prompts.jsonl"),
            "{\"prompt\": \"the cat\", \"answer\": \"sat\"}\n".repeat(8));
    LibraryExamples.reward(decoder, prompts, folder.resolve("rewarded"), out);
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("precision  recall      F1  support", "confusion matrix")
        .containsPattern("(?m)^(good|bad)$");
    try (TextModel merged = TextModel.load(folder.resolve("assistant").resolve("merged"))) {
      assertThat(merged.tokenizer().vocabSize()).isEqualTo(TinyModels.vocabSize());
    }
  }

  private Path adapter(Path model) throws IOException {
    Path saved = Files.createDirectories(folder.resolve("adapter"));
    LoraConfig config = LoraConfig.of(2, 4, List.of("c_attn"));
    try (CausalLm base = CausalLm.load(model);
        Adapter adapter = Adapter.create(base, config, 1)) {
      adapter.save(saved);
    }
    return saved;
  }

  private Path classifier(Classifier.Unit unit) throws IOException {
    return TinyModels.classifier(folder.resolve(unit.name()), unit);
  }

  static Stream<String> commandLines() throws IOException {
    List<String> lines = new ArrayList<>();
    for (Path page : List.of(README, PAGE)) {
      Files.readAllLines(page).stream()
          .filter(line -> line.startsWith("./rapt "))
          .map(line -> line.replaceFirst(" +#.*", "").replaceFirst(" \\| .*", ""))
          .forEach(lines::add);
    }
    return lines.stream();
  }

  @ParameterizedTest
  @MethodSource("commandLines")
  void theShownCommandLinesParse(String line) {
    List<String> words = new ArrayList<>();
    Matcher word = Pattern.compile("\"([^\"]*)\"|(\\S+)").matcher(line);
    while (word.find()) {
      words.add(word.group(1) == null ? word.group(2) : word.group(1));
    }
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    Rapt.commandLine(nowhere, nowhere, words)
        .parseArgs(words.subList(1, words.size()).toArray(String[]::new));
  }
}
