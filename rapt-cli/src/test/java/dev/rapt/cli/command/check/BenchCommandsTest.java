package dev.rapt.cli.command.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.output.ExitStatus;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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
    assertThat(run.out().lines()).hasSize(2);
    assertThat(run.out())
        .matches(
            "matrix peak [\\d.]+ [GT]FLOP/s \\(f32\\), \\d+ threads\\R"
                + "bert-base, 1 x 4, f32 +[\\d.k]+ seq/s \\([\\d.k]+\\) +\\d+% of peak +[\\d.]+"
                + " [KMG]iB  \\d+ steps\\R");
  }
}
