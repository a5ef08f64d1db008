package dev.rapt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RawArgumentsTest {
  private static final String LOST = "\uFFFD\uFFFD";

  @TempDir private Path folder;

  private Path commandLine(byte[]... words) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] word : words) {
      bytes.write(word);
      bytes.write(0);
    }
    return Files.write(folder.resolve("cmdline"), bytes.toByteArray());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void argumentsThatTheLocaleLosesAreReadFromTheCommandLine() throws IOException {
    Path raw =
        commandLine(utf8("java"), utf8("-jar"), utf8("x.jar"), utf8("tokenize"), utf8("é漢🔑"));
    String[] decoded = {"tokenize", LOST};
    assertThat(RawArguments.of(decoded, "ANSI_X3.4-1968", raw)).containsExactly("tokenize", "é漢🔑");
  }

  @Test
  void argumentsOfAnotherCharsetAreReadAsUtf8() throws IOException {
    Path raw = commandLine(utf8("java"), utf8("é"), utf8(""));
    assertThat(RawArguments.of(new String[] {"Ã©", ""}, "ISO-8859-1", raw))
        .containsExactly("é", "");
  }

  @Test
  void bytesThatAreNoUtf8AreRefused() throws IOException {
    Path raw = commandLine(utf8("java"), new byte[] {'c', (byte) 0xe9});
    assertThatThrownBy(() -> RawArguments.of(new String[] {"c\uFFFD"}, "UTF-8", raw))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("arguments: must be UTF-8, got 'c");
  }

  @Test
  void aReplacementCharacterThatTheUserWroteIsKept() throws IOException {
    Path raw = commandLine(utf8("java"), utf8("\uFFFD"));
    assertThat(RawArguments.of(new String[] {"\uFFFD"}, "UTF-8", raw)).containsExactly("\uFFFD");
  }

  @Test
  void lostArgumentsAreRefusedWhereTheCommandLineCannotBeRead() {
    Path nothing = folder.resolve("nothing");
    assertThatThrownBy(() -> RawArguments.of(new String[] {LOST}, "US-ASCII", nothing))
        .hasMessageContaining("set LC_ALL=C.UTF-8");
    String[] plain = {"tokenize", "--ids"};
    assertThat(RawArguments.of(plain, "US-ASCII", nothing)).isSameAs(plain);
  }
}
