package dev.rapt.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.checkpoint.SafetensorsFile;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import dev.rapt.verify.CaseFolders;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated config.json files and safetensors headers. Reading them works or throws a {@link
 * CheckpointException}.
 */
@Tag("fuzz")
final class ModelFilesFuzzTest {
  private static final int LENGTH_BYTES = Long.BYTES;

  private static final List<FamilyTable<?, ?>> TABLES =
      List.of(DecoderFamilies.TABLE, EncoderFamilies.TABLE, Seq2SeqFamilies.TABLE);

  @TempDir Path folder;

  private static List<Path> filesNamed(String name) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path root : List.of(CaseFolders.copy("llama/..").normalize(), CaseFolders.recorded())) {
      try (Stream<Path> files = Files.walk(root)) {
        files.filter(path -> path.endsWith(name)).sorted().forEach(found::add);
      }
    }
    assertThat(found).hasSizeGreaterThan(20);
    return found;
  }

  @Test
  void configJson() throws Exception {
    List<Path> sources = filesNamed("config.json");
    Path file = folder.resolve("config.json");
    Fuzz.Result result =
        Fuzz.run(
            "config.json",
            0.5,
            CheckpointException.class::isInstance,
            random -> {
              Mutations mutations = new Mutations(random);
              String source = Files.readString(mutations.choose(sources));
              Files.write(
                  file,
                  random.nextInt(8) == 0
                      ? mutations.bytes(source.getBytes(StandardCharsets.UTF_8))
                      : mutations.json(source).getBytes(StandardCharsets.UTF_8));
              return isParsed(file);
            });
    assertThat(result.accepted()).isPositive();
    assertThat(result.refused()).isPositive();
  }

  /** Parses the configuration as the family that it names; false where no family is named. */
  private static boolean isParsed(Path file) {
    ConfigReader json = ConfigReader.of(file, JsonFiles.read(file));
    String type = ModelTypes.require(json);
    for (FamilyTable<?, ?> table : TABLES) {
      if (table.has(type)) {
        var _ = ModelTypes.family(table, json).parse().apply(json);
        return true;
      }
    }
    return false;
  }

  @Test
  void safetensorsHeader() throws Exception {
    List<Path> sources = filesNamed("model.safetensors");
    Path file = folder.resolve("model.safetensors");
    Fuzz.Result result =
        Fuzz.run(
            "model.safetensors",
            0.5,
            CheckpointException.class::isInstance,
            random -> {
              Files.write(
                  file, mutated(Files.readAllBytes(new Mutations(random).choose(sources)), random));
              return isRead(file);
            });
    assertThat(result.accepted()).isPositive();
    assertThat(result.refused()).isPositive();
  }

  /** A file with a changed header, mostly of the length that it declares, and the old data. */
  private static byte[] mutated(byte[] source, RandomGenerator random) {
    Mutations mutations = new Mutations(random);
    int headerEnd =
        LENGTH_BYTES + (int) ByteBuffer.wrap(source).order(ByteOrder.LITTLE_ENDIAN).getLong();
    byte[] header = Arrays.copyOfRange(source, LENGTH_BYTES, headerEnd);
    byte[] changed =
        random.nextInt(3) == 0
            ? mutations.bytes(header)
            : mutations
                .json(new String(header, StandardCharsets.UTF_8))
                .getBytes(StandardCharsets.UTF_8);
    int kept =
        random.nextInt(6) == 0
            ? random.nextInt(source.length - headerEnd + 1)
            : source.length - headerEnd;
    ByteBuffer file =
        ByteBuffer.allocate(LENGTH_BYTES + changed.length + kept).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(
        random.nextInt(10) == 0 ? random.nextLong() >> random.nextInt(64) : changed.length);
    file.put(changed).put(source, headerEnd, kept);
    return file.array();
  }

  /** Opens the file and reads the first and last byte of each tensor. */
  private static boolean isRead(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsFile tensors = SafetensorsFile.map(file, arena);
      tensors.names().forEach(name -> touch(tensors.entry(name).data()));
      return true;
    }
  }

  private static void touch(MemorySegment data) {
    if (data.byteSize() > 0) {
      data.get(ValueLayout.JAVA_BYTE, 0);
      data.get(ValueLayout.JAVA_BYTE, data.byteSize() - 1);
    }
  }
}
