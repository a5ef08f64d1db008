package dev.rapt.eval.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.train.example.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What filters leave of the responses to a prompt. */
class ResponseFilterTest {
  private static final List<String> RESPONSES =
      List.of(
          "The answer is (B).",
          "So it is (C) or (D).",
          "he was Guilty of Romance, not GUILTY",
          "GUILTY!",
          "a big red dog",
          "Answer: C",
          "answer:\n  D, or: A",
          "nothing here",
          "",
          "I like the dog");

  @TempDir Path folder;

  @Test
  void filtersEndWithOneResponse() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("filter.yaml"),
            """
            name: f
            filter:
              - function: regex
                regex_pattern: "(?P<n>-?[0-9]+)|(none)"
                group_select: -1
              - function: majority_vote
              - function: take_first
            """);
    ResponseFilter.Pipeline filter = ResponseFilter.Pipeline.read(YamlNode.read(file));
    Example doc = new Example(file, 1, JsonNodeFactory.instance.objectNode());
    assertThat(filter.apply(List.of("1 or 2", "none", "2", "nothing"), doc)).isEqualTo("2");
    assertThat(filter.apply(List.of("nothing"), doc)).isEqualTo("[invalid]");
  }

  /** The letters are those of lm-evaluation-harness 0.4.13 for the same settings. */
  @ParameterizedTest
  @CsvSource({
    "'', BCB--CD---",
    "'group_select: -1, ignore_case: true, ignore_punctuation: true', BDAACCA--D",
    "'regexes_to_ignore: [the, dog], ignore_case: true', BCBA-CD---",
  })
  void lettersOfChoicesAreFoundInResponses(String settings, String letters) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("filter.yaml"),
            "{function: multi_choice_regex, regex_pattern: '(\\([A-Z]\\))', " + settings + "}");
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    List.of("Guilty", "Guilty of Romance", "a big, red dog.", "The")
        .forEach(fields.withArray("choices")::add);
    ResponseFilter filter = ResponseFilter.read(TaskKeys.of(YamlNode.read(file)));
    assertThat(filter.apply(RESPONSES, new Example(file, 1, fields)))
        .isEqualTo(
            letters.chars().mapToObj(c -> c == '-' ? "[invalid]" : "(" + (char) c + ")").toList());
  }
}
