package dev.rapt.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Recorded reference outputs: the whole set beside the checkout, small copies in the resources. */
final class RecordedFolders {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private RecordedFolders() {}

  /** The golden folder beside the checkout, if it is there. */
  static Optional<Path> whole() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path candidate = at.resolve("shared/golden");
      if (Files.isDirectory(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /** Folders {@code group/*} that hold a tokenizer.json, of the small and of the whole set. */
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

  /** The small and, where it is there, the whole folder of a name. */
  static List<Path> folders(String name) {
    List<Path> folders = new ArrayList<>(List.of(small().resolve(name)));
    whole().ifPresent(root -> folders.add(root.resolve(name)));
    folders.removeIf(folder -> !Files.exists(folder));
    return folders;
  }

  static JsonNode cases(Path folder) throws IOException {
    return MAPPER.readTree(Files.readString(folder.resolve("cases.json")));
  }
}
