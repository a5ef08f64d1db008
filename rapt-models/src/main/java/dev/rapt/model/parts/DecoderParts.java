package dev.rapt.model.parts;

import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.HeadNorm;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.mlp.FusedGatedMlp;
import dev.rapt.nn.mlp.GatedMlp;
import dev.rapt.nn.mlp.Mlp;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parts of a decoder of these sizes. Where a method takes no name, the part lies under the name
 * that Llama's checkpoints gave it and most families took over; sources are those of the
 * surrounding part: {@code self_attn} for projections of attention.
 */
public final class DecoderParts {
  private final DecoderSizes sizes;
  private final boolean interleaved;
  private final boolean inputMajor;
  private final Map<RopeConfig, Rope> ropes = new HashMap<>();

  private DecoderParts(DecoderSizes sizes, boolean interleaved, boolean inputMajor) {
    this.sizes = sizes;
    this.interleaved = interleaved;
    this.inputMajor = inputMajor;
  }

  /** Parts of these sizes; rotations pair an element of each half of a head. */
  public static DecoderParts of(DecoderSizes sizes) {
    return new DecoderParts(sizes, false, false);
  }

  /** The same with rotations that pair neighbours. */
  public DecoderParts interleaved() {
    return new DecoderParts(sizes, true, inputMajor);
  }

  /** The same with weights stored (input, output) and biases, as in GPT-2. */
  public DecoderParts inputMajor() {
    return new DecoderParts(sizes, interleaved, true);
  }

  /** The sizes. */
  public DecoderSizes sizes() {
    return sizes;
  }

  /** {@code embed_tokens}. */
  public Embeddings embeddings(ParameterSource source) {
    return embeddings(source, "embed_tokens");
  }

  /** Vectors of tokens under this name. */
  public Embeddings embeddings(ParameterSource source, String name) {
    return Embeddings.of(table(source.at(name), sizes.vocabSize()));
  }

  /** A table with a row of the width of the stream for each id or position. */
  public Embedding table(ParameterSource source, int numRows) {
    return Embedding.of(source, numRows, sizes.hiddenSize(), sizes.initStd());
  }

  /** A layer norm over the stream. */
  public Norm layerNorm(ParameterSource source, float eps) {
    return Norm.LayerNorm.of(source, sizes.hiddenSize(), eps, true);
  }

  /** A layer norm over the stream without bias. */
  public Norm layerNormWithoutBias(ParameterSource source, float eps) {
    return Norm.LayerNorm.of(source, sizes.hiddenSize(), eps, false);
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
    return new HeadNorm.Whole(Norm.RmsNorm.of(source, headsWidth(numHeads), eps));
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

  /** One layer under this name: all queries, all keys, all values. */
  public QkvProjection fusedQkv(ParameterSource source, String name, boolean bias) {
    return new QkvProjection.Fused(
        qkvLayer(source.at(name), bias), sizes.numHeads(), sizes.numKvHeads(), sizes.headDim());
  }

  /** One layer under this name: for each key-value head its queries, its key, its value. */
  public QkvProjection groupedQkv(ParameterSource source, String name, boolean bias) {
    if (sizes.numKvHeads() == 1) {
      return fusedQkv(source, name, bias); // the same, and nothing to reorder
    }
    return new QkvProjection.Grouped(
        qkvLayer(source.at(name), bias), sizes.numHeads(), sizes.numKvHeads(), sizes.headDim());
  }

  private Linear qkvLayer(ParameterSource source, boolean bias) {
    long width = headsWidth(sizes.numHeads() + 2 * sizes.numKvHeads());
    return linear(source, sizes.hiddenSize(), width, bias, sizes.initStd());
  }

  /** {@code o_proj}. */
  public Linear output(ParameterSource source, boolean bias) {
    return output(source, "o_proj", bias);
  }

  /** The layer under this name that follows attention. */
  public Linear output(ParameterSource source, String name, boolean bias) {
    return linear(
        source.at(name),
        headsWidth(sizes.numHeads()),
        sizes.hiddenSize(),
        bias,
        sizes.residualStd());
  }

  private long headsWidth(int numHeads) {
    return (long) numHeads * sizes.headDim();
  }

  private Linear linear(
      ParameterSource source, long inputSize, long outputSize, boolean bias, double std) {
    return inputMajor
        ? Linear.inputMajor(source, inputSize, outputSize, std)
        : Linear.of(source, inputSize, outputSize, bias, std);
  }

  /** Attention between the projections, over all keys. */
  public Attention attention(int layer) {
    return Attention.of(layer, sizes.headDim());
  }

  /** Attention between the projections, over what layers of this kind see. */
  public Attention attention(int layer, LayerKind kind) {
    return attention(layer).withWindow(kind.window());
  }

  /** The rotation in layers of this kind, one object for all that are alike; or null. */
  public @Nullable Rope rope(LayerKind kind) {
    return kind.rope() == null ? null : rope(kind.rope());
  }

  /** The rotation that this describes, one object for all that are alike. */
  public Rope rope(RopeConfig config) {
    return ropes.computeIfAbsent(config, c -> c.rope(sizes.headDim(), interleaved));
  }

  /** Layers under these names, with an activation between them. */
  public Mlp mlp(
      ParameterSource source, String up, Activation activation, String down, boolean bias) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        linear(source.at(up), D, F, bias, sizes.initStd()),
        activation,
        linear(source.at(down), F, D, bias, sizes.residualStd()));
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
