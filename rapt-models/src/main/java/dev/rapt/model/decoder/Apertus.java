package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.mlp.Xielu;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Apertus: a pre-norm decoder with RMSNorm, half-split RoPE, grouped-query attention (GQA) with
 * QK-norm, and an MLP without gate whose activation, xIELU, has learned parameters.
 * arXiv:2509.14233, section 2; xIELU, arXiv:2411.13010.
 *
 * <pre>
 * As Llama, but:
 * attention(h): q = rope(norm(h Wq))                     (B, T, H, E), norm over E
 *               k = rope(norm(h Wk)), v = h Wv           (B, T, G, E)
 * mlp(h):       xielu(h Wup) Wdown                       (B, T, F) to (B, T, D)
 * </pre>
 */
public final class Apertus {
  /** {@code apertus}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("apertus", "ApertusForCausalLM", "model", Config::parse, Apertus::build);

  /**
   * What config.json of Apertus says.
   *
   * @param attentionBias whether the projections of attention have biases
   * @param dropout probability of dropout on attention weights, in training
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

  private static final PreNormDecoder.Names NAMES =
      new PreNormDecoder.Names("layers", "attention_layernorm", "feedforward_layernorm", "norm");

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;

  private Apertus(Config config) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Apertus apertus = new Apertus(config);
    return PreNormDecoder.of(apertus.parts, apertus::norm, apertus::attention, apertus::mlp)
        .named(NAMES)
        .build(source);
  }

  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("self_attn");
    return new SelfAttention(
        parts.qkv(own, config.attentionBias()), // (B, T, H, E) and twice (B, T, G, E)
        parts.qkNorm(own.at("q_norm"), config.normEps()),
        parts.qkNorm(own.at("k_norm"), config.normEps()),
        parts.rope(config.rope()),
        parts.attention(layer).withDropout(config.dropout()), // (B, T, H E)
        parts.oProj(own, config.attentionBias())); // (B, T, D)
  }

  /** xielu(h Wup) Wdown. */
  private Layer mlp(int layer, ParameterSource source) {
    ParameterSource own = source.at("mlp");
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new XieluMlp(
        Linear.of(own.at("up_proj"), D, F, false, sizes.initStd()),
        Xielu.of(own.at("act_fn")),
        Linear.of(own.at("down_proj"), F, D, false, sizes.residualStd()));
  }

  /** An MLP without gate whose activation has parameters of its own. */
  private record XieluMlp(Linear upProj, Xielu activation, Linear downProj) implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
      return downProj.forward(activation.forward(upProj.forward(x))); // (B, T, D)
    }
  }

  private Norm norm(ParameterSource source) {
    return parts.rmsNorm(source, config.normEps());
  }
}
