package dev.rapt.hub;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The id of a model on the hub: {@code ORG/NAME}, for a few old models {@code NAME} alone.
 *
 * @param id the id, without a URL or revision
 */
public record RepoId(String id) {
  private static final Pattern VALID =
      Pattern.compile("(?:[A-Za-z0-9_][A-Za-z0-9._-]*/)?[A-Za-z0-9_][A-Za-z0-9._-]*");

  private static final int LONGEST = 96;

  /**
   * Checks the id.
   *
   * @throws IllegalArgumentException if it is not a valid id
   */
  public RepoId {
    if (!isValid(id)) {
      throw new IllegalArgumentException(
          "model: must be ORG/NAME of letters, digits and . _ - (at most %d), got %s"
              .formatted(LONGEST, id));
    }
  }

  /** Returns the id that a path spells, empty if it is not of the form {@code ORG/NAME}. */
  public static Optional<RepoId> of(Path path) {
    if (path.isAbsolute() || path.getNameCount() != 2) {
      return Optional.empty();
    }
    String id = path.getName(0) + "/" + path.getName(1);
    return isValid(id) ? Optional.of(new RepoId(id)) : Optional.empty();
  }

  private static boolean isValid(String id) {
    return id.length() <= LONGEST
        && VALID.matcher(id).matches()
        && !id.contains("--")
        && !id.contains("..")
        && !id.endsWith(".git");
  }

  /** Returns the name of the folder in the cache: {@code models--ORG--NAME}. */
  String folderName() {
    return "models--" + id.replace("/", "--");
  }

  @Override
  public String toString() {
    return id;
  }
}
