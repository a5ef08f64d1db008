package dev.rapt.model.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.CausalLm;
import dev.rapt.model.Encoder;
import dev.rapt.model.EncoderPreset;
import dev.rapt.model.Model;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.Seq2SeqPreset;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.decoder.Llama;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomModelTest {
  private static final int SEED = 5;
  private static final long MANY = Long.MAX_VALUE;

  @TempDir private Path temp;

  private ConfigReader json(ModelConfig config) {
    return ConfigReader.of(temp.resolve("config.json"), ModelWriter.describe(config));
  }

  private Path write(ModelConfig config, DType type, long maxShardBytes) {
    Path folder = temp.resolve("model");
    RandomModel.write(
        folder,
        json(config),
        SEED,
        new ModelConversion.Options(type, maxShardBytes),
        _ -> {},
        (_, _) -> {});
    return folder;
  }

  private static void assertSameWeights(Model written, Model created) {
    assertThat(written.parameters().size()).isEqualTo(created.parameters().size());
    for (Parameter parameter : written.parameters()) {
      Parameter other =
          Objects.requireNonNull(created.parameters().get(parameter.name()), parameter.name());
      assertThat(parameter.value().memory().mismatch(other.value().memory()))
          .as(parameter.name())
          .isEqualTo(-1);
    }
  }

  @Test
  void weightsAreThoseOfAModelCreatedFromTheSeedWhateverTheirSize() {
    // the embedding, 70000 x 64, is written in two parts
    Llama.Config config = Llama.Config.of(DecoderSizes.of(70_000, 64, 2, 4, 2, 96, 32, false));
    try (CausalLm written = CausalLm.load(write(config, DType.F32, 1_000_000));
        CausalLm created = CausalLm.create(config, SEED)) {
      assertSameWeights(written, created);
    }
  }

  @Test
  void encodersAndEncoderDecodersAreInitialisedAsForTraining() {
    try (Encoder written =
            Encoder.load(write(EncoderPreset.BERT_TINY.config(50), DType.F32, MANY));
        Encoder created = Encoder.create(EncoderPreset.BERT_TINY.config(50), SEED)) {
      assertSameWeights(written, created);
    }
    try (Seq2SeqLm written =
            Seq2SeqLm.load(write(Seq2SeqPreset.T5_TINY.config(50), DType.F32, MANY));
        Seq2SeqLm created = Seq2SeqLm.create(Seq2SeqPreset.T5_TINY.config(50), SEED)) {
      assertSameWeights(written, created);
    }
  }

  @Test
  void aGgufFileHoldsTheSameWeightsAndNothingIsLeftBesideIt() throws IOException {
    Llama.Config config = Llama.Config.of(DecoderSizes.of(40, 32, 1, 4, 2, 64, 32, true));
    Path file = temp.resolve("model.gguf");
    RandomModel.writeGguf(
        file,
        "tiny",
        json(config),
        SEED,
        new ModelConversion.Options(DType.F32, MANY),
        null,
        _ -> {},
        (_, _) -> {});
    try (CausalLm written = CausalLm.load(file);
        CausalLm created = CausalLm.create(config, SEED)) {
      assertSameWeights(written, created);
    }
    try (Stream<Path> files = Files.list(temp)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aFamilyThatGgufDoesNotHaveIsRefusedBeforeAnyWork() {
    assertThatThrownBy(() ->
            RandomModel.writeGguf(
                temp.resolve("model.gguf"),
                "bart",
                json(Seq2SeqPreset.BART_MINI.config(50)),
                SEED,
                new ModelConversion.Options(DType.F32, MANY),
                null,
                _ -> {},
                (_, _) -> {
                  throw new AssertionError("work began");
                }))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("bart");
  }
}
