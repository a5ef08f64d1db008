package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.mlp.Xielu;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.regex.Pattern;

/** Apertus. arXiv:2509.14233, section 2. */
public final class Apertus {
  /** {@code apertus}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("apertus", "ApertusForCausalLM", "model", Config::parse, Apertus::build);

  /**
   * Apertus: Llama with norms of queries and keys and an MLP without gate, whose activation learns.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param dropout probability to drop an attention weight, in training
   */
  public record Config(
      DecoderSizes sizes, float normEps, RopeConfig rope, boolean attentionBias, float dropout)
      implements SizedConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, false);
      String activation = json.stringOr("hidden_act", "xielu");
      if (!activation.equals("xielu")) {
        throw json.error("hidden_act", "must be xielu, got " + activation);
      }
      return new Config(
          sizes,
          json.epsilonOr("rms_norm_eps", 1e-5),
          RopeConfig.parse(json, sizes.maxPositions(), 1.2e7),
          json.boolOr("attention_bias", false),
          json.dropoutOr("attention_dropout", 0));
    }

    @Override
    public String modelType() {
      return "apertus";
    }

    @Override
    public List<Pattern> unusedTensors() {
      return List.of(Pattern.compile(".*\\.act_fn\\.(beta|eps)")); // constants
    }
  }

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private Apertus(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
  }

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Apertus apertus = new Apertus(config);
    return new Stack(
        apertus.parts.embeddings(source),
        Stack.blocks(config.numLayers(), source.at("layers"), apertus::block),
        apertus.norm(source.at("norm")));
  }

  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("attention_layernorm")),
        attention(layer, source.at("self_attn")),
        norm(source.at("feedforward_layernorm")),
        mlp(source.at("mlp")),
        Residual.of(layer, 0));
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }

  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, config.attentionBias()),
        parts.qkNorm(source.at("q_norm"), config.normEps()),
        parts.qkNorm(source.at("k_norm"), config.normEps()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()),
        parts.oProj(source, config.attentionBias()));
  }

  private XieluMlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new XieluMlp(
        Linear.of(source.at("up_proj"), D, F, false, sizes.initStd()),
        Xielu.of(source.at("act_fn")),
        Linear.of(source.at("down_proj"), F, D, false, sizes.residualStd()));
  }

  /** Two layers with an activation of its own between them. */
  private record XieluMlp(Linear upProj, Xielu activation, Linear downProj) implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
      return downProj.forward(activation.forward(upProj.forward(x)));
    }
  }
}
