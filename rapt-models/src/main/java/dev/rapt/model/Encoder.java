package dev.rapt.model;

import dev.rapt.autograd.Ops;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.HeadParts;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An encoder without a head, for hidden states and text embeddings. */
public final class Encoder extends HeadedModel {
  /** Squared length below which a vector counts as zero when it is normalised. */
  private static final float NORM_EPS = 1e-24f;

  private final @Nullable UnaryOperator<Tensor> pooler;

  Encoder(ModelParts<EncoderConfig, Backbone> parts) {
    super(parts, HeadKind.NONE);
    HeadTransform transform = parts.config().pooler();
    pooler =
        transform == null || !parts.hasTransform(transform)
            ? null
            : HeadParts.transform(parts, transform);
  }

  /** Creates an encoder with parameters initialised at random by this seed. */
  public static Encoder create(EncoderConfig config, long seed) {
    return new Encoder(ModelParts.create(EncoderFamilies.TABLE, config, seed));
  }

  /** Loads a model from a Hugging Face folder. */
  public static Encoder load(Path folder) {
    return load(folder, folder.resolve("config.json"));
  }

  /** Loads a model from the weights of a folder and a configuration file. */
  public static Encoder load(Path folder, Path configFile) {
    return ModelParts.load(
        EncoderFamilies.TABLE, HeadKind.NONE, folder, configFile, false, Encoder::new);
  }

  /** Returns whether the model has a pooler. */
  public boolean hasPooler() {
    return pooler != null;
  }

  /** Maps hidden states (B, T, D) to the pooler's output for the first tokens, (B, D). */
  public Tensor pooled(Tensor hidden, Pass pass) {
    if (pooler == null) {
      throw new IllegalStateException(
          "encoder: pooling by the pooler needs weights of a pooler, got none; use mean pooling");
    }
    return pooler.apply(HeadParts.firstTokens(hidden, pass));
  }

  /**
   * Mean pooling: maps hidden states (B, T, D) to the mean over tokens that are not padding, (B,
   * D).
   */
  public static Tensor meanPooled(Tensor hidden, Pass pass) {
    return Ops.meanOverTime(hidden, pass.rightPaddingMask());
  }

  /** CLS pooling: maps hidden states (B, T, D) to those of the first tokens, (B, D). */
  public static Tensor firstTokens(Tensor hidden, Pass pass) {
    return HeadParts.firstTokens(hidden, pass);
  }

  /** Returns vectors (B, D) scaled to L2 norm 1. */
  public static Tensor normalized(Tensor vectors) {
    return Ops.l2Norm(vectors, NORM_EPS);
  }
}
