package dev.rapt.cli.command.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.ExitStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class NewCommandTest {
  @TempDir private Path temp;
  private Path config;

  @BeforeEach
  void writeConfig() throws IOException {
    config = temp.resolve("config.json");
    Files.writeString(
        config,
        """
        {"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"], "hidden_size": 64, "intermediate_size": 128,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32, "vocab_size": 300,
         "max_position_embeddings": 64, "rms_norm_eps": 1e-6, "rope_theta": 1000000, "tie_word_embeddings": false}
        """);
  }

  private CommandLineRun make(Path out, Object... more) {
    return CommandLineRun.of(
        Stream.concat(Stream.of("new", "--shape", config, "--out", out, "--json"), Stream.of(more))
            .toArray());
  }

  private static JsonNode generated(Path model) {
    CommandLineRun run =
        CommandLineRun.of("generate", model, "-p", "héllo", "-n", 6, "-t", 0, "--json");
    assertThat(run.err()).doesNotContain("rapt: ");
    return JsonMapper.shared().readTree(run.out()).get("ids");
  }

  @Test
  void aFolderAndAGgufFileOfOneSeedGenerateTheSameFromBytes() {
    Path folder = temp.resolve("folder");
    Path file = temp.resolve("model.gguf");
    JsonNode made = JsonMapper.shared().readTree(make(folder, "--dtype", "f32").out());
    assertThat(made.get("tokens_of_tokenizer").intValue()).isEqualTo(257);
    assertThat(make(file, "--dtype", "f32").status()).isZero();
    JsonNode ids = generated(folder);
    assertThat(ids.size()).isPositive();
    assertThat(generated(file)).isEqualTo(ids);
    assertThat(make(temp.resolve("other"), "--dtype", "f32", "--seed", 2).status()).isZero();
    assertThat(generated(temp.resolve("other"))).isNotEqualTo(ids);
  }

  @Test
  void matricesAndHeadGetTheTypesThatWereAskedFor() {
    Path file = temp.resolve("model.gguf");
    assertThat(make(file, "--quantize", "q4_0", "--head-type", "q8_0").status()).isZero();
    JsonNode facts = JsonMapper.shared().readTree(CommandLineRun.of("info", file, "--json").out());
    assertThat(facts.at("/types/Q8_0").longValue()).isEqualTo(2 * 300 * 64);
    assertThat(facts.at("/types/Q4_0").longValue()).isPositive();
    assertThat(facts.get("supported").booleanValue()).isTrue();
  }

  @Test
  void theTokenizerOfAnotherModelIsCopied() throws IOException {
    Path other = TinyModels.decoder(temp.resolve("tiny"), 0.5);
    Path out = temp.resolve("out");
    assertThat(make(out, "--tokenizer", other).status()).isZero();
    assertThat(Files.readString(out.resolve("tokenizer.json")))
        .isEqualTo(Files.readString(other.resolve("tokenizer.json")));
  }

  @Test
  void aTokenizerMustFitTheVocabulary() throws IOException {
    Path other = TinyModels.decoder(temp.resolve("tiny"), 0.5);
    CommandLineRun run = make(temp.resolve("out"), "--tokenizer", other, "--vocab", 4);
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err()).contains("--tokenizer: must have at most 4 tokens").contains("--vocab ");
    assertThat(temp.resolve("out")).doesNotExist();
  }

  @Test
  void aVocabularyWithoutRoomForTheBytesGetsNoTokenizer() {
    JsonNode made = JsonMapper.shared().readTree(make(temp.resolve("out"), "--vocab", 256).out());
    assertThat(made.get("tokens_of_tokenizer").intValue()).isZero();
    assertThat(temp.resolve("out").resolve("tokenizer.json")).doesNotExist();
  }

  @Test
  void wrongOptionsAreRefusedBeforeAnythingIsWritten() {
    assertThat(make(temp.resolve("out"), "--quantize", "q4_0").err())
        .contains("--quantize: must come with --out FILE.gguf, got --out ");
    assertThat(make(temp.resolve("a.gguf"), "--quantize", "q9").err())
        .contains("--quantize: must be one of ");
    assertThat(make(temp.resolve("a.gguf"), "--head-type", "q8_0").err())
        .contains("--head-type: must come with --quantize");
    assertThat(CommandLineRun.of("new", "--shape", "none", "--out", temp.resolve("x")).err())
        .contains("--shape: must be one of ");
    assertThat(temp.resolve("a.gguf")).doesNotExist();
    assertThat(temp.resolve("x")).doesNotExist();
  }
}
