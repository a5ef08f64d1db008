package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.model.parts.PreNormDecoder;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * GPT-Neo: GPT-2 with a sliding window in every second layer (local attention) and unscaled
 * attention scores. A pre-norm decoder with learned positions, LayerNorm and a GELU MLP. GPT-Neo:
 * Large Scale Autoregressive Language Modeling with Mesh-Tensorflow, Black et al. 2021,
 * doi:10.5281/zenodo.5297715.
 *
 * <pre>
 * As GPT-2, but:
 * attention(h): q = h Wq, k = h Wk, v = h Wv             (B, T, H, E); k, v to the KV cache
 *               softmax(q k') v Wo + b                   all keys, or those of a sliding window
 * </pre>
 */
public final class GptNeo {
  /** {@code gpt_neo}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gpt_neo", "GPTNeoForCausalLM", "transformer", Config::parse, GptNeo::build);

  /**
   * What config.json of GPT-Neo says.
   *
   * @param windows sliding window of each layer in keys, the query's own included; 0 for full
   *     attention
   * @param dropout probabilities of dropout, in training
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

    /** The kind of each layer, from [[[kind, ...], repetitions], ...]. */
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

  /**
   * Builds the model without its head from the parameters under {@code transformer} of a
   * checkpoint.
   */
  public static Backbone build(Config config, ParameterSource source) {
    GptNeo model = new GptNeo(config);
    return PreNormDecoder.of(model.parts, model::norm, model::attention, model::mlp)
        .named(PreNormDecoder.Names.GPT2)
        .withEmbeddings(model::embeddings)
        .withDropout(config.dropout().embeddings(), config.dropout().residual())
        .build(source);
  }

  /** Token embeddings plus learned absolute positions. */
  private Embeddings embeddings(ParameterSource source) {
    return parts
        .embeddings(source, "wte")
        .withPositions(parts.table(source.at("wpe"), config.maxPositions()), 0);
  }

  /** Multi-head attention with unscaled scores, over all keys or a sliding window. */
  private Layer attention(int layer, ParameterSource source) {
    ParameterSource own = source.at("attn").at("attention");
    return new SelfAttention(
        parts.qkv(own, false), // three times (B, T, H, E)
        null,
        parts
            .attention(layer)
            .scaled(1)
            .withWindow(config.windows().get(layer))
            .withDropout(config.dropout().attention()), // (B, T, H E)
        parts.oProj(own, "out_proj", true)); // (B, T, D)
  }

  /** gelu(h Wup + b) Wdown + b. */
  private Layer mlp(int layer, ParameterSource source) {
    return parts.mlp(source.at("mlp"), "c_fc", config.activation(), "c_proj", true);
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }
}
