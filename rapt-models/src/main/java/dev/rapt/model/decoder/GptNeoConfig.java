package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.SizedConfig;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * GPT-Neo: GPT-2 whose attention is local in some layers and whose scores are not scaled.
 *
 * @param windows keys that a query of each layer looks back over, itself included; 0 for all
 * @param dropout in training
 */
public record GptNeoConfig(
    DecoderSizes sizes,
    Activation activation,
    float normEps,
    List<Integer> windows,
    Dropouts dropout)
    implements SizedConfig {

  private static final DecoderSizes.Keys KEYS =
      new DecoderSizes.Keys(
          "hidden_size",
          "num_layers",
          "num_heads",
          "",
          "",
          "intermediate_size",
          "max_position_embeddings");

  /** Copies the list. */
  public GptNeoConfig {
    windows = List.copyOf(windows);
  }

  /** Reads a config.json. */
  public static GptNeoConfig parse(ConfigReader json) {
    DecoderSizes sizes = DecoderSizes.parse(json, KEYS, true);
    int window = json.intOr("window_size", 256, 1, Integer.MAX_VALUE);
    List<Integer> windows = new ArrayList<>();
    for (String kind : layerKinds(json)) {
      windows.add(
          switch (kind) {
            case "global" -> 0;
            case "local" -> window;
            default ->
                throw json.error("attention_types", "must name global or local, got " + kind);
          });
    }
    if (windows.size() != sizes.numLayers()) {
      throw json.error(
          "attention_types",
          "must describe %d layers, got %d".formatted(sizes.numLayers(), windows.size()));
    }
    return new GptNeoConfig(
        sizes,
        Activations.read(json, "activation_function", "gelu_new"),
        json.epsilonOr("layer_norm_epsilon", 1e-5),
        windows,
        Dropouts.parse(json, "embed_dropout", "resid_dropout", "attention_dropout", 0));
  }

  /** Layer after layer, from [[[kind, ...], repetitions], ...]. */
  private static List<String> layerKinds(ConfigReader json) {
    List<String> kinds = new ArrayList<>();
    for (JsonNode group : json.json().path("attention_types").values()) {
      for (int i = 0; i < group.path(1).intValue(0); i++) {
        for (JsonNode kind : group.path(0).values()) {
          kinds.add(kind.stringValue(""));
        }
      }
    }
    return kinds;
  }

  @Override
  public String modelType() {
    return "gpt_neo";
  }

  @Override
  public String tokenProjection() {
    return "classifier";
  }

  @Override
  public boolean endsAtMaxPositions() {
    return true;
  }
}
