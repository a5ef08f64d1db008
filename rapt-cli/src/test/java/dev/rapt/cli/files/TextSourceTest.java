package dev.rapt.cli.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.cli.output.CommandException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class TextSourceTest {
  @TempDir private Path folder;

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void aFileLargerThanAnArrayIsRefusedBySize() throws IOException {
    Path large = folder.resolve("large.txt");
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(3L << 30); // takes no space on the disk
    }
    assertThatThrownBy(() -> TextSource.read(large))
        .isInstanceOf(CommandException.class)
        .hasMessageEndingWith(
            "large.txt: must be smaller than 2 GB, got 3.00 GiB; split it (split --line-bytes=1G)");
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheText() throws IOException {
    assertThat(TextSource.read(write("marked.txt", "\uFEFFcat\n"))).isEqualTo("cat\n");
    assertThat(TextSource.read(write("within.txt", "a\uFEFFb"))).isEqualTo("a\uFEFFb");
    assertThat(lines("\uFEFFcat\n\uFEFFdog")).containsExactly("cat", "\uFEFFdog");
  }

  @Test
  void linesEndWithLineFeedsAndCarriageReturnsBeforeThem() throws IOException {
    assertThat(lines("a\r\n\nb\rc\n")).containsExactly("a", "", "b\rc");
    assertThat(lines("")).isEmpty();
    assertThat(lines("\n")).containsExactly("");
  }

  private static List<String> lines(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    List<String> all = new ArrayList<>();
    try (Utf8Lines lines = new Utf8Lines("text", new ByteArrayInputStream(bytes))) {
      for (String line = lines.next(); line != null; line = lines.next()) {
        all.add(line);
      }
    }
    return all;
  }

  @Test
  void badBytesAreNamedWithTheirPositionInTheSource() throws IOException {
    byte[] bytes = "12345\n78".getBytes(StandardCharsets.UTF_8);
    bytes[7] = (byte) 0xe9;
    try (Utf8Lines lines = new Utf8Lines("text", new ByteArrayInputStream(bytes))) {
      assertThat(lines.next()).isEqualTo("12345");
      assertThatThrownBy(lines::next)
          .hasMessageStartingWith("text: must be UTF-8 text, got byte 0xE9 at offset 7;");
    }
  }

  @Test
  void anEmptyFileAmongOthersIsNamedAndSkipped() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.txt"));
    Path text = write("text.txt", "cat");
    List<String> notes = new ArrayList<>();
    assertThat(TextFiles.check(List.of(empty, text), notes::add)).containsExactly(text);
    assertThat(notes).containsExactly(empty + ": empty, skipped");
    assertThatThrownBy(() -> TextFiles.check(List.of(empty, empty), notes::add))
        .hasMessageContaining("must hold text, got 2 empty files");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void pipesAreCopiedIntoTheFolder() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Thread.ofVirtual()
        .start(() -> {
          try {
            Files.writeString(pipe, "the cat");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    Path file = write("file.txt", "a dog");
    Path run = Files.createDirectories(folder.resolve("run"));
    List<Path> kept = TextFiles.withoutPipes(List.of(file, pipe), run, "text");
    assertThat(kept).containsExactly(file, run.resolve("text-2.txt"));
    assertThat(kept.get(1)).hasContent("the cat");
  }

  @Test
  void aPathIsReadInTheCharsetOfTheLocaleOrRefused() {
    assertThat(new PathReader(StandardCharsets.UTF_8).convert("é")).isEqualTo(Path.of("é"));
    assertThat(new PathReader(StandardCharsets.ISO_8859_1).convert("é")).isEqualTo(Path.of("Ã©"));
    assertThatThrownBy(() -> new PathReader(StandardCharsets.US_ASCII).convert("mod é"))
        .hasMessageContaining("must be a path that the locale can express, got 'mod é'");
  }
}
