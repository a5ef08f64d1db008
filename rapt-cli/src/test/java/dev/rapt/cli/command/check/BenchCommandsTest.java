package dev.rapt.cli.command.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.ExitStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The structure of what the benchmarks print; the speeds are the machine's own. */
class BenchCommandsTest {
  private static CommandLineRun bench(Object... options) {
    Stream<Object> words =
        Stream.concat(
            Stream.concat(Stream.of("bench"), Stream.of(options)),
            Stream.of("--precision", "f32", "--rounds", 1, "--seconds", 0.01));
    CommandLineRun run = CommandLineRun.of(words.toArray());
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    return run;
  }

  private static void assertResult(JsonNode result, String shape, String unit) {
    assertThat(result.get("shape").stringValue()).isEqualTo(shape);
    assertThat(result.get("precision").stringValue()).isEqualTo("f32");
    assertThat(result.get("steps").intValue()).isGreaterThanOrEqualTo(3);
    assertThat(result.get(unit).doubleValue()).isPositive();
    assertThat(result.get(unit + "_of_rounds").size()).isEqualTo(1);
    assertThat(result.get("share_of_peak").doubleValue()).isPositive();
    assertThat(result.get("peak_bytes").longValue()).isPositive();
    assertThat(result.has("peers")).isFalse();
  }

  @Test
  void aPeerThatCannotBeStartedIsNamed() {
    System.setProperty("rapt.home", ".."); // where the launcher finds the scripts
    CommandLineRun run =
        CommandLineRun.of(
            "bench",
            "encode",
            "--peer",
            "/nowhere/python",
            "--precision",
            "f32",
            "--rounds",
            1,
            "--seconds",
            0.01,
            "--batch",
            1,
            "--tokens",
            4);
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
    System.clearProperty("rapt.home");
    assertThat(run.err())
        .contains("--peer: must be a Python interpreter, got /nowhere/python")
        .doesNotContain("Exception", "error=2");
  }

  @Test
  void trainingPrintsOneObjectForAShape() {
    CommandLineRun run = bench("train", "--shape", "char-0.8m", "--json");
    assertThat(run.out().lines()).hasSize(1);
    assertResult(JsonMapper.shared().readTree(run.out()), "char-0.8m", "tokens_per_second");
  }

  @Test
  void encodingPrintsThePeakAndALine() {
    CommandLineRun run = bench("encode", "--batch", 1, "--tokens", 4);
    assertThat(run.out().lines()).hasSize(3);
    assertThat(run.out())
        .matches(
            "matrix peak [\\d.]+ [GT]FLOP/s \\(f32\\), \\d+ threads\\R"
                + "bert-base, 1 x 4, f32 +[\\d.k]+ seq/s \\([\\d.k]+\\) +\\d+% of peak +[\\d.]+"
                + " [KMG]iB  \\d+ steps\\R  energy: .*\\R");
  }

  private static CommandLineRun benchModel(Path folder, String task, Object... options)
      throws IOException {
    Path model = TinyModels.decoder(folder, 0.5);
    return CommandLineRun.of(
        Stream.concat(
                Stream.of("bench", task, model, "--rounds", 1, "--seconds", 0.01),
                Stream.of(options))
            .toArray());
  }

  @Test
  void decodingIsComparedWithTheReadBandwidth(@TempDir Path folder) throws IOException {
    CommandLineRun run = benchModel(folder, "decode", "--batch", 2, "--prompt", 3, "--json");
    assertThat(run.err()).isEmpty();
    JsonNode json = JsonMapper.shared().readTree(run.out());
    assertThat(json.get("shape").stringValue()).isEqualTo("decode");
    assertThat(json.get("precision").stringValue()).isEqualTo("f32");
    assertThat(json.get("tokens_per_second").doubleValue()).isPositive();
    assertThat(json.get("share_of_read_bandwidth").doubleValue()).isPositive();
  }

  @Test
  void prefillIsComparedWithTheMatrixPeak(@TempDir Path folder) throws IOException {
    CommandLineRun run = benchModel(folder, "prefill", "--prompt", 5);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("matrix peak", ", 1 x 5, f32 ", "% of peak");
  }

  @Test
  void aPromptThatFillsTheContextIsRefused(@TempDir Path folder) throws IOException {
    CommandLineRun run = benchModel(folder, "decode", "--prompt", TinyModels.MAX_POSITIONS);
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(run.err()).contains("--prompt: must be less than the 24 tokens", "got 24");
  }

  @Test
  void aPeerNeedsOneFileThatBothRead(@TempDir Path folder) throws IOException {
    CommandLineRun run = benchModel(folder, "decode", "--prompt", 3, "--peer", folder);
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(run.err()).contains("--peer: must have a GGUF file");
  }
}
