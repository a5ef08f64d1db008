package dev.rapt.verify;

import dev.rapt.checkpoint.JsonFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;

/**
 * Finds folders of recorded reference outputs: the whole set in {@code shared/golden} beside the
 * checkout where it is present, and the copies in {@code src/test/resources} of the modules.
 */
public final class CaseFolders {
  private static final String WHOLE_SET = "shared/golden";

  /** The modules whose test resources hold copies; each keeps those that its own tests use. */
  private static final List<String> MODULES =
      List.of("rapt-verify", "rapt-models", "rapt-tokenizers");

  private CaseFolders() {}

  /** A folder of the whole set; skips the test where the set is not present. */
  public static Path wholeOrSkip(String name) {
    Optional<Path> root = above(WHOLE_SET);
    Assumptions.assumeTrue(root.isPresent(), "needs the whole set of recorded cases, " + WHOLE_SET);
    return root.orElseThrow().resolve(name);
  }

  /** A folder in {@code shared} beside the checkout; skips the test where it is not present. */
  public static Path sharedOrSkip(String name) {
    Optional<Path> folder = above("shared/" + name);
    Assumptions.assumeTrue(folder.isPresent(), "needs shared/" + name);
    return folder.orElseThrow();
  }

  /** A folder of the whole set, where it is present. */
  private static Optional<Path> whole(String name) {
    return above(WHOLE_SET).map(root -> root.resolve(name)).filter(Files::isDirectory);
  }

  /** The copy of a folder in the test resources. */
  public static Path copy(String name) {
    return resource("golden/" + name);
  }

  /** The cases that were recorded for this repository alone. */
  public static Path recorded() {
    return resource("recorded");
  }

  /** The copy of a folder and, where it is present, the same folder of the whole set. */
  public static List<Path> copyAndWhole(String name) {
    List<Path> folders = new ArrayList<>(List.of(copy(name)));
    whole(name).ifPresent(folders::add);
    return folders;
  }

  /** All folders that hold a tokenizer.json, of the copies and of the whole set. */
  public static List<Path> tokenizers() throws IOException {
    List<Path> folders = new ArrayList<>();
    for (Path root : copyAndWhole("tokenizers")) {
      try (Stream<Path> children = Files.list(root)) {
        children
            .filter(folder -> Files.exists(folder.resolve("tokenizer.json")))
            .sorted()
            .forEach(folders::add);
      }
    }
    return folders;
  }

  /** The cases.json of a folder. */
  public static JsonNode cases(Path folder) {
    return JsonFiles.read(folder.resolve("cases.json"));
  }

  /** A folder in the test resources of one of the modules. */
  public static Path resource(String name) {
    return MODULES.stream()
        .flatMap(module -> above(module + "/src/test/resources/" + name).stream())
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no test resource " + name));
  }

  /** Looks for a folder in the working directory and in those above it. */
  private static Optional<Path> above(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path candidate = at.resolve(name);
      if (Files.isDirectory(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }
}
