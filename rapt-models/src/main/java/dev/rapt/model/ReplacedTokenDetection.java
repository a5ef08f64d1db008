package dev.rapt.model;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderHeads;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.HeadParts;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Replaced token detection: an encoder that detects tokens replaced by a generator, the
 * discriminator of ELECTRA (arXiv:2003.10555) and of DeBERTaV3 (arXiv:2111.09543).
 */
public final class ReplacedTokenDetection extends HeadedModel {
  private final @Nullable Norm contextNorm;
  private final UnaryOperator<Tensor> transform;
  private final Linear head;
  private final boolean hasClass;

  ReplacedTokenDetection(ModelParts<EncoderConfig, Backbone> parts) {
    super(parts, HeadKind.PRETRAINING);
    EncoderHeads.Detection layers = parts.config().discriminator();
    if (layers == null) {
      throw new IllegalArgumentException(
          "config.json: model_type must be electra, deberta or deberta-v2 for replaced token detection, got "
              + parts.config().modelType());
    }
    contextNorm = layers.contextNorm() == null ? null : norm(parts, layers.contextNorm());
    transform = HeadParts.transform(parts, layers.transform());
    head = HeadParts.projection(parts, layers.projection(), 1);
    hasClass = layers.hasClass();
  }

  private static Norm norm(ModelParts<EncoderConfig, Backbone> parts, String name) {
    EncoderConfig config = parts.config();
    return Norm.LayerNorm.of(
        parts.source().at(name), config.hiddenSize(), config.sizes().normEps(), true);
  }

  /**
   * A folder without {@code architectures}, as those of DeBERTaV3, is of the family's base class.
   */
  @Override
  void writeHead(ObjectNode json) {
    if (!hasClass) {
      json.remove("architectures");
    }
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
    Tensor hidden = hidden(ids, pass); // (B, T, D)
    Tensor read = contextNorm == null ? hidden : contextNorm.forward(withFirst(hidden, pass));
    return head.forward(transform.apply(read)).reshape(ids.shape().toArray());
  }

  /** Returns hidden states (B, T, D) with those of the first token of each row added. */
  private static Tensor withFirst(Tensor hidden, Pass pass) {
    int T = pass.seqLen();
    int[] firsts = IntStream.range(0, pass.batchSize() * T).map(i -> i / T * T).toArray();
    Tensor context = HeadParts.tokens(hidden, firsts, pass); // (B T, D)
    return Ops.add(hidden, context.reshape(hidden.shape().toArray()));
  }

  /**
   * Returns the mean binary cross entropy over the tokens that are not padding.
   *
   * @param logits (B, T)
   * @param replaced (B, T), 1 where the token was replaced, else 0
   * @param denominator divisor of the sum; 0 for the number of tokens that are not padding
   */
  public static Tensor loss(Tensor logits, int[] replaced, Pass pass, long denominator) {
    int[] mask = pass.rightPaddingMask().toInts();
    int[] seen = IntStream.range(0, mask.length).filter(i -> mask[i] != 0).toArray();
    float[] targets = new float[seen.length];
    for (int i = 0; i < seen.length; i++) {
      targets[i] = replaced[seen[i]];
    }
    Tensor scores = HeadParts.tokens(logits.reshape(-1, 1), seen, pass); // (n, 1)
    Tensor wanted = pass.scope().floats(targets, seen.length, 1);
    return Losses.binaryCrossEntropy(scores, wanted, null, (double) denominator);
  }
}
