package dev.rapt.cli.command.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.ExitStatus;
import dev.rapt.hub.HubSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Pulls a small model from a hub on a local port. */
class PullCommandTest {
  private static final String REPO = "acme/tiny";
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final List<String> FILES =
      List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json");

  @TempDir private Path folder;
  private Path model;
  private Path cache;
  private LocalHub hub;

  @BeforeEach
  void openHub() throws IOException {
    model = TinyModels.decoder(folder.resolve("model"), 0.3);
    Files.writeString(model.resolve("pytorch_model.bin"), "pickled");
    cache = folder.resolve("cache");
    hub = new LocalHub(REPO, COMMIT, model);
  }

  @AfterEach
  void closeHub() throws IOException {
    hub.close();
  }

  private CommandLineRun pull(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line =
        new CommandLine(new PullCommand(() -> new HubSettings(hub.uri(), cache, null, false)));
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return new CommandLineRun(line.execute(arguments), out.toString(), err.toString());
  }

  private Path snapshot() {
    return cache.resolve("models--acme--tiny/snapshots").resolve(COMMIT);
  }

  private long totalBytes() throws IOException {
    long bytes = 0;
    for (String file : FILES) {
      bytes += Files.size(model.resolve(file));
    }
    return bytes;
  }

  @Test
  void thePulledModelIsTheOneOfTheHubAndGenerates() throws IOException {
    CommandLineRun run = pull(REPO, "--json");
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isEqualTo(ExitStatus.OK);
    JsonNode json = JsonMapper.shared().readTree(run.out());
    assertThat(json.get("folder").stringValue()).isEqualTo(snapshot().toString());
    assertThat(json.get("commit").stringValue()).isEqualTo(COMMIT);
    assertThat(json.get("bytes").longValue()).isEqualTo(totalBytes());
    assertThat(json.get("seconds").doubleValue()).isPositive();
    assertThat(json.get("files").valueStream().map(JsonNode::stringValue))
        .containsExactlyInAnyOrderElementsOf(FILES);
    for (String file : FILES) {
      assertThat(Files.mismatch(model.resolve(file), snapshot().resolve(file))).isEqualTo(-1);
    }
    assertThat(snapshot().resolve("pytorch_model.bin")).doesNotExist();
    Object[] generate = {"generate", snapshot(), "-p", "the cat", "-n", 4, "-t", 0};
    CommandLineRun pulled = CommandLineRun.of(generate);
    generate[1] = model;
    assertThat(pulled.status()).isZero();
    assertThat(pulled.out()).isEqualTo(CommandLineRun.of(generate).out());
  }

  @Test
  void theTextOutputNamesNumberSizeAndFolder() {
    List<String> lines =
        pull(REPO, "--include", "*.json", "--exclude", "tokenizer*").out().lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(lines.getFirst()).matches("acme/tiny: 1 files, \\d+ B, in \\d+ s");
    assertThat(lines.getLast()).isEqualTo(snapshot().toString());
    assertThat(snapshot().resolve("config.json")).isRegularFile();
    assertThat(snapshot().resolve("tokenizer.json")).doesNotExist();
  }

  @Test
  void offlineFindsPulledModels() throws IOException {
    assertThat(pull(REPO, "--json").status()).isZero();
    hub.close();
    assertThat(pull(REPO, "--offline").out().lines())
        .containsExactly("acme/tiny is in the cache", snapshot().toString());
    JsonNode json = JsonMapper.shared().readTree(pull(REPO, "--offline", "--json").out());
    assertThat(json.get("folder").stringValue()).isEqualTo(snapshot().toString());
  }
}
