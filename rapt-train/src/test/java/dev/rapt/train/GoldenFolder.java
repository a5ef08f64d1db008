package dev.rapt.train;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * A folder of recorded reference outputs: of the whole set beside the checkout where it is present,
 * else its copy among the tests' resources.
 */
public record GoldenFolder(Path path) {
  /** A folder that has a copy among the resources. */
  public static GoldenFolder of(String name) {
    return wholeSet(name).orElseGet(() -> new GoldenFolder(copy(name)));
  }

  /** A folder of the whole set, where that is present. */
  public static Optional<GoldenFolder> wholeSet(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("shared/golden").resolve(name);
      if (Files.isDirectory(folder)) {
        return Optional.of(new GoldenFolder(folder));
      }
    }
    return Optional.empty();
  }

  private static Path copy(String name) {
    URL url = Objects.requireNonNull(GoldenFolder.class.getResource("/golden/" + name), name);
    try {
      return Path.of(new URI(url.toString()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
