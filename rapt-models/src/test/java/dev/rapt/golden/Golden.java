package dev.rapt.golden;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds recorded reference outputs: the whole set in {@code shared/golden} beside the checkout
 * where it is present, else the small copies among the tests' resources.
 */
public final class Golden {
  private Golden() {}

  /** The whole set, where it is present. */
  public static Optional<Path> root() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path candidate = at.resolve("shared/golden");
      if (Files.isDirectory(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /** A folder that has a copy among the resources, from the whole set where that is present. */
  public static Path folder(String name) {
    return root()
        .map(root -> root.resolve(name))
        .filter(Files::isDirectory)
        .orElseGet(() -> copy(name));
  }

  /** The copy of a folder among the resources. */
  public static Path copy(String name) {
    return resource("/golden/" + name);
  }

  /** The cases that were recorded for this repository alone. */
  public static Path recorded() {
    return resource("/recorded");
  }

  /** What sentence-transformers computes with small folders. */
  public static Path sentence() {
    return resource("/sentence");
  }

  /** Small ONNX files and what ONNX Runtime computes with them. */
  public static Path onnx() {
    return resource("/onnx");
  }

  private static Path resource(String name) {
    URL url = Objects.requireNonNull(Golden.class.getResource(name), name);
    try {
      return Path.of(new URI(url.toString()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
