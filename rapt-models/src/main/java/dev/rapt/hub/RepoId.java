package dev.rapt.hub;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a model on the hub: {@code ORG/NAME}, or for a few old ones {@code NAME} alone.
 *
 * @param id as people write it
 */
public record RepoId(String id) {
  private static final Pattern VALID =
      Pattern.compile("(?:[A-Za-z0-9_][A-Za-z0-9._-]*/)?[A-Za-z0-9_][A-Za-z0-9._-]*");

  private static final int LONGEST = 96;

  /**
   * @throws IllegalArgumentException if it can be no name of a model
   */
  public RepoId {
    if (!isValid(id)) {
      throw new IllegalArgumentException(
          "model: must be ORG/NAME of letters, digits and . _ - (at most %d), got %s"
              .formatted(LONGEST, id));
    }
  }

  /** The name, if a path that somebody wrote can be one with an organisation. */
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

  /** The folder in the cache: {@code models--ORG--NAME}. */
  String folderName() {
    return "models--" + id.replace("/", "--");
  }

  @Override
  public String toString() {
    return id;
  }
}
