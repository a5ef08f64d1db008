package dev.rapt.train.pretrain.seq2seq;

import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.Seq2SeqPreset;
import dev.rapt.model.config.StackSizes;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Fresh encoder-decoders by the names of presets. */
final class Seq2SeqModels {
  private static final float USUAL_DROPOUT = 0.1f;

  private Seq2SeqModels() {}

  /** Returns the names of presets: {@code t5-tiny}. */
  static List<String> names(Seq2SeqPreset... presets) {
    return Arrays.stream(presets).map(Seq2SeqPreset::label).toList();
  }

  private static Seq2SeqPreset preset(String name) {
    return Arrays.stream(Seq2SeqPreset.values())
        .filter(preset -> preset.label().equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("preset: must be an encoder-decoder, got " + name));
  }

  /** Returns the layers of each stack and the width of a fresh model. */
  static PretrainSpec.Stack stack(PretrainSpec spec) {
    Seq2SeqPreset preset = preset(spec.preset());
    return new PretrainSpec.Stack(
        or(spec.size().layers(), preset.numLayers()), or(spec.size().width(), preset.hiddenSize()));
  }

  /**
   * Creates a fresh model, or loads that of the checkpoint.
   *
   * @param startId first token that the decoder reads
   */
  static Seq2SeqLm open(PretrainSetup setup, int startId) {
    Path checkpoint = setup.checkpoint();
    if (checkpoint != null) {
      return Seq2SeqLm.loadTrainable(checkpoint);
    }
    PretrainSpec spec = setup.spec();
    PretrainSpec.Size size = spec.size();
    Seq2SeqPreset preset = preset(spec.preset());
    int width = or(size.width(), preset.hiddenSize());
    StackSizes stack =
        new StackSizes(
            or(size.layers(), preset.numLayers()),
            or(size.heads(), preset.numHeads()),
            or(size.mlpWidth(), preset.intermediateSize()));
    if (width % stack.numHeads() != 0) {
      throw new IllegalArgumentException(
          "heads: must divide the width, got %d heads and width %d"
              .formatted(stack.numHeads(), width));
    }
    Double dropout = size.dropout();
    return Seq2SeqLm.create(
        preset.config(
            setup.tokenizer().vocabSize(),
            width,
            stack,
            spec.seqLen(), // no position beyond those that are trained
            SpecialTokens.require(setup.tokenizer(), "pad_token"),
            startId,
            dropout == null ? USUAL_DROPOUT : dropout.floatValue()),
        spec.seed());
  }

  private static int or(@Nullable Integer value, int usual) {
    return value == null ? usual : value;
  }
}
