package dev.rapt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.options.Choices;
import dev.rapt.cli.output.ExitStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RaptTest {
  @TempDir private Path folder;

  static Stream<List<String>> commands() {
    CommandLine root =
        Rapt.commandLine(
            new PrintWriter(Writer.nullWriter()),
            new PrintWriter(Writer.nullWriter()),
            List.of("completion"));
    return Stream.concat(
        root.getSubcommands().keySet().stream().map(List::of),
        Stream.of(
            List.of("bench", "encode"),
            List.of("bench", "train"),
            List.of("bench", "decode"),
            List.of("bench", "prefill")));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelp(List<String> command) {
    Object[] words = Stream.concat(command.stream(), Stream.of("--help")).toArray();
    CommandLineRun run = CommandLineRun.of(words);
    assertThat(run.status()).isZero();
    assertThat(run.out()).contains("Usage: rapt " + String.join(" ", command), "Exit status:");
    assertThat(run.out()).doesNotContain("${", "%%");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void helpShowsWhatTheOptionOfEachCommandShows() {
    assertThat(CommandLineRun.of("help").out())
        .isEqualTo(CommandLineRun.of("--help").out())
        .isEqualTo(CommandLineRun.of("--debug", "--help").out())
        .contains("generate ", "--version", "Exit status:");
    for (List<String> command : commands().toList()) {
      CommandLineRun help = CommandLineRun.of(joined(List.of("help"), command));
      assertThat(help.status()).isZero();
      assertThat(help.out()).isEqualTo(CommandLineRun.of(joined(command, List.of("--help"))).out());
      assertThat(CommandLineRun.of("--help").out()).contains("\n  " + command.getFirst() + " ");
    }
  }

  private static Object[] joined(List<String> a, List<String> b) {
    return Stream.concat(a.stream(), b.stream()).toArray();
  }

  @Test
  void anUnknownCommandIsRefusedWithTheOneItResembles() {
    assertUsage(
        "got 'generat'; did you mean generate?", "", CommandLineRun.of("generat", "-p", "x"));
    assertUsage("got 'frobnicate'; see", "", CommandLineRun.of("frobnicate"));
    assertUsage("got 'tran'; did you mean train?", "", CommandLineRun.of("help", "tran"));
  }

  @Test
  void namesOfValuesAreListedInTheSameWayInHelpAndInErrors() {
    int numOptions = 0;
    for (List<String> command : commands().toList()) {
      CommandLine line =
          Rapt.commandLine(
              new PrintWriter(Writer.nullWriter()),
              new PrintWriter(Writer.nullWriter()),
              List.of("completion"));
      for (String name : command) {
        line = line.getSubcommands().get(name);
      }
      for (OptionSpec option : line.getCommandSpec().options()) {
        Class<?> type = option.auxiliaryTypes()[0];
        if (type.isEnum() && !option.longestName().equals("--early-stopping")) {
          String names = Choices.sentence(type);
          assertThat(String.join(" ", option.description())).contains(names);
          CommandLineRun wrong =
              CommandLineRun.of(joined(command, List.of(option.longestName(), "frobnicate")));
          assertUsage(option.longestName() + ": must be " + names + ", got", "[", wrong);
          numOptions++;
        }
      }
    }
    assertThat(numOptions).isGreaterThan(8);
  }

  @Test
  void completionKnowsCommandsOptionsAndValues() {
    for (String shell : List.of("bash", "zsh")) {
      CommandLineRun run = CommandLineRun.of("completion", shell);
      assertThat(run.status()).isZero();
      assertThat(run.out())
          .contains("complete -F _complete_rapt", "'--max-tokens'", "fill-mask")
          .contains("optimizer_values=(\"adamw\" \"muon\"")
          .contains("compReplyArray \"${optimizer_values[@]}\"")
          .doesNotContain("_option_args");
    }
    assertUsage(
        "SHELL: must be bash or zsh, got 'fish'", "", CommandLineRun.of("completion", "fish"));
  }

  @Test
  void aTextThatBeginsWithAtIsAText() throws IOException {
    Path model = TinyModels.decoder(folder.resolve("model"), 0.3);
    Path file = Files.writeString(folder.resolve("words"), "the cat");
    CommandLineRun run = CommandLineRun.of("tokenize", model, "@" + file, "--json");
    assertThat(JsonMapper.shared().readTree(run.out()).get("bytes").intValue())
        .isEqualTo(1 + file.toString().length());
  }

  @Test
  void onlyAFullHeapIsAnsweredWithALargerOne() {
    assertThat(failure(new OutOfMemoryError("Java heap space"))).contains("-Xmx8g");
    assertThat(failure(new OutOfMemoryError("Cannot reserve 9 bytes of direct buffer memory")))
        .contains("use a smaller batch")
        .doesNotContain("-Xmx");
  }

  private static String failure(Throwable e) {
    StringWriter err = new StringWriter();
    assertThat(Failures.print(e, new PrintWriter(err, true), false)).isEqualTo(ExitStatus.FAILED);
    return err.toString();
  }

  @Test
  void versionIsThatOfTheBuild() {
    CommandLineRun run = CommandLineRun.of("--version");
    assertThat(run.status()).isZero();
    assertThat(run.out()).matches("rapt \\d+\\.\\d+\\.\\d+.*\\R");
  }

  @Test
  void withoutACommandTheCommandsAreListedOnTheStandardError() {
    CommandLineRun run = CommandLineRun.of();
    assertThat(run.err()).isEqualTo(CommandLineRun.of("--help").out());
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
  }

  @Test
  void anUnknownOptionIsToldWithThoseThatItResembles() {
    CommandLineRun run = CommandLineRun.of("generate", folder, "--tmperature", 1);
    assertThat(run.err().strip())
        .isEqualTo(
            "rapt: '--tmperature', '1': not an option of this command; did you mean --temperature,"
                + " or see rapt generate --help");
  }

  @Test
  void wrongUsageHasStatusTwoAndOneSentence() {
    assertUsage("--frobnicate", "", CommandLineRun.of("doctor", "--frobnicate"));
    assertUsage("--text: must be given", "", CommandLineRun.of("train", "--out", folder));
    assertUsage("train, encode, decode, prefill or batch", "", CommandLineRun.of("bench"));
  }

  private static void assertUsage(String part, String unwanted, CommandLineRun run) {
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err()).startsWith("rapt: ").contains(part, "--help");
    assertThat(run.err()).doesNotContain("\tat ", "Exception");
    assertThat(unwanted.isEmpty() || !run.err().contains(unwanted)).isTrue();
    assertThat(run.out()).isEmpty();
  }

  @Test
  void invalidTrainingTextIsNamed() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.txt"));
    Path binary = Files.write(folder.resolve("binary.bin"), new byte[] {1, 0, 2, (byte) 0xff});
    Path latin = Files.write(folder.resolve("latin.txt"), new byte[] {'a', (byte) 0xe4, 'b'});
    Path missing = folder.resolve("missing.txt");
    assertTrainFails(empty, "empty.txt: must hold text, got an empty file");
    assertTrainFails(binary, "binary.bin: must be UTF-8 text, got binary data");
    assertTrainFails(latin, "latin.txt: must be UTF-8 text");
    assertTrainFails(missing, "missing.txt: must be a text file, got nothing");
    assertTrainFails(folder, "must be a text file, got a folder");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  private void assertTrainFails(Path text, String sentence) {
    CommandLineRun run =
        CommandLineRun.of("train", "--text", text, "--out", folder.resolve("out"), "--steps", 1);
    assertFails(run, ExitStatus.FAILED, sentence);
  }

  @Test
  void invalidModelsAreRefusedBeforeAnyWork() throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), "A text. ".repeat(200));
    assertFails(
        train(text, "--preset", "huge"), ExitStatus.USAGE, "preset: must be one of tiny, small");
    assertFails(
        train(text, "--width", 100, "--heads", 3),
        ExitStatus.USAGE,
        "heads: must divide the width, got 3 heads and width 100; try 2 heads");
    assertFails(
        train(text, "--kv-heads", 3),
        ExitStatus.USAGE,
        "--kv-heads: must divide the heads, got 3 and 4");
    assertFails(train(text, "--lr", -1), ExitStatus.USAGE, "--lr: must be above 0, got -1");
    assertFails(
        train(text, "--width", 1 << 30), ExitStatus.USAGE, "--width: must be from 1 to 16777216");
    assertFails(train(text, "--layers", 0), ExitStatus.USAGE, "--layers: must be from 1 to 10000");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void textShorterThanTheContextIsRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), "Too short.");
    assertFails(
        train(text, "--char", "--steps", 1),
        ExitStatus.FAILED,
        "text: must be longer than the context, got 9 tokens to train on and a context of 64");
  }

  private CommandLineRun train(Path text, Object... more) {
    Object[] words =
        Stream.concat(
                Stream.of("train", "--text", text, "--out", folder.resolve("out")), Stream.of(more))
            .toArray();
    return CommandLineRun.of(words);
  }

  @Test
  void foldersWithoutModelAreRefused() throws IOException {
    Path nothing = folder.resolve("nothing");
    Path file = Files.writeString(folder.resolve("file"), "x");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    for (String command : List.of("info", "generate", "chat")) {
      assertFails(
          run(command, nothing), ExitStatus.FAILED, "must be the folder of a model, got nothing");
      assertFails(
          run(command, file), ExitStatus.FAILED, "must be the folder of a model, got a file");
      assertFails(run(command, empty), ExitStatus.FAILED, "got one without config.json");
    }
    assertFails(run("tokenize", empty, "text"), ExitStatus.FAILED, "must hold a tokenizer.json or");
    assertFails(
        run("verify", nothing), ExitStatus.FAILED, "must be a folder with recorded outputs");
    assertFails(
        CommandLineRun.of("train", "--resume", "--out", empty),
        ExitStatus.FAILED,
        "without run.json");
  }

  private static CommandLineRun run(String command, Path model, Object... more) {
    Stream<Object> prompt =
        command.equals("generate") ? Stream.of("--prompt", "x") : Stream.empty();
    return CommandLineRun.of(
        Stream.concat(Stream.concat(Stream.of(command, model), prompt), Stream.of(more)).toArray());
  }

  @Test
  void stackTracesAppearOnlyWithDebug() {
    Path nothing = folder.resolve("nothing");
    assertThat(CommandLineRun.of("info", nothing).err()).doesNotContain("\tat ");
    assertThat(CommandLineRun.of("--debug", "info", nothing).err()).contains("\tat ");
  }

  @Test
  void doctorShowsTheActiveLibraries() {
    CommandLineRun run = CommandLineRun.of("doctor", "--no-measure", "--json");
    assertThat(run.status()).isZero();
    JsonNode facts = JsonMapper.shared().readTree(run.out());
    assertThat(facts.get("jdk").stringValue()).startsWith("25");
    assertThat(facts.get("cores").intValue()).isPositive();
    assertThat(facts.get("matmul").stringValue()).isNotBlank();
    assertThat(facts.get("kernels").stringValue()).isNotBlank();
    assertThat(facts.get("advice").isArray()).isTrue();
    assertThat(CommandLineRun.of("doctor", "--no-measure").out()).contains("matrix library");
  }

  private static void assertFails(CommandLineRun run, int status, String sentence) {
    assertThat(run.err()).contains(sentence);
    assertThat(run.err()).doesNotContain("\tat ", "Exception");
    assertThat(run.status()).isEqualTo(status);
  }
}
