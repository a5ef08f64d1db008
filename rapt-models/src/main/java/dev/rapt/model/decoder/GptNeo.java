package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * GPT-Neo. GPT-Neo: Large Scale Autoregressive Language Modeling with Mesh-Tensorflow, Black et al.
 * 2021, doi:10.5281/zenodo.5297715.
 */
public final class GptNeo {
  /** {@code gpt_neo}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gpt_neo", "GPTNeoForCausalLM", "transformer", Config::parse, GptNeo::build);

  /**
   * GPT-Neo: GPT-2 whose attention is local in some layers and whose scores are not scaled.
   *
   * @param windows keys that a query of each layer looks back over, itself included; 0 for all
   * @param dropout in training
   */
  public record Config(
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
    public Config {
      windows = List.copyOf(windows);
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
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
      return new Config(
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

  private final Config config;
  private final DecoderParts parts;

  private GptNeo(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
  }

  /** A model with the parameters under {@code transformer} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    GptNeo model = new GptNeo(config);
    DecoderParts parts = model.parts;
    return new Stack(
        parts
            .embeddings(source, "wte")
            .withPositions(parts.table(source.at("wpe"), config.maxPositions()), 0)
            .withDropout(config.dropout().embeddings()),
        Stack.blocks(config.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  /** Attention, then MLP, each on the normalised stream and added to it. */
  private Block block(int layer, ParameterSource source) {
    return new PreNormBlock(
        norm(source.at("ln_1")),
        attention(layer, source.at("attn").at("attention")),
        norm(source.at("ln_2")),
        parts.mlp(source.at("mlp"), "c_fc", config.activation(), "c_proj", true),
        Residual.of(layer, config.dropout().residual()));
  }

  /** Attention over all keys or the last few, with scores as they are. */
  private SelfAttention attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source, false),
        null,
        parts
            .attention(layer)
            .scaled(1)
            .withWindow(config.windows().get(layer))
            .withDropout(config.dropout().attention()),
        parts.oProj(source, "out_proj", true));
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
