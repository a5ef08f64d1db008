package dev.rapt.train;

import dev.rapt.checkpoint.AtomicFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Exclusive use of the folder of a run. The operating system releases the lock when the process
 * ends, however it ends. A thread that holds the lock may acquire it again.
 *
 * <pre>{@code
 * try (RunLock lock = RunLock.acquire(folder)) {
 *   // write tokenizer and data; a Trainer may run here, too
 * }
 * }</pre>
 */
public final class RunLock implements AutoCloseable {
  /** The file that is locked. It stays in the folder and marks it as that of a run. */
  private static final String FILE = ".rapt.lock";

  /** Locks of this process by folder: POSIX locks do not exclude threads of one process. */
  private static final Map<Path, RunLock> HELD = new HashMap<>();

  private final Path folder;
  private final FileChannel channel;
  private final Thread owner = Thread.currentThread();
  private int depth = 1;

  private RunLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Locks a folder, which is created if necessary.
   *
   * @throws TrainingException if another training uses the folder
   * @throws dev.rapt.checkpoint.CheckpointException if the folder cannot be written
   */
  public static RunLock acquire(Path folder) {
    try {
      Files.createDirectories(folder);
      Path real = folder.toRealPath();
      synchronized (HELD) {
        RunLock held = HELD.get(real);
        if (held == null) {
          RunLock fresh = lock(real);
          if (fresh != null) {
            HELD.put(real, fresh);
            return fresh;
          }
        } else if (held.owner == Thread.currentThread()) {
          held.depth++;
          return held;
        }
      }
    } catch (IOException e) {
      throw AtomicFiles.failure(folder.resolve(FILE), e);
    }
    throw new TrainingException(
        folder
            + ": must be written by one training at a time, got another that is running; wait for it"
            + " or name another folder");
  }

  private static @Nullable RunLock lock(Path real) throws IOException {
    FileChannel channel =
        FileChannel.open(real.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    return lock == null ? null : new RunLock(real, channel);
  }

  /** Whether a file is the one that is locked. */
  public static boolean isLockFile(Path file) {
    return file.endsWith(FILE);
  }

  /** Whether a training has used this folder, or uses it now. */
  static boolean marks(Path folder) {
    return Files.exists(folder.resolve(FILE));
  }

  /** Releases the lock, unless the thread has acquired it several times. */
  @Override
  public void close() {
    synchronized (HELD) {
      depth--;
      if (depth > 0) {
        return;
      }
      HELD.remove(folder);
      try {
        channel.close();
      } catch (IOException e) {
        throw AtomicFiles.failure(folder.resolve(FILE), e);
      }
    }
  }
}
