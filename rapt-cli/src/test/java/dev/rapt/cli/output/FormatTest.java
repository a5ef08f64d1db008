package dev.rapt.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class FormatTest {
  @Test
  void numbersHaveUnitsAndThreeDigits() {
    assertThat(Format.bytes(512)).isEqualTo("512 B");
    assertThat(Format.bytes(3L << 29)).isEqualTo("1.50 GiB");
    assertThat(Format.count(999)).isEqualTo("999");
    assertThat(Format.count(12_345)).isEqualTo("12.3k");
    assertThat(Format.count(999_900)).isEqualTo("1.00M");
    assertThat(Format.duration(Duration.ofSeconds(7))).isEqualTo("7 s");
    assertThat(Format.duration(Duration.ofSeconds(92))).isEqualTo("1:32");
    assertThat(Format.duration(Duration.ofSeconds(7390))).isEqualTo("2:03:10");
  }

  @Test
  void theProgressLineIsShorterThanTheTerminal() {
    StringWriter shown = new StringWriter();
    ProgressLine progress = new ProgressLine(new PrintWriter(shown), 40);
    progress.update(0.5, "x".repeat(100));
    String line = shown.toString().replace("\r", "").replace("\u001b[K", "");
    assertThat(line).hasSize(39).startsWith(" 50% [==========          ]");
  }

  @Test
  void withoutATerminalThereAreNoControlCharacters() {
    StringWriter shown = new StringWriter();
    ProgressLine progress = new ProgressLine(new PrintWriter(shown), 0, 0);
    progress.update(0.25, "step 1");
    progress.update(0.26, "step 2");
    progress.clear();
    assertThat(shown.toString().lines()).containsExactly(" 25% step 1");
  }

  @Test
  void withoutATerminalShortWorkPrintsNoLine() {
    StringWriter shown = new StringWriter();
    ProgressLine progress = new ProgressLine(new PrintWriter(shown), 0);
    progress.update(0.5, "1 of 2 texts");
    progress.clear();
    assertThat(shown.toString()).isEmpty();
  }
}
