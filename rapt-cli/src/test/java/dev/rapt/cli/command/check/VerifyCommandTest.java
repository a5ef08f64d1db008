package dev.rapt.cli.command.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.output.ExitStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small recorded model is compared with its recorded outputs. */
class VerifyCommandTest {
  private static final Path RECORDED =
      Path.of("").toAbsolutePath().resolveSibling("rapt-models/src/test/resources/recorded");

  @TempDir private Path folder;

  @BeforeEach
  void copyRecordedModel() throws IOException {
    Path target = Files.createDirectory(folder.resolve("lm"));
    try (Stream<Path> files = Files.list(RECORDED.resolve("arcee/lm"))) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName().toString()));
      }
    }
  }

  @Test
  void everyRecordedCallPasses() {
    CommandLineRun run = CommandLineRun.of("verify", folder);
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isEqualTo(ExitStatus.OK);
    List<String> lines = run.out().lines().toList();
    List<String> calls = lines.subList(0, lines.size() - 1);
    assertThat(calls).hasSizeGreaterThan(2).allMatch(line -> line.startsWith("ok "));
    assertThat(calls).anyMatch(line -> line.contains("logits") || line.contains("largest error"));
    assertThat(lines.getLast()).isEqualTo(calls.size() + " passed, 0 failed");
  }

  @Test
  void aModelWithOtherWeightsFails() throws IOException {
    Path weights = folder.resolve("lm").resolve(Checkpoint.SINGLE_FILE);
    byte[] bytes = Files.readAllBytes(weights);
    int header = 8 + (bytes[0] & 255) + 256 * (bytes[1] & 255);
    for (int i = header + 1; i < bytes.length; i += 2) {
      bytes[i] = (byte) (bytes[i] ^ 0x80);
    }
    Files.write(weights, bytes);
    CommandLineRun run = CommandLineRun.of("verify", folder);
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(run.out().lines()).anyMatch(line -> line.startsWith("FAILED "));
    assertThat(run.out().strip()).doesNotEndWith(" 0 failed").endsWith(" failed");
  }
}
