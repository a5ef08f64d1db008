package dev.rapt.cli.command.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.ExitStatus;
import dev.rapt.tensor.DType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ConvertCommandTest {
  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    model = TinyModels.decoder(folder.resolve("model"), 0.5);
  }

  private Path convert(Path from, String name, Object... more) {
    Path out = folder.resolve(name);
    CommandLineRun run = run(from, out, more);
    assertThat(run.err()).doesNotContain("rapt: ");
    assertThat(run.status()).isZero();
    return out;
  }

  private static CommandLineRun run(Path from, Path out, Object... more) {
    return CommandLineRun.of(
        Stream.concat(Stream.of("convert", from, out), Stream.of(more)).toArray());
  }

  /** Ids and log-probabilities of a continuation. */
  private static String continuation(Path model) {
    CommandLineRun run =
        CommandLineRun.of(
            "generate", model, "-p", "the cat", "-n", 6, "-t", 0, "--logprobs", 3, "--json");
    assertThat(run.status()).isZero();
    JsonNode json = JsonMapper.shared().readTree(run.out());
    assertThat(json.get("logprobs").size()).isPositive();
    return json.get("ids") + " " + json.get("logprobs");
  }

  @Test
  void bf16WeightsAreRoundedToNearestAndWidenBackExactly() throws IOException {
    Path narrow = convert(model, "bf16", "--dtype", "bf16");
    Path wide = convert(narrow, "f32", "--dtype", "f32");
    int numRounded = 0;
    try (Checkpoint before = Checkpoint.open(model);
        Checkpoint halves = Checkpoint.open(narrow);
        Checkpoint after = Checkpoint.open(wide)) {
      assertThat(after.names()).isNotEmpty().isEqualTo(before.names());
      for (String name : before.names()) {
        assertThat(halves.entry(name).dtype()).isEqualTo(DType.BF16);
        float[] original = before.entry(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        float[] widened = after.entry(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        for (int i = 0; i < original.length; i++) {
          assertThat(widened[i]).isEqualTo(nearestBf16(original[i]));
          numRounded += widened[i] == original[i] ? 0 : 1;
        }
      }
    }
    assertThat(numRounded).isPositive();
    Path again = convert(convert(wide, "bf16-2", "--dtype", "bf16"), "f32-2", "--dtype", "f32");
    assertThat(Files.mismatch(weights(wide), weights(again))).isEqualTo(-1);
    assertThat(continuation(again)).isEqualTo(continuation(wide)).isNotEqualTo(continuation(model));
  }

  private static float nearestBf16(float x) {
    int bits = Float.floatToRawIntBits(x);
    return Float.intBitsToFloat((bits + 0x7FFF + (bits >>> 16 & 1)) & 0xFFFF0000);
  }

  private static Path weights(Path model) {
    return model.resolve(Checkpoint.SINGLE_FILE);
  }

  @Test
  void shardsAndOneFileHoldTheSameModel() throws IOException {
    Path shards = folder.resolve("shards");
    CommandLineRun run = run(model, shards, "--max-shard-size", "4KB", "--json");
    assertThat(run.status()).isZero();
    JsonNode result = JsonMapper.shared().readTree(run.out());
    assertThat(result.get("bytes_written")).isEqualTo(result.get("bytes_read"));
    assertThat(result.get("files").size()).isGreaterThan(2);
    for (JsonNode file : result.get("files")) {
      assertThat(shards.resolve(file.stringValue())).isRegularFile();
    }
    assertThat(weights(shards)).doesNotExist();
    assertThat(continuation(shards)).isEqualTo(continuation(model));
    Path one = convert(shards, "one");
    assertThat(continuation(one)).isEqualTo(continuation(model));
    try (Checkpoint before = Checkpoint.open(model);
        Checkpoint after = Checkpoint.open(one)) {
      assertThat(after.names()).containsExactlyInAnyOrderElementsOf(before.names());
    }
    assertThat(Files.mismatch(model.resolve("tokenizer.json"), one.resolve("tokenizer.json")))
        .isEqualTo(-1);
  }

  @Test
  void theTextOutputHasSizesBeforeAndAfter() {
    CommandLineRun run = run(model, folder.resolve("f16"), "--dtype", "f16");
    assertThat(run.out()).contains("tensors", " before, ", " now, in model.safetensors");
  }

  @Test
  void anExistingFolderIsNotOverwritten() throws IOException {
    Path out = Files.createDirectory(folder.resolve("there"));
    Path note = Files.writeString(out.resolve("note.txt"), "mine");
    assertFails(run(model, out), ExitStatus.FAILED, "there: must not exist, got a file or folder");
    assertFails(
        run(model, model), ExitStatus.FAILED, "model: must not exist, got a file or folder");
    try (Stream<Path> left = Files.list(out)) {
      assertThat(left).containsExactly(note);
    }
    assertThat(Files.readString(note)).isEqualTo("mine");
    assertThat(continuation(model)).isNotEmpty();
  }

  @Test
  void aFailedConversionLeavesNothingBehind() throws IOException {
    Path out = folder.resolve("out");
    assertFails(run(model, out, "--dtype", "int3"), ExitStatus.USAGE, "--dtype");
    assertFails(run(model, out, "--dtype", "int3"), ExitStatus.USAGE, "int3");
    assertFails(
        run(model, out, "--max-shard-size", "much"),
        ExitStatus.USAGE,
        "must be a size like 5GB or 500MB, got much");
    assertFails(
        run(model, out, "--max-shard-size", "0"),
        ExitStatus.USAGE,
        "must be at least 1 byte, got 0");
    assertFails(
        run(folder.resolve("nothing"), out),
        ExitStatus.FAILED,
        "must be the folder of a model, got not");
    Path large = TinyModels.decoder(folder.resolve("large"), 1e6);
    assertFails(
        run(large, out, "--dtype", "f16"),
        ExitStatus.FAILED,
        "must be within 65504 to be stored in f16, got more; convert to bf16");
    byte[] bytes = Files.readAllBytes(weights(large));
    Files.write(weights(large), Arrays.copyOf(bytes, bytes.length - 100));
    assertFails(run(large, out), ExitStatus.FAILED, "model.safetensors");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactlyInAnyOrder(model, large);
    }
  }

  private static void assertFails(CommandLineRun run, int status, String sentence) {
    assertThat(run.err()).contains("rapt: ", sentence).doesNotContain("Exception");
    assertThat(run.status()).isEqualTo(status);
    assertThat(run.out()).isEmpty();
  }
}
