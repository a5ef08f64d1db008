package dev.rapt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.output.ExitStatus;
import dev.rapt.model.Classifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The exit status is 2 where the command line must change, and 1 where a file, a model or the
 * standard input must, whichever command finds out.
 */
class ExitStatusTest {
  private static final String LONG = "the cat ".repeat(30).strip();

  @TempDir private static Path folder;

  /** Words of the tables that stand for paths. */
  private static Map<String, Path> paths;

  @BeforeAll
  static void write() throws IOException {
    Path decoder = TinyModels.decoder(folder.resolve("decoder"), 0.3);
    paths =
        Map.ofEntries(
            Map.entry("DECODER", decoder),
            Map.entry("BART", TinyModels.encoderDecoder(folder.resolve("bart"), "bart")),
            Map.entry("MASKED", TinyModels.masked(folder.resolve("masked"))),
            Map.entry(
                "CLASSES",
                TinyModels.classifier(folder.resolve("classes"), Classifier.Unit.SEQUENCE)),
            Map.entry("TAGS", TinyModels.classifier(folder.resolve("tags"), Classifier.Unit.TOKEN)),
            Map.entry("ANSWERS", TinyModels.answerer(folder.resolve("answers"))),
            Map.entry("RERANKER", TinyModels.reranker(folder.resolve("reranker"))),
            Map.entry("NOTHING", folder.resolve("nothing")),
            Map.entry("EMPTY", Files.writeString(folder.resolve("empty.txt"), "")),
            Map.entry("BLANK", Files.writeString(folder.resolve("blank.txt"), "\n")),
            Map.entry("WORDS", Files.writeString(folder.resolve("words.txt"), "the cat\n")),
            Map.entry("LONG", Files.writeString(folder.resolve("long.txt"), LONG)));
  }

