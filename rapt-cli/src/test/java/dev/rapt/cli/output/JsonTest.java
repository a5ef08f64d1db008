package dev.rapt.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.model.Classifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JsonTest {
  private record Result(int numTokens, double natsPerToken) {}

  private record Pair(double first, float second) {}

  @TempDir private Path folder;

  @Test
  void keysOfRecordsAreInSnakeCase() {
    StringWriter text = new StringWriter();
    Json.print(new PrintWriter(text), Map.of("results", new Result(3, 0.5)));
    assertThat(text.toString().strip())
        .isEqualTo("{\"results\":{\"num_tokens\":3,\"nats_per_token\":0.5}}");
  }

  @Test
  void everyKeyThatACommandPrintsIsInSnakeCase() throws IOException {
    Path decoder = TinyModels.decoder(folder.resolve("decoder"), 0.5);
    Path text = Files.writeString(folder.resolve("text.txt"), "the cat saw a dog by the sea");
    Path tagger = TinyModels.classifier(folder.resolve("tagger"), Classifier.Unit.TOKEN);
    Path classifier = TinyModels.classifier(folder.resolve("c"), Classifier.Unit.SEQUENCE);
    Path masked = TinyModels.masked(folder.resolve("masked"));
    Path answerer = TinyModels.answerer(folder.resolve("answerer"));
    Path translator = TinyModels.encoderDecoder(folder.resolve("bart"), "bart");
    check("generate", decoder, "-p", "the cat", "-n", 3, "--logprobs", 2);
    check("generate", decoder, "-p", "the cat", "-n", 3, "-t", 1, "--num-return-sequences", 2);
    check("perplexity", decoder, "--text", text);
    check("tokenize", decoder, "the cat");
    check("info", decoder);
    check("tag", tagger, "the cat");
    check("tag", tagger, "--tokens", "the cat");
    check("classify", classifier, "the cat");
    check("classify", classifier, "--pair", "a dog", "the cat");
    check("fill-mask", masked, "the <mask> sat by the <mask>");
    check("answer", answerer, "a dog", "the cat saw a dog");
    check("embed", masked, "the cat");
    check("summarize", translator, "the cat saw a dog");
    check("doctor");
  }

  private static void check(Object... words) {
    Object[] all = Arrays.copyOf(words, words.length + 1);
    all[words.length] = "--json";
    CommandLineRun run = CommandLineRun.of(all);
    assertThat(run.status()).as("%s: %s", words[0], run.err()).isZero();
    for (String line : run.out().lines().toList()) {
      check(JsonMapper.shared().readTree(line), words[0].toString());
    }
  }

  private static void check(JsonNode node, String command) {
    node.propertyNames()
        .forEach(name -> assertThat(name).as(command).matches("[a-z0-9]+(_[a-z0-9]+)*"));
    node.values().forEach(value -> check(value, command));
  }

  @Test
  void numbersThatAreNotFiniteAreNull() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("loss", Double.NaN);
    map.put("scores", List.of(Float.NEGATIVE_INFINITY, 1.5f, 0.1, 3));
    map.put("pair", new Pair(Double.POSITIVE_INFINITY, 0.1f));
    StringWriter out = new StringWriter();
    Json.print(new PrintWriter(out), map);
    assertThat(out.toString().strip())
        .isEqualTo(
            "{\"loss\":null,\"scores\":[null,1.5,0.1,3],\"pair\":{\"first\":null,\"second\":0.1}}");
  }
}
