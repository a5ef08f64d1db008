package dev.rapt.model.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.golden.Golden;
import dev.rapt.model.CausalLm;
import dev.rapt.model.EncoderPreset;
import dev.rapt.model.MaskedLm;
import dev.rapt.model.ModelWriter;
import dev.rapt.tensor.DType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelConversionTest {
  private static final Path MODEL = Golden.copy("llama/gqa");
  private static final long NO_LIMIT = Long.MAX_VALUE;

  private static ModelConversion.Result convert(Path from, Path to, DType type, long shard) {
    return ModelConversion.run(
        from, to, new ModelConversion.Options(type, shard), (done, all) -> {});
  }

  @Test
  void weightsAreRoundedToNearestAndWidenedExactly(@TempDir Path temporary) {
    Path narrow = temporary.resolve("bf16");
    Path wide = temporary.resolve("f32");
    ModelConversion.Result result = convert(MODEL, narrow, DType.BF16, NO_LIMIT);
    assertThat(result.bytesWritten()).isEqualTo(result.bytesRead() / 2);
    convert(narrow, wide, DType.F32, NO_LIMIT);
    try (Checkpoint original = Checkpoint.open(MODEL);
        Checkpoint rounded = Checkpoint.open(narrow);
        Checkpoint widened = Checkpoint.open(wide)) {
      assertThat(rounded.names()).isEqualTo(original.names());
      for (String name : original.names()) {
        assertThat(rounded.entry(name).dtype()).isEqualTo(DType.BF16);
        float[] before = original.entry(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        short[] bits = rounded.entry(name).data().toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
        float[] after = widened.entry(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        for (int i = 0; i < before.length; i++) {
          assertThat(after[i]).isEqualTo(Float.intBitsToFloat(bits[i] << 16));
          assertThat(Math.abs(after[i] - before[i])).isLessThanOrEqualTo(Math.abs(before[i]) / 256);
        }
      }
    }
    assertThat(ConfigReader.of(narrow.resolve("config.json")).requireString("dtype"))
        .isEqualTo("bfloat16");
    assertThat(CausalLm.load(narrow).config()).isEqualTo(CausalLm.load(MODEL).config());
  }

  @Test
  void sixteenBitsBecomeOtherSixteenBits(@TempDir Path temporary) {
    convert(MODEL, temporary.resolve("bf16"), DType.BF16, NO_LIMIT);
    convert(temporary.resolve("bf16"), temporary.resolve("f16"), DType.F16, NO_LIMIT);
    try (Checkpoint bf16 = Checkpoint.open(temporary.resolve("bf16"));
        Checkpoint f16 = Checkpoint.open(temporary.resolve("f16"))) {
      for (String name : bf16.names()) {
        short[] from = bf16.entry(name).data().toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
        short[] to = f16.entry(name).data().toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
        for (int i = 0; i < from.length; i++) {
          assertThat(to[i]).isEqualTo(Float.floatToFloat16(Float.intBitsToFloat(from[i] << 16)));
        }
      }
    }
  }

  @Test
  void shardsHoldTheSameBytesAndOtherFilesAreCopied(@TempDir Path temporary) throws IOException {
    Path folder = Files.createDirectory(temporary.resolve("model"));
    for (String file : List.of("config.json", "model.safetensors", "generation_config.json")) {
      Files.copy(MODEL.resolve(file), folder.resolve(file));
    }
    Files.writeString(folder.resolve("tokenizer.json"), "{}");
    Files.createDirectory(folder.resolve("1_Pooling"));
    Files.writeString(folder.resolve("1_Pooling/config.json"), "{\"a\": 1}");
    Files.writeString(folder.resolve("pytorch_model.bin"), "old");
    Path out = temporary.resolve("new/shards");
    ModelConversion.Result result = convert(folder, out, null, 20_000);
    assertThat(result.files()).hasSizeGreaterThan(2);
    try (Checkpoint original = Checkpoint.open(folder);
        Checkpoint sharded = Checkpoint.open(out)) {
      assertThat(sharded.names()).containsExactlyInAnyOrderElementsOf(original.names());
      for (String name : original.names()) {
        assertThat(sharded.entry(name).data().mismatch(original.entry(name).data())).isEqualTo(-1);
      }
    }
    assertThat(Files.readString(out.resolve("tokenizer.json"))).isEqualTo("{}");
    assertThat(Files.readString(out.resolve("1_Pooling/config.json"))).isEqualTo("{\"a\": 1}");
    assertThat(Files.exists(out.resolve("pytorch_model.bin"))).isFalse();
    assertThat(Files.readAllBytes(out.resolve("config.json")))
        .isEqualTo(Files.readAllBytes(folder.resolve("config.json")));
  }

  @Test
  void whatCannotBeDoneLeavesNothingBehind(@TempDir Path temporary) throws IOException {
    assertThatThrownBy(() -> convert(MODEL, temporary, DType.F16, NO_LIMIT))
        .hasMessageContaining("must not exist");
    try (MaskedLm model = MaskedLm.create(EncoderPreset.BERT_TINY.config(40), 3)) {
      model
          .parameters()
          .all()
          .getFirst()
          .value()
          .memory()
          .setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1e6f);
      Path folder = temporary.resolve("large");
      ModelWriter.write(folder, model, ModelWriter.TokenIds.NONE, DType.F32);
      assertThatThrownBy(() -> convert(folder, temporary.resolve("f16"), DType.F16, NO_LIMIT))
          .hasMessageContaining("must be within 65504 to be stored in f16");
    }
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).containsExactly(temporary.resolve("large"));
    }
  }
}