  private static CommandLineRun run(String line, String input) {
    Object[] words =
        Stream.of(line.split(" "))
            .map(word -> paths.containsKey(word) ? paths.get(word) : word.replace('_', ' '))
            .map(word -> word.equals("''") ? "" : word)
            .toArray();
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      return CommandLineRun.of(words);
    } finally {
      System.setIn(before);
    }
  }

  static Stream<Arguments> wrongCommandLines() {
    String none = ": must be given, got none";
    return Stream.of(
        Arguments.of("frobnicate", "COMMAND: must be a command"),
        Arguments.of("help frobnicate", "COMMAND: must be a command"),
        Arguments.of("adapter", "COMMAND: must be info or merge"),
        Arguments.of("bench", "train, encode, decode, prefill or batch"),
        Arguments.of("completion frobnicate", "must be"),
        Arguments.of("train", "--text: must be given"),
        Arguments.of("train --text WORDS --steps 0", "--steps: must be from 1"),
        Arguments.of("train --text WORDS --char --vocab-size 300", "--char: must come without"),
        Arguments.of("generate '' -p x", "MODEL: must be a folder or a name"),
        Arguments.of("generate DECODER", "--prompt" + none),
        Arguments.of(
            "generate DECODER -p " + LONG.replace(' ', '_'), "-p: must have at most 23 tokens"),
        Arguments.of("generate DECODER -p x -f WORDS", "-p: must come without --file, got both"),
        Arguments.of("generate DECODER -p x --lines", "--lines: must read --file"),
        Arguments.of("generate DECODER -p the --top-k -1", "--top-k: must be at least 0"),
        Arguments.of("chat DECODER --system x", "--system: must come with a model that has"),
        Arguments.of("fill-mask MASKED", "TEXT" + none),
        Arguments.of("fill-mask MASKED the_cat", "text 1: must hold <mask>, got none"),
        Arguments.of("classify CLASSES", "TEXT" + none),
        Arguments.of("classify CLASSES ''", "text 1: must not be blank"),
        Arguments.of("classify CLASSES --pairs the_cat", "text 1: must be two texts"),
        Arguments.of("classify CLASSES the --max-length 99", "--max-length: must be from 2 to 24"),
        Arguments.of("tag TAGS", "TEXT" + none),
        Arguments.of("tag TAGS ''", "text 1: must not be blank"),
        Arguments.of("answer ANSWERS the", "TEXT" + none),
        Arguments.of("answer ANSWERS '' the", "QUESTION: must not be blank"),
        Arguments.of("answer ANSWERS the ''", "TEXT: must not be blank"),
        Arguments.of("embed MASKED", "TEXT" + none),
        Arguments.of("embed MASKED the --prompt-name x", "--prompt-name: must be one of"),
        Arguments.of("rank RERANKER the", "TEXT" + none),
        Arguments.of("summarize BART", "TEXT" + none),
        Arguments.of("translate BART", "TEXT" + none),
        Arguments.of("perplexity DECODER", "--text: must be given"),
        Arguments.of("tokenize DECODER the -f WORDS", "text: must come from"),
        Arguments.of("tokenize DECODER --decode 99", "ids: must be numbers from 0 to 17"),
        Arguments.of("convert DECODER NOTHING --dtype f8", "--dtype: must be"),
        Arguments.of("pull a/b/c", "must be"),
        Arguments.of("info", "MODEL"),
        Arguments.of("verify", "DIR"));
  }

  @ParameterizedTest(name = "rapt {0}")
  @MethodSource("wrongCommandLines")
  void aWrongCommandLineHasStatusTwo(String line, String sentence) {
    CommandLineRun run = run(line, "");
    assertThat(run.err()).contains(sentence);
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
  }

  static Stream<Arguments> uselessFiles() {
    String noText = "empty.txt: must hold text, got none";
    return Stream.of(
        Arguments.of("train --text NOTHING", "nothing: must be a text file"),
        Arguments.of("train --text EMPTY", "empty.txt: must hold text"),
        Arguments.of("train --text WORDS --out WORDS", "words.txt: must be a folder"),
        Arguments.of("train --resume --out NOTHING", "nothing: must be the folder of a run"),
        Arguments.of("demo --out WORDS", "words.txt: must be a folder"),
        Arguments.of("demo --out DECODER", "must be new or made by rapt demo"),
        Arguments.of("generate DECODER -f EMPTY", noText),
        Arguments.of("generate DECODER -f LONG", "long.txt: must have at most 23 tokens"),
        Arguments.of("generate DECODER -f LONG --lines", "long.txt: must have at most 23 tokens"),
        Arguments.of("generate NOTHING -p x", "nothing: must be the folder of a model"),
        Arguments.of("chat NOTHING", "nothing: must be the folder of a model"),
        Arguments.of("fill-mask MASKED -f WORDS", "words.txt, text 1: must hold <mask>"),
        Arguments.of("fill-mask MASKED -f EMPTY", noText),
        Arguments.of("classify CLASSES --pairs -f WORDS", "words.txt, text 1: must be two texts"),
        Arguments.of("classify CLASSES -f BLANK", "blank.txt: must hold text, got none"),
        Arguments.of("tag TAGS -f EMPTY", noText),
        Arguments.of("answer ANSWERS the -f BLANK", "blank.txt: must hold text, got none"),
        Arguments.of("embed MASKED -f EMPTY", noText),
        Arguments.of("rank RERANKER the -f EMPTY", noText),
        Arguments.of("summarize BART -f EMPTY", noText),
        Arguments.of("translate BART -f EMPTY", noText),
        Arguments.of("perplexity DECODER --text EMPTY", "empty.txt: must have at least 2 tokens"),
        Arguments.of("perplexity DECODER --text NOTHING", "nothing: must be a text file"),
        Arguments.of("tokenize NOTHING the", "nothing: must be a folder"),
        Arguments.of("tokenize DECODER -f NOTHING", "nothing: must be a text file"),
        Arguments.of("tokenize DECODER --chat WORDS", "words.txt: must be valid JSON"),
        Arguments.of("tokenize DECODER --decode -f WORDS", "words.txt: must be numbers from 0"),
        Arguments.of("convert DECODER WORDS", "words.txt: must not exist"),
        Arguments.of("adapter info NOTHING", "nothing: must be"),
        Arguments.of("pull org/name --offline", "org/name: must be in the cache"),
        Arguments.of("info NOTHING", "nothing: must be the folder of a model"),
        Arguments.of("verify NOTHING", "nothing: must be a folder"));
  }

  @ParameterizedTest(name = "rapt {0}")
  @MethodSource("uselessFiles")
  void aFileThatCannotBeUsedHasStatusOneAndIsNamed(String line, String sentence) {
    CommandLineRun run = run(line, "");
    assertThat(run.err()).contains(sentence);
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
  }

  static Stream<Arguments> uselessInputs() {
    return Stream.of(
        Arguments.of("generate DECODER", LONG, "standard input: must have at most 23 tokens"),
        Arguments.of("fill-mask MASKED", "the cat", "standard input, text 1: must hold <mask>"),
        Arguments.of("tokenize DECODER --decode", "99", "standard input: must be numbers"));
  }

  @ParameterizedTest(name = "rapt {0}")
  @MethodSource("uselessInputs")
  void aStandardInputThatCannotBeUsedHasStatusOne(String line, String input, String sentence) {
    CommandLineRun run = run(line, input);
    assertThat(run.err()).contains(sentence);
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
  }
}
