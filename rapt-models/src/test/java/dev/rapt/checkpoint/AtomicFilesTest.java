package dev.rapt.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
  @TempDir Path temp;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(temp)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void fullDiskKeepsTheOldFileAndSaysWhatToDo() throws IOException {
    Path file = temp.resolve("state.json");
    AtomicFiles.write(file, new byte[] {1});
    assertThatThrownBy(() ->
            AtomicFiles.write(
                file,
                channel -> {
                  channel.write(ByteBuffer.allocate(10));
                  throw new IOException("No space left on device");
                }))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("state.json: must be written to " + temp)
        .hasMessageContaining("free disk space");
    assertThat(file).hasBinaryContent(new byte[] {1});
    assertThat(names()).containsExactly("state.json");
  }

  @Test
  void folderIsReplacedAsAWhole() throws IOException {
    Path folder = temp.resolve("a/step");
    AtomicFiles.replaceFolder(
        folder,
        at -> Files.writeString(Files.createDirectory(at.resolve("x")).resolve("f"), "old"));
    AtomicFiles.replaceFolder(folder, at -> Files.writeString(at.resolve("g"), "new"));
    assertThat(folder.resolve("g")).hasContent("new");
    assertThat(folder.resolve("x")).doesNotExist();
    try (Stream<Path> files = Files.list(temp.resolve("a"))) {
      assertThat(files).containsExactly(folder);
    }
  }

  @Test
  void failedFolderWriteKeepsTheOldOne() throws IOException {
    Path folder = temp.resolve("step");
    AtomicFiles.replaceFolder(folder, at -> Files.writeString(at.resolve("f"), "old"));
    assertThatThrownBy(() ->
            AtomicFiles.replaceFolder(
                folder,
                at -> {
                  Files.writeString(at.resolve("f"), "half");
                  throw new IllegalStateException("stopped");
                }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(folder.resolve("f")).hasContent("old");
    assertThat(names()).containsExactly("step");
  }

  @Test
  void interruptedExchangeIsFinished() throws IOException {
    Path folder = temp.resolve("step");
    Files.writeString(Files.createDirectory(temp.resolve(".step.incoming")).resolve("f"), "new");
    Files.writeString(Files.createDirectory(temp.resolve(".step.outgoing")).resolve("f"), "old");
    AtomicFiles.recoverFolder(folder);
    assertThat(folder.resolve("f")).hasContent("new");
    assertThat(names()).containsExactly("step");
  }

  @Test
  void halfWrittenFolderIsNeverPutInPlace() throws IOException {
    Path folder = temp.resolve("step");
    Files.writeString(Files.createDirectory(folder).resolve("f"), "old");
    Files.writeString(Files.createDirectory(temp.resolve(".step.incoming")).resolve("f"), "half");
    AtomicFiles.recoverFolder(folder);
    assertThat(folder.resolve("f")).hasContent("old");
    assertThat(names()).containsExactly("step");

    Path first = temp.resolve("first");
    Files.createDirectory(temp.resolve(".first.incoming"));
    AtomicFiles.recoverFolder(first);
    assertThat(names()).containsExactly("step");
  }
}
