package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.SizedConfig;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.node.IntNode;

/** K-EXAONE: attention of EXAONE 4, experts of DeepSeek-V3. */
public record ExaoneMoeConfig(Exaone4Config base, DeepSeekExperts experts) implements SizedConfig {
  /** Reads a config.json. */
  public static ExaoneMoeConfig parse(ConfigReader json) {
    Exaone4Config base = Exaone4Config.parse(json);
    int numExperts = json.requireInt("num_experts", 1, 1 << 16);
    int numShared = json.intOr("num_shared_experts", 1, 0, 1 << 10);
    ConfigReader renamed =
        json.with("n_routed_experts", IntNode.valueOf(numExperts))
            .with("n_shared_experts", IntNode.valueOf(numShared));
    return new ExaoneMoeConfig(
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
