package dev.rapt.cli.command.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.output.ExitStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DemoCommandTest {
  @TempDir private Path folder;

  @Test
  void aShortDemoComparesWithTheFloorAndLeavesAModel() throws Exception {
    Path demo = folder.resolve("demo");
    CommandLineRun run = CommandLineRun.of("demo", "--seconds", 1, "--out", demo, "--json");
    assertThat(run.err()).doesNotContain("rapt: ");
    assertThat(run.status()).isZero();
    JsonNode result = JsonMapper.shared().readTree(run.out());
    double floor = result.get("floor").doubleValue();
    assertThat(floor).isPositive();
    assertThat(result.get("ngram_loss").doubleValue()).isGreaterThan(floor);
    assertThat(result.get("held_out_loss").doubleValue()).isGreaterThan(floor);
    assertThat(demo.resolve("loss.png")).isNotEmptyFile();
    assertThat(CommandLineRun.of("info", demo).status()).isZero();
  }

  @Test
  void aFolderWithOtherFilesIsNotTouched() throws Exception {
    Path precious = Files.writeString(folder.resolve("thesis.txt"), "years of work");
    CommandLineRun run = CommandLineRun.of("demo", "--seconds", 1, "--out", folder);
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(run.err()).contains("must be new or made by rapt demo");
    assertThat(precious).hasContent("years of work");
  }
}
