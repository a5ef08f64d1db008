package dev.rapt.model.decoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.FreshConfig;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Sinusoids;
import dev.rapt.nn.attention.Alibi;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PostNormBlock;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Rapt's own configurable decoder, for combinations of parts that no published family has. A folder
 * with {@code model_type} {@code rapt-decoder} loads in Rapt only.
 *
 * <pre>
 * x = embedding[ids] + positions                         (B, T, D), learned, sinusoidal or none
 * L times, pre-norm or, with postNorm, post-norm:
 *   x = x + attention(norm(x))    x = norm(x + attention(x))
 *   x = x + mlp(norm(x))          x = norm(x + mlp(x))
 * logits = head(norm(x))          logits = head(x)       (B, T, V)
 *
 * attention(h): q = rope(h Wq)                           (B, T, H, E); rope with RoPE only
 *               k = rope(h Wk), v = h Wv                 (B, T, G, E), appended to the KV cache
 *               softmax(q k' / sqrt(E) + ALiBi) v Wo     (B, T, H E) to (B, T, D)
 * mlp(h):       f(h Wup) Wdown, or, gated, (f(h Wgate) * h Wup) Wdown
 * norm:         LayerNorm or RMSNorm
 * </pre>
 */
public final class Decoder {
  /** {@code rapt-decoder}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "rapt-decoder", "RaptDecoderForCausalLM", "model", Config::parse, Decoder::build);

  /**
   * The choices of a configurable decoder.
   *
   * @param positions position encoding
   * @param kinds sliding window and RoPE of each layer; all layers share the RoPE or have none
   * @param norm LayerNorm or RMSNorm
   * @param postNorm whether blocks are post-norm (arXiv:1706.03762) instead of pre-norm
   * @param gated whether the MLP has a gate, as SwiGLU and GeGLU have
   * @param bias whether linear layers have biases
   * @param dropout probability of dropout after embeddings, on what each layer adds, and on
   *     attention weights, in training
   */
  public record Config(
      DecoderSizes sizes,
      PositionEncoding positions,
      List<LayerKind> kinds,
      Norm.Kind norm,
      boolean postNorm,
      float normEps,
      Activation activation,
      boolean gated,
      boolean bias,
      float dropout)
      implements SizedConfig, FreshConfig {

    /**
     * Checks that RoPE can pair the elements of a head.
     *
     * @throws IllegalArgumentException if it cannot
     */
    public Config {
      if (positions == PositionEncoding.ROPE && sizes.headDim() % 2 != 0) {
        throw new IllegalArgumentException(
            "rapt-decoder: RoPE needs an even head width, got "
                + sizes.headDim()
                + "; choose another number of heads");
      }
    }

    /**
     * Returns the kinds of layers with full attention, with a sliding window, or alternating
     * between the two, full attention first.
     *
     * @param rope RoPE of all layers, or null for none
     * @param window size of the sliding window in keys, the query's own included; 0 for full
     *     attention
     * @param alternating whether only every second layer has the window
     */
    public static List<LayerKind> kinds(
        int numLayers, @Nullable RopeConfig rope, int window, boolean alternating) {
      List<LayerKind> kinds = new ArrayList<>();
      for (int layer = 0; layer < numLayers; layer++) {
        kinds.add(new LayerKind(alternating && layer % 2 == 0 ? 0 : window, rope));
      }
      return List.copyOf(kinds);
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.LLAMA, true);
      PositionEncoding positions = oneOf(json, "position_encoding", PositionEncoding.class);
      try {
        return new Config(
            sizes,
            positions,
            kinds(json, sizes, positions),
            oneOf(json, "norm", Norm.Kind.class),
            json.boolOr("post_norm", false),
            json.epsilonOr("norm_eps", 1e-5),
            Activations.read(json, "hidden_act", "gelu_new"),
            json.boolOr("gated_mlp", false),
            json.boolOr("bias", true),
            json.dropoutOr("dropout", 0));
      } catch (IllegalArgumentException e) {
        throw json.error("num_attention_heads", String.valueOf(e.getMessage()));
      }
    }

    private static List<LayerKind> kinds(
        ConfigReader json, DecoderSizes sizes, PositionEncoding positions) {
      RopeConfig rope =
          positions == PositionEncoding.ROPE
              ? RopeConfig.parsePartial(json, sizes.maxPositions(), 1)
              : null;
      int window = json.intOr("sliding_window", 0, 0, Integer.MAX_VALUE);
      return LayerKind.parse(
          json,
          sizes.numLayers(),
          _ -> window != 0,
          new LayerKind(window, rope),
          LayerKind.full(rope));
    }

    private static <E extends Enum<E>> E oneOf(ConfigReader json, String key, Class<E> type) {
      String name = json.requireString(key);
      for (E constant : type.getEnumConstants()) {
        if (label(constant).equals(name)) {
          return constant;
        }
      }
      String known =
          Arrays.stream(type.getEnumConstants())
              .map(Config::label)
              .collect(Collectors.joining(", "));
      throw json.error(key, "must be one of " + known + ", got " + name);
    }

    private static String label(Enum<?> constant) {
      return constant.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, DecoderSizes.Keys.LLAMA);
      json.put("position_encoding", label(positions))
          .put("norm", label(norm))
          .put("post_norm", postNorm)
          .put("norm_eps", Double.parseDouble(Float.toString(normEps)))
          .put("hidden_act", Activations.name(activation))
          .put("gated_mlp", gated)
          .put("bias", bias)
          .put("dropout", Double.parseDouble(Float.toString(dropout)));
      LayerKind.write(json, kinds);
      RopeConfig rope = kinds.getFirst().rope();
      if (rope != null) {
        rope.write(json);
      }
    }

    @Override
    public String modelType() {
      return "rapt-decoder";
    }

    @Override
    public boolean endsAtMaxPositions() {
      return positions == PositionEncoding.LEARNED;
    }

    @Override
    public Config withVocabSize(int size) {
      return new Config(
          sizes.withVocabSize(size),
          positions,
          kinds,
          norm,
          postNorm,
          normEps,
          activation,
          gated,
          bias,
          dropout);
    }
  }

  private final Config config;
  private final DecoderSizes sizes;
  private final DecoderParts parts;
  private final @Nullable Tensor slopes;

  private Decoder(Config config, ParameterSource source) {
    this.config = config;
    sizes = config.sizes();
    parts = DecoderParts.of(sizes);
    slopes =
        config.positions() == PositionEncoding.ALIBI
            ? source.constant(Alibi.slopes(sizes.numHeads()), sizes.numHeads())
            : null;
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Decoder decoder = new Decoder(config, source);
    DecoderSizes sizes = config.sizes();
    return new Stack(
        decoder.embeddings(source),
        Stack.blocks(sizes.numLayers(), source.at("layers"), decoder::block),
        config.postNorm() ? null : decoder.norm(source.at("norm")));
  }

  private Embeddings embeddings(ParameterSource source) {
    Embeddings tokens = parts.embeddings(source).withDropout(config.dropout());
    return switch (config.positions()) {
      case LEARNED ->
          tokens.withPositions(parts.table(source.at("embed_positions"), sizes.maxPositions()), 0);
      case SINUSOIDAL -> // arXiv:1706.03762, section 3.4
          tokens.scaled((float) Math.sqrt(sizes.hiddenSize())).withSinusoids(Sinusoids.PAPER);
      case ROPE, ALIBI, NONE -> tokens;
    };
  }

  /** A pre-norm or a post-norm block. */
  private Block block(int layer, ParameterSource source) {
    Norm attentionNorm = norm(source.at("attention_norm"));
    Layer attention = attention(layer, source.at("self_attn"));
    Norm mlpNorm = norm(source.at("mlp_norm"));
    Layer mlp = mlp(source.at("mlp"));
    Residual residual = Residual.of(layer, config.dropout());
    return config.postNorm()
        ? new PostNormBlock(attention, attentionNorm, mlp, mlpNorm, residual)
        : new PreNormBlock(attentionNorm, attention, mlpNorm, mlp, residual);
  }

  private Layer attention(int layer, ParameterSource source) {
    LayerKind kind = config.kinds().get(layer);
    return new SelfAttention(
        parts.qkv(source, config.bias()), // (B, T, H, E) and twice (B, T, G, E)
        parts.rope(kind),
        parts.attention(layer, kind).withAlibi(slopes).withDropout(config.dropout()),
        parts.oProj(source, config.bias())); // (B, T, D)
  }

  private Layer mlp(ParameterSource source) {
    return config.gated()
        ? parts.gatedMlp(source, config.activation(), config.bias())
        : parts.mlp(source, "up_proj", config.activation(), "down_proj", config.bias());
  }

  private Norm norm(ParameterSource source) {
    return Norm.of(config.norm(), source, sizes.hiddenSize(), config.normEps());
  }
}
