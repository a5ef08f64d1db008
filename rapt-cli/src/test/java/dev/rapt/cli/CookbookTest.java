package dev.rapt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.train.finetune.Tasks;
import dev.rapt.train.pretrain.PretrainObjectives;
import dev.rapt.train.pretrain.objective.PretrainObjective;
import dev.rapt.train.task.Task;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The command lines of the cookbook, and those that a pretraining suggests, have options and values
 * that the commands accept.
 */
class CookbookTest {
  private static final Path PAGE = Path.of("..", "docs", "cookbook.md");
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

  static Stream<String> commandLines() throws IOException {
    return Files.readAllLines(PAGE).stream().filter(line -> line.startsWith("./rapt "));
  }

  @ParameterizedTest
  @MethodSource("commandLines")
  void commandLineIsAccepted(String line) {
    assertAccepted(line.substring("./rapt ".length()));
  }

  @Test
  void everyObjectiveSuggestsCommandLinesThatAreAccepted() {
    for (PretrainObjective objective : PretrainObjectives.ALL) {
      assertThat(objective.next()).as(objective.name()).isNotEmpty();
      objective.next().forEach(line -> assertAccepted(line.formatted("folder")));
    }
  }

  @Test
  void everyTaskSuggestsACommandLineThatIsAccepted() {
    for (Task task : Tasks.ALL) {
      assertAccepted(task.command().formatted("folder"));
    }
  }

  private static void assertAccepted(String line) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(line);
    while (matcher.find()) {
      words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
    }
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    assertThat(
            Rapt.commandLine(nowhere, nowhere, words)
                .parseArgs(words.toArray(String[]::new))
                .errors())
        .isEmpty();
  }

  @Test
  void everyTaskHasARecipe() throws IOException {
    String page = Files.readString(PAGE);
    Tasks.ALL.forEach(task -> assertThat(page).contains("--task " + task.name()));
  }
}
