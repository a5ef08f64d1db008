package dev.rapt.model;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.VocabularyHead;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;

/** Masked language model: an encoder that predicts masked tokens. arXiv:1810.04805, section 3.1. */
public final class MaskedLm extends HeadedModel {
  private final VocabularyHead head;

  MaskedLm(ModelParts<EncoderConfig, Backbone> parts) {
    super(parts, HeadKind.MASKED_LM);
    head = VocabularyHead.of(parts);
  }

  /** Creates a model with parameters initialised at random by this seed. */
  public static MaskedLm create(EncoderConfig config, long seed) {
    return new MaskedLm(ModelParts.create(EncoderFamilies.TABLE, config, seed));
  }

  /** Loads a model from a Hugging Face folder, for inference. */
  public static MaskedLm load(Path folder) {
    return load(folder, folder.resolve("config.json"), false);
  }

  /**
   * Loads a model from the weights of a folder and a configuration file.
   *
   * @param trained whether the weights will be changed by training
   */
  public static MaskedLm load(Path folder, Path configFile, boolean trained) {
    return ModelParts.load(
        EncoderFamilies.TABLE,
        HeadKind.MASKED_LM,
        folder,
        configFile,
        Loading.of(trained),
        MaskedLm::new);
  }

  /** Maps hidden states (..., D) to logits (..., V). */
  public Tensor logits(Tensor hidden) {
    return head.logits(hidden);
  }

  /** Maps ids (B, T) to logits (B, T, V) of the token at each position. */
  public Tensor logits(Tensor ids, Pass pass) {
    return logits(hidden(ids, pass));
  }

  /**
   * Returns the mean cross entropy, in nats, of the targets, computed without storing all logits.
   *
   * @param hidden (B, T, D)
   * @param targets (B, T) i32, the token at each position; -100 is ignored
   * @return a scalar, f32
   */
  public Tensor loss(Tensor hidden, Tensor targets) {
    return head.loss(hidden, targets);
  }
}
