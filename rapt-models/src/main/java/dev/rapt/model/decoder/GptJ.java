package dev.rapt.model.decoder;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.Dropouts;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.SizedConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.DecoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.ParallelBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import dev.rapt.tensor.Tensor;
import java.util.List;

/**
 * GPT-J and CodeGen: parallel attention and MLP behind one LayerNorm, multi-head attention with
 * interleaved RoPE on the first elements of each head (partial rotary), and a GELU MLP. GPT-J 6B,
 * Wang and Komatsuzaki 2021, github.com/kingoflolz/mesh-transformer-jax; CodeGen, arXiv:2203.13474,
 * section 2.2.
 *
 * <pre>
 * x = embedding[ids]                                     (B, T, D)
 * L times:
 *   h = norm(x)
 *   x = x + attention(h) + mlp(h)                        (B, T, D)
 * logits = head(norm(x)) + b                             (B, T, V)
 *
 * attention(h): q = rope(h Wq)                           (B, T, H, E)
 *               k = rope(h Wk), v = h Wv                 (B, T, H, E), appended to the KV cache
 *               softmax(q k' / sqrt(E)) v Wo             (B, T, H E) to (B, T, D)
 * mlp(h):       gelu(h Wup + b) Wdown + b                (B, T, F) to (B, T, D)
 * </pre>
 *
 * CodeGen has a fused QKV projection, which is sharded; GPT-J has three projections.
 */
public final class GptJ {
  /** {@code codegen}. */
  public static final Family<Config, Backbone> CODEGEN =
      new Family<>(
          "codegen", "CodeGenForCausalLM", "transformer", Config::parseCodeGen, GptJ::build);

  /** {@code gptj}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("gptj", "GPTJForCausalLM", "transformer", Config::parse, GptJ::build);

  /**
   * What config.json of GPT-J or CodeGen says.
   *
   * @param rotaryDim elements of each head that RoPE rotates
   * @param sharded whether there is one sharded QKV projection, as in CodeGen, instead of three
   * @param dropout probabilities of dropout, in training
   */
  public record Config(
      String modelType,
      DecoderSizes sizes,
      Activation activation,
      float normEps,
      int rotaryDim,
      boolean sharded,
      Dropouts dropout)
      implements SizedConfig {

    /** Reads a config.json of GPT-J. */
    public static Config parse(ConfigReader json) {
      return parse(json, false);
    }

    /** Reads a config.json of CodeGen. */
    public static Config parseCodeGen(ConfigReader json) {
      Config config = parse(json, true);
      if (config.numHeads() % NUM_SHARDS != 0) {
        throw json.error(
            "n_head", "must be a multiple of %d, got %d".formatted(NUM_SHARDS, config.numHeads()));
      }
      return config;
    }

    private static Config parse(ConfigReader json, boolean sharded) {
      DecoderSizes sizes = DecoderSizes.parse(json, DecoderSizes.Keys.GPT2, false);
      return new Config(
          json.requireString("model_type"),
          sizes,
          Activations.read(json, "activation_function", "gelu_new"),
          json.epsilonOr("layer_norm_epsilon", 1e-5),
          json.intOr("rotary_dim", sizes.headDim(), 2, sizes.headDim()),
          sharded,
          Dropouts.parse(json, 0));
    }

    @Override
    public HeadRule head() {
      return HeadRule.PLAIN.withBias();
    }
  }

  private static final int NUM_SHARDS = 4;

  private final Config config;
  private final DecoderParts parts;
  private final Rope rope;

  private GptJ(Config config) {
    this.config = config;
    parts = DecoderParts.of(config.sizes());
    rope = new Rope(config.rotaryDim(), 10000, new RopeScaling.None(), true);
  }

  /**
   * Builds the model without its head from the parameters under {@code transformer} of a
   * checkpoint.
   */
  public static Backbone build(Config config, ParameterSource source) {
    GptJ model = new GptJ(config);
    return new Stack(
        model.parts.embeddings(source, "wte").withDropout(config.dropout().embeddings()),
        Stack.blocks(config.numLayers(), source.at("h"), model::block),
        model.norm(source.at("ln_f")));
  }

  private Block block(int layer, ParameterSource source) {
    Norm norm = norm(source.at("ln_1"));
    return new ParallelBlock(
        norm,
        attention(layer, source.at("attn")),
        norm,
        parts.mlp(source.at("mlp"), "fc_in", config.activation(), "fc_out", true),
        Residual.of(layer, config.dropout().residual()));
  }

  /** Multi-head attention without biases, with interleaved partial RoPE. */
  private Layer attention(int layer, ParameterSource source) {
    return new SelfAttention(
        config.sharded()
            ? ShardedQkv.of(source.at("qkv_proj"), config.sizes())
            : parts.qkv(source, false), // three times (B, T, H, E)
        rope,
        parts.attention(layer).withDropout(config.dropout().attention()), // (B, T, H E)
        parts.oProj(source, "out_proj", false)); // (B, T, D)
  }

  private Norm norm(ParameterSource source) {
    return parts.layerNorm(source, config.normEps());
  }

  /**
   * CodeGen's fused QKV projection: for each of {@value #NUM_SHARDS} shards its queries, values and
   * keys. The shards are the cores that CodeGen was trained on.
   */
  private record ShardedQkv(Linear qkvProj, int numHeads, int headDim) implements QkvProjection {
    /** Blocks of the output in the order queries, keys, values of all shards. */
    private static final List<Integer> TOGETHER = List.of(0, 3, 6, 9, 2, 5, 8, 11, 1, 4, 7, 10);

    static ShardedQkv of(ParameterSource source, DecoderSizes sizes) {
      int D = sizes.hiddenSize();
      return new ShardedQkv(
          Linear.of(source, D, 3L * D, false, sizes.initStd()), sizes.numHeads(), sizes.headDim());
    }

    @Override
    public Qkv project(Tensor x) {
      Tensor qkv = Ops.reorderBlocks(qkvProj.forward(x), TOGETHER);
      long width = (long) numHeads * headDim;
      return new Qkv(
          new Heads(qkv, 0, numHeads, headDim),
          new Heads(qkv, width, numHeads, headDim),
          new Heads(qkv, 2 * width, numHeads, headDim));
    }
  }
}
