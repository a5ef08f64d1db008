package dev.rapt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.output.ExitStatus;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs the command line in processes of their own, started by a shell and without a launcher. */
@EnabledOnOs(OS.LINUX)
class RaptProcessTest {
  private static final String RAPT =
      "\"$JAVA\" -XX:TieredStopAtLevel=1 -Xmx256m -cp \"$CLASSES\" dev.rapt.cli.Rapt ";

  @TempDir private static Path folder;

  @BeforeAll
  static void writeModel() throws IOException {
    TinyModels.decoder(folder.resolve("model"), 0.3);
  }

  /**
   * Runs a line of bash in which $RAPT is the command.
   *
   * @return exit status, standard output and standard error
   */
  private static CommandLineRun bash(String locale, String line)
      throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    List<String> command = new ArrayList<>(List.of("bash", "-c", line.replace("$RAPT ", RAPT)));
    ProcessBuilder process = new ProcessBuilder(command).directory(folder.toFile());
    process
        .environment()
        .put("JAVA", Path.of(System.getProperty("java.home"), "bin/java").toString());
    process.environment().put("CLASSES", classes());
    process.environment().put("LC_ALL", locale);
    process.redirectOutput(out.toFile()).redirectError(err.toFile());
    int status = process.start().waitFor();
    return new CommandLineRun(
        status,
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  /** The class path and the module path of this test, which runs in another folder. */
  private static String classes() {
    String both =
        System.getProperty("java.class.path")
            + File.pathSeparator
            + System.getProperty("jdk.module.path", "");
    return Arrays.stream(both.split(File.pathSeparator))
        .filter(path -> !path.isEmpty())
        .map(path -> new File(path).getAbsolutePath())
        .collect(Collectors.joining(File.pathSeparator));
  }

  @Test
  void argumentsAreUtf8InALocaleWithoutTheirCharacters() throws Exception {
    String tokenize = "$RAPT tokenize model 'é漢🔑' --json";
    CommandLineRun plain = bash("C", tokenize);
    assertThat(plain.err()).isEmpty();
    assertThat(plain.status()).isZero();
    assertThat(plain.out()).isEqualTo(bash("C.UTF-8", tokenize).out()).contains("\"bytes\":9");
  }

  @Test
  void aPathThatTheLocaleCannotExpressIsRefused() throws Exception {
    CommandLineRun run = bash("C", "$RAPT info 'mod é'");
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err())
        .startsWith("rapt: MODEL: must be a path that the locale can express, got 'mod é'")
        .contains("set LC_ALL=C.UTF-8");
  }

  @Test
  void aClosedStandardInputIsAnEmptyOne() throws Exception {
    CommandLineRun generate = bash("C.UTF-8", "$RAPT generate model <&-");
    assertThat(generate.err())
        .startsWith("rapt: --prompt: must be given, got none and an empty standard input");
    assertThat(generate.status()).isEqualTo(ExitStatus.USAGE);
    CommandLineRun chat = bash("C.UTF-8", "$RAPT chat model <&-");
    assertThat(chat.out().lines()).hasSize(1);
    assertThat(chat.status()).isZero();
  }

  @Test
  void aReaderThatLeavesEndsTheCommandQuietly() throws Exception {
    Path text = folder.resolve("many.txt");
    Files.writeString(text, "the cat saw a dog\n".repeat(20_000));
    String line = "$RAPT tokenize model --lines -f many.txt | head -1; exit ${PIPESTATUS[0]}";
    CommandLineRun run = bash("C.UTF-8", line);
    assertThat(run.status()).isEqualTo(ExitStatus.READER_GONE);
    assertThat(run.out().lines()).hasSize(1);
    assertThat(run.err()).isEmpty();
  }

  @Test
  void aFullDeviceIsAFailure() throws Exception {
    for (String command : List.of("--help", "generate --help", "tokenize model cat")) {
      CommandLineRun run = bash("C.UTF-8", "$RAPT " + command + " >/dev/full");
      assertThat(run.status()).as(command).isEqualTo(ExitStatus.FAILED);
      assertThat(run.err()).startsWith("rapt: standard output: must be writable, got ");
    }
  }
}
