package dev.rapt.cli.command.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.ExitStatus;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A model whose tokens, but for the special ones, are twelve characters. */
class ConstraintOptionsTest {
  private static final String CHARACTERS = "{}[]\":,a1b0-";

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    model = TinyModels.decoder(folder.resolve("model"), 0.3);
    Path file = model.resolve("tokenizer.json");
    JsonMapper json = JsonMapper.shared();
    ObjectNode tokenizer = (ObjectNode) json.readTree(Files.readString(file));
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    tokenizer
        .get("added_tokens")
        .forEach(t -> vocabulary.put(t.get("content").stringValue(), t.get("id").intValue()));
    CHARACTERS.codePoints().forEach(c -> vocabulary.put(Character.toString(c), vocabulary.size()));
    ((ObjectNode) tokenizer.get("model")).set("vocab", json.valueToTree(vocabulary));
    tokenizer.set("decoder", json.valueToTree(Map.of("type", "Fuse")));
    Files.writeString(file, json.writeValueAsString(tokenizer));
  }

  private CommandLineRun run(Object... more) {
    return CommandLineRun.of(
        Stream.concat(Stream.of("generate", model, "-p", "a"), Stream.of(more)).toArray());
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void eachKindOfConstraintHolds() throws IOException {
    Path schema =
        file("schema.json", "{\"type\":\"array\",\"items\":{\"enum\":[1,\"ab\"]},\"maxItems\":2}");
    Path grammar = file("list.gbnf", "root ::= (\"a\" | \"b\")* \"-\"");
    Map<String, Object> patterns =
        Map.of(
            "--schema", schema, "--grammar", grammar, "--regex", "[ab]{3}:1?", "--choice", "ba0");
    Map<String, String> expected =
        Map.of(
            "--schema", "\\[((1|\"ab\")(,(1|\"ab\"))?)?\\]",
            "--grammar", "[ab]*-",
            "--regex", "[ab]{3}:1?",
            "--choice", "ba0");
    patterns.forEach((option, value) -> {
      CommandLineRun run =
          run(option, value, "-t", 1, "--num-return-sequences", 3, "-n", 20, "--json");
      assertThat(run.status()).as(run.err()).isZero();
      JsonNode result = JsonMapper.shared().readTree(run.out());
      for (JsonNode sequence : result.get("sequences")) {
        if (sequence.get("finish_reason").stringValue().equals("eos")) {
          assertThat(sequence.get("text").stringValue()).matches(expected.get(option));
        }
      }
    });
  }

  @Test
  void aTextThatIsCutIsNoted() {
    CommandLineRun run = run("--regex", "[ab]{10}", "-n", 4);
    assertThat(run.out().strip()).matches("a[ab]{4}");
    assertThat(run.err())
        .contains("the text ends before --regex is complete; raise --max-new-tokens");
  }

  @Test
  void chatAnswersMatch() {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream("a".getBytes(StandardCharsets.UTF_8)));
    try {
      CommandLineRun run = CommandLineRun.of("chat", model, "--choice", "ab", "-n", 5);
      assertThat(run.out().lines()).contains("ab");
      assertThat(run.status()).isZero();
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void errorsNameFileAndPlace() throws IOException {
    Path schema = file("schema.json", "{\"properties\":{\"a\":{\"not\":{}}}}");
    CommandLineRun run = run("--schema", schema);
    assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(run.err()).contains("schema.json: #/properties/a/not: must be left out");
    Path grammar = file("bad.gbnf", "root ::= a\n\na ::= [z\n");
    assertThat(run("--grammar", grammar).err()).contains("bad.gbnf: line 3: must close");
    assertThat(run("--grammar", folder.resolve("none")).status()).isEqualTo(ExitStatus.FAILED);
  }

  @Test
  void wrongOptionsAreErrorsOfUsage() {
    List<CommandLineRun> runs =
        List.of(
            run("--regex", "(?=a)"), run("--regex", "a", "--choice", "b"), run("--choice", "xyz"));
    List<String> messages =
        List.of(
            "--regex: character 4: must do without look-ahead",
            "--regex: must come without other constraints, got --regex and --choice",
            "--choice: must match a text of the vocabulary's characters");
    for (int i = 0; i < messages.size(); i++) {
      assertThat(runs.get(i).status()).isEqualTo(ExitStatus.USAGE);
      assertThat(runs.get(i).err()).contains(messages.get(i));
    }
  }
}
