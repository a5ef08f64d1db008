package dev.rapt.cli.command.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Rejection sampling keeps the answers that a reward finds good. */
class SampleCommandTest {
  @TempDir private Path folder;
  private Path model;
  private Path prompts;

  @BeforeEach
  void writeFiles() throws IOException {
    model = TinyModels.decoder(folder.resolve("model"), 0.3);
    prompts =
        Files.writeString(
            folder.resolve("prompts.jsonl"),
            """
            {"prompt": "the cat", "id": 1}
            {"prompt": "a dog", "id": 2}
            {"prompt": "the sea", "id": 3}
            """);
  }

  private CommandLineRun sample(String reward, Object... more) {
    List<Object> words =
        new ArrayList<>(List.of("sample", model, "--file", prompts, "--reward", reward));
    words.addAll(List.of(more));
    return CommandLineRun.of(words.toArray());
  }

  private static List<JsonNode> objects(CommandLineRun run) {
    assertThat(run.status()).as(run.err()).isZero();
    return run.out().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
  }

  @Test
  void theBestAnswerToEachPromptIsKeptWithItsExample() {
    CommandLineRun run = sample("regex:a", "--samples", 16);
    List<JsonNode> kept = objects(run);
    assertThat(kept).isNotEmpty();
    for (JsonNode each : kept) {
      assertThat(each.get("completion").asString()).contains("a");
      assertThat(each.get("reward").asDouble()).isEqualTo(1);
      assertThat(each.has("id")).isTrue();
    }
    assertThat(run.err()).contains("kept %d of 3 prompts".formatted(kept.size()));
    Path target = folder.resolve("kept.jsonl");
    assertThat(sample("regex:a", "--samples", 16, "--out", target).status()).isZero();
    assertThat(target).hasContent(run.out());
  }

  @Test
  void aFileWithContentIsNotOverwritten() throws IOException {
    String before = Files.readString(prompts);
    CommandLineRun run = sample("regex:a", "--out", prompts);
    assertThat(run.status()).isNotZero();
    assertThat(run.err()).contains("--out: must be a new file, got " + prompts);
    assertThat(prompts).hasContent(before);
    Path empty = Files.createFile(folder.resolve("empty.jsonl"));
    assertThat(sample("regex:a", "--out", empty).status()).isZero();
    assertThat(sample("regex:a", "--out", "/dev/null").err()).contains("no regular file");
    assertThat(sample("regex:a", "--out", prompts.resolve("below")).err())
        .contains("--out: must be in a writable folder");
  }

  @Test
  void answersEndBeforeAStop() {
    List<JsonNode> whole = objects(sample("regex:.*", "--samples", 1));
    assertThat(whole).anyMatch(each -> each.get("completion").asString().contains("a"));
    List<JsonNode> ended = objects(sample("regex:.*", "--samples", 1, "--stop", "a"));
    for (int i = 0; i < whole.size(); i++) {
      String text = whole.get(i).get("completion").asString();
      int end = text.indexOf('a');
      assertThat(ended.get(i).get("completion").asString())
          .isEqualTo(end < 0 ? text : text.substring(0, end));
    }
    assertThat(sample("regex:.*", "--stop", "").err()).contains("--stop: must not be empty");
  }

  @Test
  void promptsWithoutAGoodAnswerAreLeftOut() {
    CommandLineRun none = sample("regex:^never$");
    assertThat(objects(none)).isEmpty();
    assertThat(none.err()).contains("kept 0 of 3 prompts; mean reward of all answers 0.0000");
    assertThat(objects(sample("regex:^never$", "--min-reward", 0))).hasSize(3);
  }

  @Test
  void whatCannotWorkIsRefused() {
    CommandLineRun run = sample("number");
    assertThat(run.status()).isNotZero();
    assertThat(run.err())
        .contains("prompts.jsonl, line 1: must have a value in \"answer\", got the columns");
    assertThat(sample("nonsense").err()).contains("--reward: must be one of number, gsm8k");
    assertThat(sample("exact", "--max-tokens", 100000).err())
        .contains("--max-tokens: must be below the model's context of");
  }
}
