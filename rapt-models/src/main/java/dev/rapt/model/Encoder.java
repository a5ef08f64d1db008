package dev.rapt.model;

import dev.rapt.autograd.Ops;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.model.head.HeadParts;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.model.load.StoredModel;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A model without a head, for hidden states and text embeddings: an encoder, the encoder of a T5,
 * or a decoder.
 */
public final class Encoder extends HeadedModel {
  /** Squared length below which a vector counts as zero when it is normalised. */
  private static final float NORM_EPS = 1e-24f;

  private final @Nullable UnaryOperator<Tensor> pooler;

  /** Whether the configuration makes a decoder read in both directions. */
  private final boolean readsBothWays;

  private Encoder(
      ModelParts<? extends ModelConfig, Backbone> parts, @Nullable UnaryOperator<Tensor> pooler) {
    super(parts, HeadKind.NONE);
    this.pooler = pooler;
    ConfigReader json = parts.json();
    readsBothWays = json != null && !json.boolOr("is_causal", true);
  }

  static Encoder withPooler(ModelParts<EncoderConfig, Backbone> parts) {
    HeadTransform transform = parts.config().pooler();
    return new Encoder(
        parts,
        transform == null || !parts.hasTransform(transform)
            ? null
            : HeadParts.transform(parts, transform));
  }

  private static Encoder withoutPooler(ModelParts<? extends ModelConfig, Backbone> parts) {
    return new Encoder(parts, null);
  }

  /** Creates an encoder with parameters initialised at random by this seed. */
  public static Encoder create(EncoderConfig config, long seed) {
    return withPooler(ModelParts.create(EncoderFamilies.TABLE, config, seed));
  }

  /** Creates a decoder with parameters initialised at random by this seed. */
  public static Encoder create(CausalConfig config, long seed) {
    return withoutPooler(ModelParts.create(DecoderFamilies.TABLE, config, seed));
  }

  /**
   * Loads a model from a Hugging Face folder, or a GGUF or ONNX file; weights of heads and of a
   * T5's decoder are unused.
   */
  public static Encoder load(Path folder) {
    return load(folder, folder.resolve("config.json"));
  }

  /** Loads a model from the weights of a folder and a configuration file. */
  public static Encoder load(Path folder, Path configFile) {
    return load(folder, configFile, Loading.INFERENCE);
  }

  /** Loads a model from a Hugging Face folder, for inference or for training. */
  public static Encoder load(Path folder, Loading loading) {
    return load(folder, folder.resolve("config.json"), loading);
  }

  /** Loads a model for inference. */
  public static Encoder load(StoredModel stored) {
    return load(stored, Loading.INFERENCE);
  }

  private static Encoder load(Path folder, Path configFile, Loading loading) {
    return load(StoredModel.of(folder, configFile), loading);
  }

  private static Encoder load(StoredModel stored, Loading loading) {
    String type = stored.config().stringOr("model_type", "");
    if (T5Encoder.TABLE.has(type)) {
      return load(T5Encoder.TABLE, stored, loading, Encoder::withoutPooler);
    }
    return !isEncoder(type) && CausalLm.isFamily(type)
        ? load(DecoderFamilies.TABLE, stored, loading, Encoder::withoutPooler)
        : load(EncoderFamilies.TABLE, stored, loading, Encoder::withPooler);
  }

  private static <C extends ModelConfig> Encoder load(
      FamilyTable<C, Backbone> families,
      StoredModel stored,
      Loading loading,
      Function<ModelParts<C, Backbone>, Encoder> build) {
    return ModelParts.load(families, HeadKind.NONE, stored, loading, build);
  }

  @Override
  boolean isCausal() {
    return super.isCausal() && !readsBothWays;
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

  /** Returns vectors (B, D) scaled to L2 norm 1. */
  public static Tensor normalized(Tensor vectors) {
    return Ops.l2Norm(vectors, NORM_EPS);
  }
}
