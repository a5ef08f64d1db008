package dev.rapt.train.pretrain.encoder;

import dev.rapt.model.EncoderPreset;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.encoder.Deberta;
import dev.rapt.model.encoder.Electra;
import dev.rapt.train.pretrain.objective.PretrainObjective;
import dev.rapt.train.pretrain.objective.PretrainRun;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import java.util.List;
import java.util.Set;

/**
 * Replaced-token detection: ELECTRA (arXiv:2003.10555), whose generator is narrower than the
 * discriminator and shares its embeddings, and DeBERTaV3 (arXiv:2111.09543), whose generator has
 * half of its layers and gradient-disentangled embeddings. All chosen tokens are masked, as in
 * both.
 */
public final class ReplacedTokenPretraining implements PretrainObjective {
  private static final double USUAL_WEIGHT = 50;
  private static final double USUAL_SHARE_OF_WIDTH = 0.25;
  private static final double USUAL_SHARE_OF_LAYERS = 0.5;
  private static final double ALL = 1;

  @Override
  public String name() {
    return "replaced";
  }

  @Override
  public String description() {
    return "detects tokens that a small generator replaced (ELECTRA, DeBERTaV3)";
  }

  @Override
  public SpecialTokens tokens() {
    return SpecialTokens.ENCODER;
  }

  @Override
  public List<String> presets() {
    return EncoderModels.names(
        EncoderPreset.ELECTRA_SMALL,
        EncoderPreset.ELECTRA_BASE,
        EncoderPreset.ELECTRA_LARGE,
        EncoderPreset.DEBERTA_V3_XSMALL,
        EncoderPreset.DEBERTA_V3_SMALL,
        EncoderPreset.DEBERTA_V3_BASE,
        EncoderPreset.DEBERTA_V3_LARGE);
  }

  @Override
  public List<String> next() {
    return List.of(
        "finetune --task classify --model %s --train FILE --out DIR",
        "finetune --task tag --model %s --train FILE --out DIR");
  }

  @Override
  public PretrainSpec.Stack stack(PretrainSpec spec) {
    return EncoderModels.stack(spec);
  }

  @Override
  public Set<String> settings() {
    return Set.of(
        "mask-rate", "whole-word", "generator-size", "detection-weight", "embedding-sharing");
  }

  @Override
  public PretrainRun<?> open(PretrainSetup setup) {
    MaskedTexts texts = MaskedTexts.of(setup, ALL);
    float weight = (float) setup.number("detection-weight", USUAL_WEIGHT, 0, 1e6);
    EncoderConfig config = EncoderModels.config(setup);
    EmbeddingSharing usual =
        config instanceof Deberta.Config ? EmbeddingSharing.GDES : EmbeddingSharing.ES;
    EmbeddingSharing sharing = EmbeddingSharing.of(setup.text("embedding-sharing", usual.label()));
    EncoderConfig small = generator(config, setup);
    return ReplacedTokenRun.open(
        setup, texts, GeneratorPair.open(setup, config, small, sharing), weight);
  }

  /** Returns a generator that is a share of the discriminator: of its width, or of its layers. */
  private static EncoderConfig generator(EncoderConfig config, PretrainSetup setup) {
    return switch (config) {
      case Electra.Config electra -> {
        double share = share(setup, USUAL_SHARE_OF_WIDTH);
        EncoderSizes sizes = electra.sizes();
        int heads = atLeastOne(share * sizes.numHeads());
        yield electra.withSizes(
            sizes.withStack(
                sizes.numLayers(),
                heads,
                heads * sizes.headDim(),
                atLeastOne(share * sizes.intermediateSize())));
      }
      case Deberta.Config deberta -> {
        EncoderSizes sizes = deberta.sizes();
        yield deberta.withSizes(
            sizes.withStack(
                atLeastOne(share(setup, USUAL_SHARE_OF_LAYERS) * sizes.numLayers()),
                sizes.numHeads(),
                sizes.hiddenSize(),
                sizes.intermediateSize()));
      }
      default ->
          throw new IllegalArgumentException(
              "preset: must be an ELECTRA or a DeBERTaV3 for replaced-token detection, got "
                  + setup.spec().preset());
    };
  }

  private static double share(PretrainSetup setup, double usual) {
    return setup.number("generator-size", usual, 0.01, 1);
  }

  private static int atLeastOne(double number) {
    return Math.max(1, (int) Math.round(number));
  }
}
