package dev.rapt.eval.ask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.train.example.ExampleReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AskTest {
  @TempDir private Path folder;

  @Test
  void promptShowsTheExamplesAndThenTheQuestion() throws IOException {
    Path table = Files.writeString(folder.resolve("t.tsv"), "question\tanswer\n1+1?\t2\n2+2?\t4\n");
    QuestionPrompt prompt =
        QuestionPrompt.of(ExampleReader.readAll(table), Map.of(), List.of("2", "4"));
    assertThat(prompt.of("3+3?"))
        .isEqualTo(
            "Question: 1+1?\nAnswer: 2\n\nQuestion: 2+2?\nAnswer: 4\n\nQuestion: 3+3?\nAnswer:");
    assertThatThrownBy(
            () -> QuestionPrompt.of(ExampleReader.readAll(table), Map.of(), List.of("2", "5")))
        .hasMessageContaining("t.tsv, line 3: must have an answer among the choices 2, 5")
        .hasMessageContaining("got \"4\"");
    assertThatThrownBy(() ->
            QuestionPrompt.of(ExampleReader.readAll(table), Map.of("answer", "reply"), List.of()))
        .hasMessageContaining("line 2: must have a column for the answer, named reply");
  }

  @Test
  void mostFrequentAnswerWins() {
    Pattern number = Pattern.compile("answer is (\\d+)");
    SelfConsistency result =
        SelfConsistency.of(
            List.of(
                "the answer is 7",
                "the answer is 3, no, the answer is 4",
                "I do not know",
                "the answer is 4"),
            number);
    assertThat(result.answer()).contains("4");
    assertThat(result.votes()).isEqualTo(Map.of("4", 2, "7", 1));
    assertThat(result.withoutAnswer()).isEqualTo(1);
    assertThat(SelfConsistency.of(List.of("x"), number).answer()).isEmpty();
  }
}
