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
 * Files and folders that are either the old or the new version, never half of one: written beside
 * their place, forced to the disk, then renamed. One process at a time may write to a place.
 */
public final class AtomicFiles {
  private static final boolean WINDOWS =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");

  private AtomicFiles() {}

  /** Writes the content of a file. */
  @FunctionalInterface
  public interface ContentWriter {
    /** Writes everything to the channel, which the caller closes. */
    void writeTo(FileChannel channel) throws IOException;
  }

  /** Fills a folder. */
  @FunctionalInterface
  public interface FolderWriter {
    /** Writes files into a folder that exists and is empty. */
    void writeTo(Path folder) throws IOException;
  }

  /**
   * Puts a file in place in one step. When this returns, the content is on the disk; when it
   * throws, an older file is untouched and nothing is left beside it.
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

  /** Puts a file with these bytes in place in one step, as {@link #write(Path, ContentWriter)}. */
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
   * Puts a whole folder in place, instead of one that may be there; everything in the old one goes.
   * The new one is complete and on the disk before the old one is moved; if the process ends
   * between the two renames, {@link #recoverFolder} finishes the exchange.
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
   * Cleans up after an exchange that was interrupted: finishes it if the new folder was complete,
   * else removes what was written of it. Call before reading a folder that {@link #replaceFolder}
   * may have been writing; does nothing when all is well.
   *
   * @throws CheckpointException if the files cannot be moved or deleted
   */
  public static void recoverFolder(Path folder) {
    Path incoming = sibling(folder, "incoming");
    Path outgoing = sibling(folder, "outgoing");
    try {
      if (Files.exists(outgoing) && !Files.exists(folder)) {
        // The old folder leaves only after the new one is complete.
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

  /** Renames a finished file over its place and forces the folder that holds it. */
  static void publish(Path incoming, Path file) throws IOException {
    try {
      Files.move(incoming, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("this file system cannot rename in one step", e);
    }
    forceFolder(parentOf(file));
  }

  /** The name under which a file or folder is prepared: hidden, in the same folder. */
  static Path sibling(Path path, String role) {
    Path absolute = path.toAbsolutePath().normalize();
    return absolute.resolveSibling("." + absolute.getFileName() + "." + role);
  }

  static void createParent(Path path) throws IOException {
    Files.createDirectories(parentOf(path));
  }

  static CheckpointException failure(Path path, IOException e) {
    String reason = reason(e);
    String nextStep = "check that the place can be written to";
    if (isDiskFull(reason)) {
      nextStep = "free space on the disk or write to another one";
    }
    return new CheckpointException(
        path,
        null,
        "must be written to %s, but %s; %s".formatted(parentOf(path), reason, nextStep),
        e);
  }

  /** What the exception says; those of single files tell nothing but their name. */
  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "there is no permission for " + denied.getFile();
      case NoSuchFileException absent -> absent.getFile() + " cannot be made";
      case FileAlreadyExistsException there -> there.getFile() + " is no folder";
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

  /** Makes renames in a folder durable; Windows has no such call and does it by itself. */
  private static void forceFolder(Path folder) throws IOException {
    if (!WINDOWS) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  static void deleteQuietly(Path path) {
    try {
      deleteTree(path);
    } catch (IOException ignored) {
      // A left-over under a hidden name does no harm, and the error that led here matters more.
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
