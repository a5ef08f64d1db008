package dev.rapt.model;

import dev.rapt.autograd.Losses;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.HeadParts;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Replaced token detection: an encoder that detects tokens replaced by a generator, the
 * discriminator of ELECTRA. arXiv:2003.10555.
 */
public final class ReplacedTokenDetection extends HeadedModel {
  private final UnaryOperator<Tensor> transform;
  private final Linear head;

  ReplacedTokenDetection(ModelParts<EncoderConfig, Backbone> parts) {
    super(parts, HeadKind.PRETRAINING);
    HeadTransform discriminator = parts.config().discriminator();
    if (discriminator == null) {
      throw new IllegalArgumentException(
          "config.json: model_type must be electra for replaced token detection, got "
              + parts.config().modelType());
    }
    transform = HeadParts.transform(parts, discriminator);
    head = HeadParts.projection(parts, "discriminator_predictions.dense_prediction", 1);
  }

  /** Creates a discriminator with parameters initialised at random by this seed. */
  public static ReplacedTokenDetection create(EncoderConfig config, long seed) {
    return new ReplacedTokenDetection(ModelParts.create(EncoderFamilies.TABLE, config, seed));
  }

  /**
   * Loads a model from the weights of a folder and a configuration file.
   *
   * @param trained whether the weights will be changed by training
   */
  public static ReplacedTokenDetection load(Path folder, Path configFile, boolean trained) {
    return ModelParts.load(
        EncoderFamilies.TABLE,
        HeadKind.PRETRAINING,
        folder,
        configFile,
        Loading.of(trained),
        ReplacedTokenDetection::new);
  }

  /** Maps ids (B, T) to logits (B, T), positive where a token is more likely replaced than not. */
  public Tensor logits(Tensor ids, Pass pass) {
    return head.forward(transform.apply(hidden(ids, pass))).reshape(ids.shape().toArray());
  }

  /**
   * Returns the mean binary cross entropy over the tokens that are not padding.
   *
   * @param logits (B, T)
   * @param replaced (B, T), 1 where the token was replaced, else 0
   */
  public static Tensor loss(Tensor logits, int[] replaced, Pass pass) {
    int[] mask = pass.rightPaddingMask().toInts();
    int[] seen = IntStream.range(0, mask.length).filter(i -> mask[i] != 0).toArray();
    float[] targets = new float[seen.length];
    for (int i = 0; i < seen.length; i++) {
      targets[i] = replaced[seen[i]];
    }
    Tensor scores = HeadParts.tokens(logits.reshape(-1, 1), seen, pass); // (n, 1)
    return Losses.binaryCrossEntropy(scores, pass.scope().floats(targets, seen.length, 1));
  }
}
