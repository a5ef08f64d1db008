package dev.rapt.model;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.PairHead;
import dev.rapt.model.head.VocabularyHead;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;

/**
 * Pretraining as in BERT: an encoder with heads for masked language modelling and for sentence
 * pairs. arXiv:1810.04805, section 3.1.
 */
public final class Pretraining extends HeadedModel {
  private final VocabularyHead vocabulary;
  private final PairHead pair;

  Pretraining(ModelParts<EncoderConfig, Backbone> parts) {
    super(parts, HeadKind.PRETRAINING);
    vocabulary = VocabularyHead.of(parts);
    pair = PairHead.of(parts);
  }

  /** Creates a model with parameters initialised at random by this seed. */
  public static Pretraining create(EncoderConfig config, long seed) {
    return new Pretraining(ModelParts.create(EncoderFamilies.TABLE, config, seed));
  }

  /**
   * Loads a model from the weights of a folder and a configuration file.
   *
   * @param trained whether the weights will be changed by training
   */
  public static Pretraining load(Path folder, Path configFile, boolean trained) {
    return ModelParts.load(
        EncoderFamilies.TABLE,
        HeadKind.PRETRAINING,
        folder,
        configFile,
        Loading.of(trained),
        Pretraining::new);
  }

  /** Maps hidden states (B, T, D) to logits (B, T, V) of the token at each position. */
  public Tensor tokenLogits(Tensor hidden) {
    return vocabulary.logits(hidden);
  }

  /**
   * Maps hidden states (B, T, D) to logits (B, 2): the second text follows the first, it does not.
   */
  public Tensor pairLogits(Tensor hidden, Pass pass) {
    return pair.logits(hidden, pass);
  }

  /**
   * Returns the mean cross entropy, in nats, of the targets (B, T) i32, the token at each position;
   * -100 is ignored.
   */
  public Tensor tokenLoss(Tensor hidden, Tensor targets) {
    return vocabulary.loss(hidden, targets);
  }
}
