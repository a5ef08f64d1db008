package dev.rapt.model;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.PairHead;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;

/**
 * Next sentence prediction: an encoder that predicts whether one text follows another.
 * arXiv:1810.04805, section 3.1.
 */
public final class NextSentence extends HeadedModel {
  private final PairHead head;

  NextSentence(ModelParts<EncoderConfig, Backbone> parts) {
    super(parts, HeadKind.NEXT_SENTENCE);
    head = PairHead.of(parts);
  }

  /** Creates a model with parameters initialised at random by this seed. */
  public static NextSentence create(EncoderConfig config, long seed) {
    return new NextSentence(ModelParts.create(EncoderFamilies.TABLE, config, seed));
  }

  /** Loads a model from the weights of a folder and a configuration file. */
  public static NextSentence load(Path folder, Path configFile) {
    return ModelParts.load(
        EncoderFamilies.TABLE,
        HeadKind.NEXT_SENTENCE,
        folder,
        configFile,
        Loading.INFERENCE,
        NextSentence::new);
  }

  /** Maps ids (B, T) to logits (B, 2): the second text follows the first, it does not. */
  public Tensor logits(Tensor ids, Pass pass) {
    return head.logits(hidden(ids, pass), pass);
  }
}
