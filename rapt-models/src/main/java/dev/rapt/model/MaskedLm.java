package dev.rapt.model;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.VocabularyHead;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;

/** An encoder that fills in masked tokens. arXiv:1810.04805, section 3.1. */
public final class MaskedLm extends HeadedModel {
  private final VocabularyHead head;

  private MaskedLm(ModelParts<EncoderConfig, Backbone> parts) {
    super(parts, HeadKind.MASKED_LM);
    head = VocabularyHead.of(parts);
  }

  /** A model with fresh parameters that follow from the seed. */
  public static MaskedLm create(EncoderConfig config, long seed) {
    return new MaskedLm(ModelParts.create(EncoderFamilies.TABLE, config, seed));
  }

  /** Loads a Hugging Face folder. */
  public static MaskedLm load(Path folder) {
    return load(folder, folder.resolve("config.json"), false);
  }

  /**
   * Loads the weights of a folder as this configuration file describes them.
   *
   * @param trained whether the weights will be written to
   */
  public static MaskedLm load(Path folder, Path configFile, boolean trained) {
    return ModelParts.load(
        EncoderFamilies.TABLE, HeadKind.MASKED_LM, folder, configFile, trained, MaskedLm::new);
  }

  /** Maps hidden states (..., D) to logits (..., V). */
  public Tensor logits(Tensor hidden) {
    return head.logits(hidden);
  }

  /** Maps ids (B, T) to logits (B, T, V) of what stands in each place. */
  public Tensor logits(Tensor ids, Pass pass) {
    return logits(hidden(ids, pass));
  }

  /**
   * The mean cross entropy, in nats, of the targets; the logits never exist as a whole.
   *
   * @param hidden (B, T, D)
   * @param targets (B, T) i32: what stands in each place; -100 is left out
   * @return a scalar, f32
   */
  public Tensor loss(Tensor hidden, Tensor targets) {
    return head.loss(hidden, targets);
  }
}
