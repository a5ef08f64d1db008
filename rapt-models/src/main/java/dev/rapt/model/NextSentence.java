package dev.rapt.model;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.PairHead;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;

/** An encoder that tells whether one text follows another. arXiv:1810.04805, section 3.1. */
public final class NextSentence extends HeadedModel {
  private final PairHead head;

  private NextSentence(ModelParts<EncoderConfig, Backbone> parts) {
    super(parts, HeadKind.NEXT_SENTENCE);
    head = PairHead.of(parts);
  }

  /** A model with fresh parameters that follow from the seed. */
  public static NextSentence create(EncoderConfig config, long seed) {
    return new NextSentence(ModelParts.create(EncoderFamilies.TABLE, config, seed));
  }

  /** Loads the weights of a folder as this configuration file describes them. */
  public static NextSentence load(Path folder, Path configFile) {
    return ModelParts.load(
        EncoderFamilies.TABLE,
        HeadKind.NEXT_SENTENCE,
        folder,
        configFile,
        false,
        NextSentence::new);
  }

  /** Maps ids (B, T) to scores (B, 2): that the second text follows the first, that it does not. */
  public Tensor logits(Tensor ids, Pass pass) {
    return head.logits(hidden(ids, pass), pass);
  }
}
