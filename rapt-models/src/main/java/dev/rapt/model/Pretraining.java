package dev.rapt.model;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.PairHead;
import dev.rapt.model.head.VocabularyHead;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;

/**
 * An encoder as BERT was trained: it fills in masked tokens and tells whether one text follows
 * another. arXiv:1810.04805, section 3.1.
 */
public final class Pretraining extends HeadedModel {
  private final VocabularyHead vocabulary;
  private final PairHead pair;

  private Pretraining(ModelParts<EncoderConfig, Backbone> parts) {
    super(parts, HeadKind.PRETRAINING);
    vocabulary = VocabularyHead.of(parts);
    pair = PairHead.of(parts);
  }

  /** A model with fresh parameters that follow from the seed. */
  public static Pretraining create(EncoderConfig config, long seed) {
    return new Pretraining(ModelParts.create(EncoderFamilies.TABLE, config, seed));
  }

  /**
   * Loads the weights of a folder as this configuration file describes them.
   *
   * @param trained whether the weights will be written to
   */
  public static Pretraining load(Path folder, Path configFile, boolean trained) {
    return ModelParts.load(
        EncoderFamilies.TABLE, HeadKind.PRETRAINING, folder, configFile, trained, Pretraining::new);
  }

  /** Maps hidden states (B, T, D) to logits (B, T, V) of what stands in each place. */
  public Tensor tokenLogits(Tensor hidden) {
    return vocabulary.logits(hidden);
  }

  /** Maps hidden states (B, T, D) to scores (B, 2): that the second text follows, or not. */
  public Tensor pairLogits(Tensor hidden, Pass pass) {
    return pair.logits(hidden, pass);
  }

  /** The mean cross entropy of the tokens (B, T) i32 in their places; -100 is left out. */
  public Tensor tokenLoss(Tensor hidden, Tensor targets) {
    return vocabulary.loss(hidden, targets);
  }
}
