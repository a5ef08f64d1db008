package dev.rapt.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.text.TextModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the example of the README and checks that the README shows it. */
class ReadmeExampleTest {
  @TempDir Path temp;

  @Test
  void theExampleTrainsAndGenerates() throws IOException {
    Path book = temp.resolve("book.txt");
    Files.writeString(book, "It was a bright cold day in April. ".repeat(400));
    try (TextModel model = TextTraining.on(book).preset("tiny").steps(3).run(temp.resolve("out"))) {
      assertThat(model.generate("It was", 5)).isNotNull();
    }
    Path readme = Path.of("").toAbsolutePath().resolveSibling("README.md");
    assertThat(readme)
        .content()
        .contains(
            "try (TextModel model = TextTraining.on(book).preset(\"tiny\").steps(500).run(out)) {")
        .contains("model.generate(\"It was\", 100)");
  }
}
