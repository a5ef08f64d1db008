package dev.rapt.train;

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
   * @throws IllegalArgumentException if it holds a run or another model
   * @throws TrainingException if another training uses the folder
   * @throws dev.rapt.checkpoint.CheckpointException if it cannot be written
   */
  public static NewRunFolder claim(Path folder) throws IOException {
    boolean isNew = !Files.exists(folder);
    Set<Path> before = isNew ? Set.of() : entries(folder);
    return new NewRunFolder(folder, isNew, before, RunFolder.claim(folder));
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
