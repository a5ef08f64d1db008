package dev.rapt.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Copies of folders, and their permissions, for tests. */
final class Folders {
  private Folders() {}

  /** Copies a folder without what a build put into it, replacing an earlier copy. */
  static Path copyOfSources(Path from, Path to) throws IOException {
    delete(to);
    for (Path file : contents(from)) {
      Path relative = from.relativize(file);
      if (!relative.startsWith("target")) {
        Files.createDirectories(to.resolve(relative.toString()).getParent());
        Files.copy(file, to.resolve(relative.toString()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return to;
  }

  /** Deletes a folder with everything in it. */
  static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      for (Path file : contents(folder).reversed()) {
        Files.delete(file);
      }
    }
  }

  /** Allows or forbids to write to a folder and to everything in it. */
  static void setWritable(Path folder, boolean writable) throws IOException {
    for (Path file : contents(folder)) {
      if (!Files.isSymbolicLink(file)) {
        boolean runs =
            Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) || Files.isExecutable(file);
        String mode = (writable ? "rw" : "r-") + (runs ? "xr-xr-x" : "-r--r--");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
      }
    }
  }

  /** A folder and everything in it, parents before children. */
  private static List<Path> contents(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.sorted(Comparator.naturalOrder()).toList();
    }
  }
}
