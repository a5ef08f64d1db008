package dev.rapt.cli.run;

import dev.rapt.cli.files.OutputFolder;
import dev.rapt.train.RunFolder;
import dev.rapt.train.RunLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The locked folder of a new run. A run that ends without a checkpoint leaves the folder as it was:
 * closing removes what has come into it since.
 */
public final class NewRunFolder implements AutoCloseable {
  private final Path folder;
  private final boolean isNew;
  private final Set<Path> before;
  private final RunLock lock;

  private NewRunFolder(Path folder, boolean isNew, Set<Path> before, RunLock lock) {
    this.folder = folder;
    this.isNew = isNew;
    this.before = before;
    this.lock = lock;
  }

  /**
   * Locks the folder, which is created if necessary.
   *
   * @throws dev.rapt.cli.output.CommandException if it holds a run or another model, or cannot be
   *     written
   */
  public static NewRunFolder claim(Path folder) throws IOException {
    OutputFolder.check(folder);
    boolean isNew = !Files.exists(folder);
    Set<Path> before = isNew ? Set.of() : entries(folder);
    return new NewRunFolder(folder, isNew, before, OutputFolder.claim(folder));
  }

  private static Set<Path> entries(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.collect(Collectors.toSet());
    }
  }

  /**
   * A note on files that the folder held before, unless a run left them; empty if there are none.
   */
  public Optional<String> note() {
    if (before.stream().anyMatch(RunLock::isLockFile)) {
      return Optional.empty();
    }
    return before.stream()
        .map(path -> path.getFileName().toString())
        .min(Comparator.naturalOrder())
        .map(name ->
            "%s: holds other files, such as %s; the run is written beside them"
                .formatted(folder, name));
  }

  @Override
  public void close() {
    try {
      if (RunFolder.newest(folder).isEmpty()) {
        for (Path entry : entries(folder)) {
          if (!before.contains(entry)) {
            deleteTree(entry);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.close();
      deleteIfEmpty();
    }
  }

  private static void deleteTree(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private void deleteIfEmpty() {
    try (Stream<Path> entries = Files.list(folder)) {
      if (isNew && entries.findAny().isEmpty()) {
        Files.delete(folder);
      }
    } catch (IOException e) {
      // another process has begun to use the folder
    }
  }
}
