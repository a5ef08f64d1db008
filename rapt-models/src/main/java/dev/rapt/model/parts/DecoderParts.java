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
 * Builds the parts of a decoder of given sizes: embeddings, norms, projections, RoPE, MLPs. A
 * method without a name argument reads Llama's checkpoint names ({@code q_proj}, {@code gate_proj},
 * ...), which most families share. Each source is that of the enclosing part, for example {@code
 * self_attn} for the projections of attention.
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

  /** Returns parts of these sizes, with half-split RoPE and weights stored (output, input). */
  public static DecoderParts of(DecoderSizes sizes) {
    return new DecoderParts(sizes, false, false);
  }

  /** Returns a copy with interleaved RoPE: elements 2i and 2i + 1 of a head form a pair. */
  public DecoderParts interleavedRope() {
    return new DecoderParts(sizes, true, inputMajor);
  }

  /** Returns a copy whose linear layers are stored (input, output) with biases, as in GPT-2. */
  public DecoderParts inputMajor() {
    return new DecoderParts(sizes, interleaved, true);
  }

  /** Returns the sizes of the decoder. */
  public DecoderSizes sizes() {
    return sizes;
  }

  /** Token embeddings {@code embed_tokens} (V, D). */
  public Embeddings embeddings(ParameterSource source) {
    return embeddings(source, "embed_tokens");
  }

  /** Token embeddings (V, D) under this name. */
  public Embeddings embeddings(ParameterSource source, String name) {
    return Embeddings.of(
        Embedding.ofTokens(
            source.at(name), sizes.vocabSize(), sizes.hiddenSize(), sizes.initStd()));
  }

  /** An embedding table (numRows, D), for learned absolute positions. */
  public Embedding table(ParameterSource source, int numRows) {
    return Embedding.of(source, numRows, sizes.hiddenSize(), sizes.initStd());
  }

  /** LayerNorm over D with weight and bias. */
  public Norm layerNorm(ParameterSource source, float eps) {
    return Norm.LayerNorm.of(source, sizes.hiddenSize(), eps, true);
  }

  /** LayerNorm over D with weight, without bias. */
  public Norm layerNormWithoutBias(ParameterSource source, float eps) {
    return Norm.LayerNorm.of(source, sizes.hiddenSize(), eps, false);
  }

  /** RMSNorm over D. */
  public Norm rmsNorm(ParameterSource source, float eps) {
    return Norm.RmsNorm.of(source, sizes.hiddenSize(), eps);
  }

  /** RMSNorm over D with factor (1 + w), as in Gemma: the checkpoint stores w. */
  public Norm rmsNormOnePlus(ParameterSource source, float eps) {
    return Norm.RmsNorm.zeroCentered(source, sizes.hiddenSize(), eps);
  }

  /** QK-norm: RMSNorm of each head by itself, with one weight (E) shared by all heads. */
  public HeadNorm qkNorm(ParameterSource source, float eps) {
    return new HeadNorm.PerHead(Norm.RmsNorm.of(source, sizes.headDim(), eps));
  }

  /** QK-norm as in OLMo 2: one RMSNorm over all heads of a token together, weight (H E). */
  public HeadNorm qkNormOverAllHeads(ParameterSource source, int numHeads, float eps) {
    return new HeadNorm.AllHeads(Norm.RmsNorm.of(source, headsWidth(numHeads), eps));
  }

  /**
   * Separate query, key and value projections {@code q_proj}, {@code k_proj} and {@code v_proj}:
   * (B, T, D) to (B, T, H, E) and twice (B, T, G, E).
   */
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

  /** A fused QKV projection under this name; output rows: all queries, all keys, all values. */
  public QkvProjection fusedQkv(ParameterSource source, String name, boolean bias) {
    return new QkvProjection.Fused(
        qkvLayer(source.at(name), bias), sizes.numHeads(), sizes.numKvHeads(), sizes.headDim());
  }

  /**
   * A fused QKV projection under this name; output rows grouped by key-value head: its queries, its
   * key, its value.
   */
  public QkvProjection groupedQkv(ParameterSource source, String name, boolean bias) {
    if (sizes.numKvHeads() == 1) {
      return fusedQkv(source, name, bias); // one group: the two layouts are equal
    }
    return new QkvProjection.Grouped(
        qkvLayer(source.at(name), bias), sizes.numHeads(), sizes.numKvHeads(), sizes.headDim());
  }

  private Linear qkvLayer(ParameterSource source, boolean bias) {
    long width = headsWidth(sizes.numHeads() + 2 * sizes.numKvHeads());
    return linear(source, sizes.hiddenSize(), width, bias, sizes.initStd());
  }

  /** The output projection of attention, {@code o_proj} (D, H E). */
  public Linear oProj(ParameterSource source, boolean bias) {
    return oProj(source, "o_proj", bias);
  }

  /** The output projection of attention (D, H E) under this name. */
  public Linear oProj(ParameterSource source, String name, boolean bias) {
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

  /** Causal attention over all keys, scores scaled by 1 / sqrt(E). */
  public Attention attention(int layer) {
    return Attention.of(layer, sizes.headDim());
  }

  /** Causal attention with the sliding window of this kind of layer, if it has one. */
  public Attention attention(int layer, LayerKind kind) {
    return attention(layer).withWindow(kind.window());
  }

  /** RoPE of this kind of layer, or null if it has none; equal configurations share an object. */
  public @Nullable Rope rope(LayerKind kind) {
    return kind.rope() == null ? null : rope(kind.rope());
  }

  /** RoPE with this configuration; equal configurations share an object. */
  public Rope rope(RopeConfig config) {
    return ropes.computeIfAbsent(config, c -> c.rope(sizes.headDim(), interleaved));
  }

  /** An MLP without gate: two linear layers under these names, the activation between them. */
  public Mlp mlp(
      ParameterSource source, String up, Activation activation, String down, boolean bias) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        linear(source.at(up), D, F, bias, sizes.initStd()),
        activation,
        linear(source.at(down), F, D, bias, sizes.residualStd()));
  }

  /** SwiGLU or GeGLU MLP: {@code gate_proj}, {@code up_proj} and {@code down_proj}. */
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

  /** SwiGLU MLP with a fused {@code gate_up_proj} (2 F, D) and {@code down_proj}, no biases. */
  public FusedGatedMlp fusedGatedMlp(ParameterSource source, Activation activation) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new FusedGatedMlp(
        Linear.of(source.at("gate_up_proj"), D, 2L * F, false, sizes.initStd()),
        activation,
        Linear.of(source.at("down_proj"), F, D, false, sizes.residualStd()));
  }
}
