package dev.rapt.model.lfm;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.expert.ExpertChoice;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.Mixture;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.MixtureParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Block;
import dev.rapt.nn.CausalConv;
import dev.rapt.nn.ExpertMlp;
import dev.rapt.nn.GatedMlp;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.MoeMlp;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.nn.PreNormBlock;
import dev.rapt.nn.Residual;
import dev.rapt.nn.SelfAttention;
import dev.rapt.nn.Stack;
import dev.rapt.tensor.Tensor;

/** LFM2. arXiv:2511.23404, section 2. */
public final class Lfm2 {
  private final Lfm2Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private Lfm2(Lfm2Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Lfm2Config config, ParameterSource source) {
    Lfm2 lfm = new Lfm2(config);
    return new Stack(
        lfm.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), lfm::block),
        lfm.parts.rmsNorm(source.at("embedding_norm"), config.normEps()));
  }

  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        parts.rmsNorm(source.at("operator_norm"), config.normEps()),
        config.attends().get(layer)
            ? attention(layer, source.at("self_attn"))
            : convolution(layer, source.at("conv")),
        parts.rmsNorm(source.at("ffn_norm"), config.normEps()),
        mlp(layer, source.at("feed_forward")),
        Residual.of(layer, 0));
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    LayerKind kind = LayerKind.full(config.rope());
    return new SelfAttention(
        parts.qkv(source, false),
        parts.perHeadNorm(source.at("q_layernorm"), config.normEps()),
        parts.perHeadNorm(source.at("k_layernorm"), config.normEps()),
        parts.rope(kind),
        parts.attention(layer, kind),
        parts.output(source, "out_proj", false));
  }

  private Layer mlp(int layer, ParameterSource source) {
    Mixture mixture = config.mixture();
    return mixture == null || layer < config.numDense()
        ? mlp(source)
        : experts(new MixtureParts(sizes, mixture), mixture.numExperts(), source);
  }

  private MoeMlp experts(MixtureParts mixture, int numExperts, ParameterSource source) {
    ParameterSource gate = source.at("gate");
    Parameter correction =
        source.getIf(config.correctsChoice(), "expert_bias", Init.ZEROS, numExperts);
    return new MoeMlp(
        correction == null
            ? mixture.router(gate, false)
            : mixture.router(gate, ExpertChoice.Score.SIGMOID, correction),
        mixture.experts(source.at("experts"), ExpertMlp.Gated.Names.NUMBERED, Activation.SILU));
  }

  private GatedMlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new GatedMlp(
        Linear.of(source.at("w1"), D, F, false, sizes.initStd()),
        Linear.of(source.at("w3"), D, F, false, sizes.initStd()),
        Activation.SILU,
        Linear.of(source.at("w2"), F, D, false, sizes.residualStd()));
  }

  private ShortConvolution convolution(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    boolean bias = config.convBias();
    return new ShortConvolution(
        Linear.of(source.at("in_proj"), D, 3L * D, bias, sizes.initStd()),
        CausalConv.of(layer, source.at("conv"), D, config.kernelSize(), bias),
        Linear.of(source.at("out_proj"), D, D, bias, sizes.residualStd()));
  }

  /** out(c conv(b x)) with b, c and x from one projection. */
  private record ShortConvolution(Linear inProj, CausalConv conv, Linear outProj) implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
      long D = x.lastDim();
      Tensor all = inProj.forward(pass.withoutPadding(x)); // (B, T, 3 D)
      Tensor input = Ops.multiply(Ops.columns(all, 0, D), Ops.columns(all, 2 * D, D));
      Tensor convolved = conv.forward(input, pass);
      return outProj.forward(Ops.multiply(Ops.columns(all, D, D), convolved));
    }
  }
}
