package dev.rapt.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Atomic replacement of files and folders: the new version is written under a temporary name,
 * forced to disk, then renamed. Only one process at a time may write to a path.
 */
public final class AtomicFiles {
  private static final boolean WINDOWS =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");

  private AtomicFiles() {}

  /** Writes the content of a file. */
  @FunctionalInterface
  public interface ContentWriter {
    /**
     * Writes everything to the channel, which the caller closes.
     *
     * @throws IOException if writing fails
     */
    void writeTo(FileChannel channel) throws IOException;
  }

  /** Fills a folder. */
  @FunctionalInterface
  public interface FolderWriter {
    /**
     * Writes files into a folder that exists and is empty.
     *
     * @throws IOException if writing fails
     */
    void writeTo(Path folder) throws IOException;
  }

  /**
   * Writes a file atomically. When this returns, the content is on disk; when it throws, an older
   * file is unchanged and no temporary file remains.
   *
   * @throws CheckpointException if writing fails, as when the disk is full
   */
  public static void write(Path file, ContentWriter content) {
    Path incoming = sibling(file, "incoming");
    try {
      createParent(file);
      try (FileChannel channel =
          FileChannel.open(
              incoming,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      publish(incoming, file);
    } catch (IOException e) {
      throw failure(file, e);
    } finally {
      deleteQuietly(incoming);
    }
  }

  /** Writes a file of these bytes atomically, like {@link #write(Path, ContentWriter)}. */
  public static void write(Path file, byte[] content) {
    write(
        file,
        channel -> {
          ByteBuffer buffer = ByteBuffer.wrap(content);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
        });
  }

  /**
   * Writes a whole folder, replacing an existing one with all its content. The new folder is
   * complete and on disk before the old one is moved; if the process ends between the two renames,
   * {@link #recoverFolder} finishes the replacement.
   *
   * @throws CheckpointException if writing fails; the old folder is then still in place
   */
  public static void replaceFolder(Path folder, FolderWriter content) {
    recoverFolder(folder);
    Path incoming = sibling(folder, "incoming");
    Path outgoing = sibling(folder, "outgoing");
    try {
      createParent(folder);
      Files.createDirectory(incoming);
      content.writeTo(incoming);
      forceTree(incoming);
      boolean replaces = Files.exists(folder);
      if (replaces) {
        Files.move(folder, outgoing, StandardCopyOption.ATOMIC_MOVE);
      }
      try {
        Files.move(incoming, folder, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        if (replaces) {
          Files.move(outgoing, folder, StandardCopyOption.ATOMIC_MOVE);
        }
        throw e;
      }
      forceFolder(parentOf(folder));
      deleteTree(outgoing);
    } catch (IOException e) {
      throw failure(folder, e);
    } finally {
      boolean exchangeIsHalfDone = Files.exists(outgoing) && !Files.exists(folder);
      if (!exchangeIsHalfDone) {
        deleteQuietly(incoming);
      }
    }
  }

  /**
   * Cleans up after an interrupted {@link #replaceFolder}: finishes it if the new folder was
   * complete, else deletes the incomplete one. Must be called before reading a folder that was
   * written this way; does nothing if there was no interruption.
   *
   * @throws CheckpointException if the files cannot be moved or deleted
   */
  public static void recoverFolder(Path folder) {
    Path incoming = sibling(folder, "incoming");
    Path outgoing = sibling(folder, "outgoing");
    try {
      if (Files.exists(outgoing) && !Files.exists(folder)) {
        // the old folder is moved only after the new one is complete
        Path complete = Files.exists(incoming) ? incoming : outgoing;
        Files.move(complete, folder, StandardCopyOption.ATOMIC_MOVE);
        forceFolder(parentOf(folder));
      }
      deleteTree(incoming);
      deleteTree(outgoing);
    } catch (IOException e) {
      throw failure(folder, e);
    }
  }

  /**
   * Runs work that needs a folder for intermediate files, which is beside a path and is deleted
   * afterwards.
   *
   * @throws CheckpointException if writing fails
   */
  public static void withScratch(Path path, FolderWriter work) {
    Path scratch = sibling(path, "scratch");
    try {
      createParent(path);
      deleteTree(scratch); // of a process that ended without deleting it
      Files.createDirectory(scratch);
      work.writeTo(scratch);
    } catch (IOException e) {
      throw failure(path, e);
    } finally {
      deleteQuietly(scratch);
    }
  }

  /** Renames a finished file to its final name and forces its folder to disk. */
  static void publish(Path incoming, Path file) throws IOException {
    try {
      Files.move(incoming, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("this file system has no atomic rename", e);
    }
    forceFolder(parentOf(file));
  }

  /** Returns the temporary name of a file or folder: hidden, in the same folder. */
  static Path sibling(Path path, String role) {
    Path absolute = path.toAbsolutePath().normalize();
    return absolute.resolveSibling("." + absolute.getFileName() + "." + role);
  }

  /** Creates the folder that holds a path. */
  static void createParent(Path path) throws IOException {
    Files.createDirectories(parentOf(path));
  }

  /** Returns the error for a failed write, with its reason and the next step. */
  public static CheckpointException failure(Path path, IOException e) {
    String reason = reason(e);
    String nextStep = "check that this folder is writable";
    if (isDiskFull(reason)) {
      nextStep = "free disk space or write to another disk";
    }
    return new CheckpointException(
        path,
        null,
        "must be written to %s, but %s; %s".formatted(parentOf(path), reason, nextStep),
        e);
  }

  /**
   * Returns the reason of an exception; messages of some file exceptions are the file name alone.
   */
  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "access is denied to " + denied.getFile();
      case NoSuchFileException absent -> absent.getFile() + " cannot be created";
      case FileAlreadyExistsException there -> there.getFile() + " is not a folder";
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }

  private static boolean isDiskFull(String reason) {
    String text = reason.toLowerCase(Locale.ROOT);
    return Stream.of("no space left", "not enough space", "quota exceeded")
        .anyMatch(text::contains);
  }

  private static Path parentOf(Path path) {
    Path parent = path.toAbsolutePath().normalize().getParent();
    return parent == null ? path : parent;
  }

  private static void forceTree(Path folder) throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(folder)) {
      paths = walk.toList();
    }
    for (Path path : paths.reversed()) {
      if (Files.isDirectory(path)) {
        forceFolder(path);
      } else {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
      }
    }
  }

  /** Makes renames in a folder durable; Windows has no such call and needs none. */
  private static void forceFolder(Path folder) throws IOException {
    if (!WINDOWS) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Deletes a file or folder and ignores failures. */
  static void deleteQuietly(Path path) {
    try {
      deleteTree(path);
    } catch (IOException ignored) {
      // a leftover hidden file is harmless, and the error that led here matters more
    }
  }

  private static void deleteTree(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
