package dev.rapt.train.pretrain.encoder;

import dev.rapt.model.EncoderPreset;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Fresh encoders by the names of presets. */
final class EncoderModels {
  private EncoderModels() {}

  /** Returns the names of presets: {@code bert-tiny}. */
  static List<String> names(EncoderPreset... presets) {
    return Arrays.stream(presets).map(EncoderPreset::label).toList();
  }

  static EncoderPreset preset(String name) {
    return Arrays.stream(EncoderPreset.values())
        .filter(preset -> preset.label().equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("preset: must be an encoder, got " + name));
  }

  /** Returns the layers and the width of a fresh encoder. */
  static PretrainSpec.Stack stack(PretrainSpec spec) {
    EncoderSizes usual = preset(spec.preset()).sizes(1);
    return new PretrainSpec.Stack(
        or(spec.size().layers(), usual.numLayers()), or(spec.size().width(), usual.hiddenSize()));
  }

  /** Returns the configuration of a fresh encoder. */
  static EncoderConfig config(PretrainSetup setup) {
    return config(setup, setup.tokenizer().vocabSize());
  }

  /** Returns the configuration of a fresh encoder with this number of tokens. */
  static EncoderConfig config(PretrainSetup setup, int vocabSize) {
    PretrainSpec spec = setup.spec();
    EncoderPreset preset = preset(spec.preset());
    EncoderSizes usual = preset.sizes(vocabSize);
    PretrainSpec.Size size = spec.size();
    EncoderSizes sizes =
        EncoderSizes.of(
            vocabSize,
            or(size.width(), usual.hiddenSize()),
            or(size.layers(), usual.numLayers()),
            or(size.heads(), usual.numHeads()),
            or(size.mlpWidth(), usual.intermediateSize()),
            positions(preset, usual, spec.seqLen()));
    int pad = SpecialTokens.require(setup.tokenizer(), "pad_token");
    Double dropout = size.dropout();
    EncoderConfig config = preset.config(sizes.withPadTokenId(pad));
    if (dropout == null) {
      return config;
    }
    float share = dropout.floatValue();
    return preset.config(sizes.withPadTokenId(pad).withDropout(share, share));
  }

  /**
   * Returns the number of positions: those that are trained, where each has a vector of its own.
   * Positions of RoBERTa and its kin begin after that of the padding token.
   */
  private static int positions(EncoderPreset preset, EncoderSizes usual, int seqLen) {
    return switch (preset) {
      case MPNET_BASE, ROBERTA_BASE -> seqLen + 2;
      case BIG_BIRD_BASE, LONGFORMER_BASE, MODERNBERT_BASE ->
          Math.max(usual.maxPositions(), seqLen + 2);
      default -> seqLen;
    };
  }

  private static int or(@Nullable Integer value, int usual) {
    return value == null ? usual : value;
  }
}
