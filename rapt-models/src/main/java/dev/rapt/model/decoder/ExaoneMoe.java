package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.node.IntNode;

/** K-EXAONE. arXiv:2601.01739, section 2. */
public final class ExaoneMoe {
  /** {@code exaone_moe}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("exaone_moe", "ExaoneMoeForCausalLM", "model", Config::parse, ExaoneMoe::build);

  /** K-EXAONE: attention of EXAONE 4, experts of DeepSeek-V3. */
  public record Config(Exaone4.Config base, DeepSeekExperts experts) implements SizedConfig {
    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      Exaone4.Config base = Exaone4.Config.parse(json);
      int numExperts = json.requireInt("num_experts", 1, 1 << 16);
      int numShared = json.intOr("num_shared_experts", 1, 0, 1 << 10);
      ConfigReader renamed =
          json.with("n_routed_experts", IntNode.valueOf(numExperts))
              .with("n_shared_experts", IntNode.valueOf(numShared));
      return new Config(
          base,
          DeepSeekExperts.parse(
              renamed,
              DeepSeekExperts.Scoring.SIGMOID,
              DeepSeekExperts.Defaults.EXAONE,
              base.numLayers()));
    }

    @Override
    public String modelType() {
      return base.modelType();
    }

    @Override
    public DecoderSizes sizes() {
      return base.sizes();
    }

    @Override
    public List<Pattern> unusedTensors() {
      return List.of(Pattern.compile("mtp\\..*")); // predicts further tokens
    }
  }

  private ExaoneMoe() {}

  /** A model with the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Exaone4.Config base = config.base();
    DecoderParts parts = DecoderParts.of(config.sizes());
    return PreNormDecoder.of(
            parts,
            norm -> parts.rmsNorm(norm, base.normEps()),
            (layer, block) -> Exaone4.attention(base, parts, layer, block.at("self_attn")),
            (layer, block) ->
                config
                    .experts()
                    .mlp(layer, block.at("mlp"), config.sizes(), base.activation(), false))
        .build(source);
  }
}
