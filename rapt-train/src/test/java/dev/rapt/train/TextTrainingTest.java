package dev.rapt.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.rapt.model.config.LayerKind;
import dev.rapt.model.decoder.Decoder;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.model.decoder.Llama;
import dev.rapt.text.TextModel;
import dev.rapt.train.shape.ModelShape;
import dev.rapt.train.shape.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TextTrainingTest {
  @Test
  void trainsAModelThatGeneratesText(@TempDir Path path) throws IOException {
    Path book = path.resolve("book.txt");
    Files.writeString(book, "the cat sat on the mat and the dog sat on the log. ".repeat(200));
    Path out = path.resolve("out");
    String first;
    try (TextModel model =
        TextTraining.on(book)
            .shape(ModelShape.gpt2(1, 32, 2, 32))
            .characters()
            .batchSize(8)
            .steps(60)
            .options(options -> options.lr(1e-2))
            .run(out)) {
      first = model.generate("the cat", 20);
      assertThat(first).hasSize(20);
    }
    try (TextModel model = TextModel.load(out)) {
      assertThat(model.generate("the cat", 20)).isEqualTo(first);
    }
    assertThat(out.resolve("metrics.jsonl")).isNotEmptyFile();
  }

  @Test
  void bytePairsAreTheDefault(@TempDir Path path) throws IOException {
    Path book = path.resolve("book.txt");
    Files.writeString(book, "the cat sat on the mat and the dog sat on the log. ".repeat(200));
    try (TextModel model =
        TextTraining.on(book)
            .shape(ModelShape.llama(1, 32, 2, 1, 64, 16))
            .steps(3)
            .run(path.resolve("out"))) {
      assertThat(model.tokenizer().vocabSize()).isBetween(257, 512);
      assertThat(model.model().config()).isInstanceOf(Llama.Config.class);
    }
  }

  @ParameterizedTest
  @EnumSource(Preset.class)
  void presetsWithoutSlidingWindowArePublishedFamilies(Preset preset) {
    assertThat(Preset.of(preset.label())).isEqualTo(preset);
    assertThat(preset.shape().isPublished()).isEqualTo(preset.shape().window() == 0);
    assertThat(preset.shape().config(100))
        .isInstanceOfAny(Gpt2.Config.class, Llama.Config.class, Decoder.Config.class);
  }

  @Test
  void gpt3PresetsHaveItsSizeAndASlidingWindowInEverySecondLayer() {
    Map<Preset, Double> billions =
        Map.of(
            Preset.GPT3_125M, 0.125,
            Preset.GPT3_350M, 0.356,
            Preset.GPT3_760M, 0.760,
            Preset.GPT3_1300M, 1.3,
            Preset.GPT3_2700M, 2.65,
            Preset.GPT3_6700M, 6.7,
            Preset.GPT3_13B, 12.85,
            Preset.GPT3_175B, 174.6);
    billions.forEach((preset, expected) -> {
      ModelShape shape = preset.shape();
      double perLayer = 12.0 * shape.width() * shape.width();
      double tables = (50257.0 + shape.context()) * shape.width();
      assertThat((shape.layers() * perLayer + tables) / 1e9)
          .as(preset.label())
          .isCloseTo(expected, withinPercentage(1.5));
      Decoder.Config config = (Decoder.Config) shape.config(50257);
      assertThat(config.kinds().subList(0, 4))
          .extracting(LayerKind::window)
          .containsExactly(0, 256, 0, 256);
    });
  }

  private static ModelShape gpt2(double ropeTheta, int window) {
    ModelShape gpt2 = ModelShape.gpt2(1, 32, 2, 32);
    return new ModelShape(
        1,
        32,
        2,
        2,
        128,
        32,
        gpt2.positions(),
        ropeTheta,
        window,
        false,
        gpt2.norm(),
        false,
        gpt2.activation(),
        false,
        true,
        true,
        0);
  }

  @Test
  void shapesOutOfRangeAreRefused() {
    for (double theta : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> gpt2(theta, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("RoPE theta: must be above 0, got " + theta);
    }
    assertThatThrownBy(() -> gpt2(10_000, -1)).hasMessage("window: must be at least 0, got -1");
  }

  @Test
  void aCombinationThatNoFamilyHasBecomesRaptsOwnDecoder() {
    ModelShape windowed = gpt2(10_000, 8);
    assertThat(windowed.isPublished()).isFalse();
    assertThat(windowed.config(100)).isInstanceOf(Decoder.Config.class);
  }

  @Test
  void anUnknownPresetIsRefusedWithAListOfAll() {
    assertThatThrownBy(() -> Preset.of("huge"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("preset: must be one of tiny, small")
        .hasMessageContaining("got huge");
  }
}
