package dev.rapt.model;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.VocabularyHead;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.nn.RandomSource;
import dev.rapt.nn.SharingSource;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Collection;

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

  /**
   * Creates a model that is a part of a larger one, such as the generator of ELECTRA, with
   * parameters initialised at random by this seed.
   *
   * @param path where it is in the larger model: the names of its own parameters begin with it
   * @param shared parameters of other parts that it shares, which have their names in this model
   *     without the path
   */
  public static MaskedLm createPart(
      EncoderConfig config, long seed, String path, Collection<Parameter> shared) {
    return new MaskedLm(
        ModelParts.createPart(
            EncoderFamilies.TABLE,
            config,
            parameters ->
                new SharingSource(
                    new RandomSource(parameters, seed).at(path), parameters, shared)));
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
   * @param denominator divisor of the sum; 0 for the number of targets that are not ignored
   * @return a scalar, f32
   */
  public Tensor loss(Tensor hidden, Tensor targets, long denominator) {
    return head.loss(hidden, targets, denominator);
  }

  /**
   * Returns the distillation loss of Hinton et al. towards a teacher with the same vocabulary.
   * arXiv:1503.02531, section 2.
   *
   * @param hidden (B, T, D)
   * @param teacherHidden (B, T, D of the teacher), of the same tokens
   * @param targets (B, T) i32; positions with -100 are ignored
   * @param temperature positive; both logits are divided by it
   * @param denominator divisor of the sum; 0 for the number of targets that are not ignored
   * @return a scalar, f32
   */
  public Tensor distillation(
      Tensor hidden,
      MaskedLm teacher,
      Tensor teacherHidden,
      Tensor targets,
      float temperature,
      long denominator) {
    return head.distillation(
        hidden, teacher.head, teacherHidden, targets, temperature, denominator);
  }
}
