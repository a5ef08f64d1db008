package dev.rapt.model.parts;

import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.nn.Attention;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.FusedGatedMlp;
import dev.rapt.nn.GatedMlp;
import dev.rapt.nn.HeadNorm;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.QkvProjection;
import dev.rapt.nn.Rope;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parts of a decoder under the names that Llama's checkpoints gave them and most families took
 * over. Sources are those of the surrounding part: {@code self_attn} for projections of attention.
 */
public final class DecoderParts {
  private final DecoderSizes sizes;
  private final boolean interleaved;
  private final Map<RopeConfig, Rope> ropes = new HashMap<>();

  private DecoderParts(DecoderSizes sizes, boolean interleaved) {
    this.sizes = sizes;
    this.interleaved = interleaved;
  }

  /** Parts of these sizes; rotations pair an element of each half of a head. */
  public static DecoderParts of(DecoderSizes sizes) {
    return new DecoderParts(sizes, false);
  }

  /** The same with rotations that pair neighbours. */
  public DecoderParts interleaved() {
    return new DecoderParts(sizes, true);
  }

  /** The sizes. */
  public DecoderSizes sizes() {
    return sizes;
  }

  /** {@code embed_tokens}. */
  public Embeddings embeddings(ParameterSource source) {
    return Embeddings.of(
        Embedding.of(
            source.at("embed_tokens"), sizes.vocabSize(), sizes.hiddenSize(), sizes.initStd()));
  }

  /** An RMS norm over the stream. */
  public Norm rmsNorm(ParameterSource source, float eps) {
    return Norm.RmsNorm.of(source, sizes.hiddenSize(), eps);
  }

  /** An RMS norm over the stream whose weight is stored less 1. */
  public Norm rmsNormAroundOne(ParameterSource source, float eps) {
    return Norm.RmsNorm.aroundOne(source, sizes.hiddenSize(), eps);
  }

  /** An RMS norm of each head, with one weight (E) for all. */
  public HeadNorm perHeadNorm(ParameterSource source, float eps) {
    return new HeadNorm.PerHead(Norm.RmsNorm.of(source, sizes.headDim(), eps));
  }

  /** An RMS norm of all heads of a token together. */
  public HeadNorm wholeNorm(ParameterSource source, int numHeads, float eps) {
    long width = (long) numHeads * sizes.headDim();
    return new HeadNorm.Whole(Norm.RmsNorm.of(source, width, eps));
  }

  /** {@code q_proj}, {@code k_proj} and {@code v_proj}. */
  public QkvProjection qkv(ParameterSource source, boolean bias) {
    return QkvProjection.Separate.of(
        source,
        sizes.hiddenSize(),
        sizes.numHeads(),
        sizes.numKvHeads(),
        sizes.headDim(),
        bias,
        sizes.initStd());
  }

  /** {@code qkv_proj}: all queries, all keys, all values. */
  public QkvProjection fusedQkv(ParameterSource source, boolean bias) {
    long width = (sizes.numHeads() + 2L * sizes.numKvHeads()) * sizes.headDim();
    return new QkvProjection.Fused(
        Linear.of(source.at("qkv_proj"), sizes.hiddenSize(), width, bias, sizes.initStd()),
        sizes.numHeads(),
        sizes.numKvHeads(),
        sizes.headDim());
  }

  /** {@code o_proj}. */
  public Linear output(ParameterSource source, boolean bias) {
    long width = (long) sizes.numHeads() * sizes.headDim();
    return Linear.of(source.at("o_proj"), width, sizes.hiddenSize(), bias, sizes.residualStd());
  }

  /** Attention between the projections, over what layers of this kind see. */
  public Attention attention(int layer, LayerKind kind) {
    return Attention.of(layer, sizes.headDim()).within(kind.window());
  }

  /** The rotation in layers of this kind, one object for all that are alike; or null. */
  public @Nullable Rope rope(LayerKind kind) {
    return kind.rope() == null ? null : rope(kind.rope());
  }

  /** The rotation that this describes, one object for all that are alike. */
  public Rope rope(RopeConfig config) {
    return ropes.computeIfAbsent(config, c -> c.rope(sizes.headDim(), interleaved));
  }

  /** {@code gate_proj}, {@code up_proj} and {@code down_proj}. */
  public GatedMlp gatedMlp(ParameterSource source, Activation activation, boolean bias) {
    return GatedMlp.of(
        source,
        sizes.hiddenSize(),
        sizes.intermediateSize(),
        activation,
        bias,
        sizes.initStd(),
        sizes.residualStd());
  }

  /** {@code gate_up_proj} and {@code down_proj}, without biases. */
  public FusedGatedMlp fusedGatedMlp(ParameterSource source, Activation activation) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new FusedGatedMlp(
        Linear.of(source.at("gate_up_proj"), D, 2L * F, false, sizes.initStd()),
        activation,
        Linear.of(source.at("down_proj"), F, D, false, sizes.residualStd()));
  }
}
