package dev.rapt.tokenizer;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Recorded outputs of the reference: the whole set next to the checkout, small copies in the
 * resources. Tests of cases that only the whole set has are skipped without it.
 */
final class RecordedFolders {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private RecordedFolders() {}

  /** Returns the whole set next to the checkout, if it is there. */
  static Optional<Path> whole() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path candidate = at.resolve("shared/golden");
      if (Files.isDirectory(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /** Returns the folders with a tokenizer.json, of the small and of the whole set. */
  static List<Path> tokenizerFolders() throws IOException {
    List<Path> folders = new ArrayList<>();
    List<Path> roots = new ArrayList<>(List.of(small()));
    whole().ifPresent(roots::add);
    for (Path root : roots) {
      try (Stream<Path> children = Files.list(root.resolve("tokenizers"))) {
        children
            .filter(folder -> Files.exists(folder.resolve("tokenizer.json")))
            .sorted()
            .forEach(folders::add);
      }
    }
    return folders;
  }

  static Path small() {
    return Path.of("src/test/resources/golden").toAbsolutePath();
  }

  /**
   * Returns the folders of a name in the small and in the whole set; the test is skipped if there
   * is none.
   */
  static List<Path> folders(String name) {
    List<Path> folders = new ArrayList<>(List.of(small().resolve(name)));
    whole().ifPresent(root -> folders.add(root.resolve(name)));
    folders.removeIf(folder -> !Files.exists(folder));
    return orSkip(name, folders);
  }

  /** Returns the list; the test is skipped if it is empty. */
  static <T> List<T> orSkip(String name, List<T> list) {
    assumeFalse(list.isEmpty(), name + ": the recorded cases are not next to this checkout");
    return list;
  }

  static JsonNode cases(Path folder) throws IOException {
    return MAPPER.readTree(Files.readString(folder.resolve("cases.json")));
  }
}
