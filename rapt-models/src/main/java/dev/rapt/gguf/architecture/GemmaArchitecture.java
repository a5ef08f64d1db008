package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufFile;
import dev.rapt.gguf.GgufMetadata;
import dev.rapt.model.config.LayerRopes;
import dev.rapt.model.config.RopeConfig;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Gemma 1 to 3 for text. Norms are stored with 1 added, and embeddings are always tied. */
abstract sealed class GemmaArchitecture extends Architecture {
  private static final String KEYS = USUAL_KEYS;

  private static final String NAMES =
      """
      token_embd          model.embed_tokens
      output_norm         model.norm                             plus-one
      blk.*.attn_norm     model.layers.*.input_layernorm         plus-one
      blk.*.attn_q        model.layers.*.self_attn.q_proj
      blk.*.attn_k        model.layers.*.self_attn.k_proj
      blk.*.attn_v        model.layers.*.self_attn.v_proj
      blk.*.attn_output   model.layers.*.self_attn.o_proj
      blk.*.ffn_gate      model.layers.*.mlp.gate_proj
      blk.*.ffn_up        model.layers.*.mlp.up_proj
      blk.*.ffn_down      model.layers.*.mlp.down_proj
      """;

  private static final String FOUR_NORMS =
      """
      blk.*.post_attention_norm   model.layers.*.post_attention_layernorm     plus-one
      blk.*.ffn_norm              model.layers.*.pre_feedforward_layernorm    plus-one
      blk.*.post_ffw_norm         model.layers.*.post_feedforward_layernorm   plus-one
      """;

  private final Release release;

  private GemmaArchitecture(String name, Release release, String keys, String names) {
    super(name, ConfigKeys.of(KEYS + keys), TensorNames.of(NAMES + names));
    this.release = release;
  }

  @Override
  public final List<Release> releases() {
    return List.of(release);
  }

  /** Gemma 1. */
  static final class Gemma1 extends GemmaArchitecture {
    Gemma1() {
      super(
          "gemma",
          new Release("gemma", "GemmaForCausalLM"),
          "",
          "blk.*.ffn_norm model.layers.*.post_attention_layernorm plus-one");
    }

    @Override
    void describe(GgufFile file, ObjectNode json) {
      describeHeads(file, json, true);
    }

    @Override
    void write(ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
      writeHeads(config, metadata);
      writeRope(config, metadata, tensors);
    }
  }

  /** Gemma 2: sliding windows in every second layer, soft-capping. */
  static final class Gemma2 extends GemmaArchitecture {
    /** The 27B model scales scores by its width per head, which is not the width of a head. */
    private static final int LAYERS_27B = 46;

    Gemma2() {
      super(
          "gemma2",
          new Release("gemma2", "Gemma2ForCausalLM"),
          """
          attention.sliding_window   sliding_window            int
          attn_logit_softcapping     attn_logit_softcapping    float
          final_logit_softcapping    final_logit_softcapping   float
          """,
          FOUR_NORMS);
    }

    @Override
    void describe(GgufFile file, ObjectNode json) {
      describeHeads(file, json, true);
      json.put("query_pre_attn_scalar", scoreWidth(file.metadata(), LAYERS_27B));
      for (String cap : List.of("attn_logit_softcapping", "final_logit_softcapping")) {
        if (!json.has(cap)) {
          json.putNull(cap);
        }
      }
    }

    @Override
    void write(ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
      requireScoreWidth(config, LAYERS_27B);
      requirePeriod(config, 2);
      requireValue(
          config, "attn_logit_softcapping", config.has("attn_logit_softcapping"), "a number");
      requireValue(
          config, "final_logit_softcapping", config.has("final_logit_softcapping"), "a number");
      writeHeads(config, metadata);
      writeRope(config, metadata, tensors);
    }
  }

  /** Gemma 3 for text: full attention in every sixth layer, with a RoPE of its own; QK-norm. */
  static final class Gemma3 extends GemmaArchitecture {
    private static final int LAYERS_27B = 62;
    private static final int PERIOD = 6;
    private static final double LOCAL_THETA = 1e4;

    Gemma3() {
      super(
          "gemma3",
          new Release("gemma3_text", "Gemma3ForCausalLM"),
          "attention.sliding_window sliding_window int",
          FOUR_NORMS
              + """
              blk.*.attn_q_norm   model.layers.*.self_attn.q_norm   plus-one
              blk.*.attn_k_norm   model.layers.*.self_attn.k_norm   plus-one
              """);
    }

    @Override
    void describe(GgufFile file, ObjectNode json) {
      int headDim = headDim(file.metadata());
      json.put("head_dim", headDim)
          .put("query_pre_attn_scalar", scoreWidth(file.metadata(), LAYERS_27B))
          .put("sliding_window_pattern", PERIOD)
          .putNull("final_logit_softcapping");
      RopeConfig full = rope(file).config(headDim, contextLength(file), true);
      String key = key("rope.freq_base_swa");
      double local =
          file.metadata().has(key) ? ConfigKeys.decimal(file.metadata(), key) : LOCAL_THETA;
      ObjectNode ropes = json.putObject("rope_parameters");
      full.writeParameters(ropes.putObject("full_attention"));
      ropes.putObject("sliding_attention").put("rope_type", "default").put("rope_theta", local);
    }

    @Override
    void write(ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
      requireScoreWidth(config, LAYERS_27B);
      requirePeriod(config, PERIOD);
      requireValue(
          config,
          "final_logit_softcapping",
          config.doubleOr("final_logit_softcapping", 0) == 0,
          "null");
      writeHeads(config, metadata);
      int maxPositions = config.intOr("max_position_embeddings", 131072);
      LayerRopes ropes =
          LayerRopes.parse(
              config, maxPositions, 1e6, config.positiveOr("rope_local_base_freq", LOCAL_THETA));
      RopeKeys.write(ropes.full(), headDim(config), name(), metadata, tensors);
      metadata.put(key("rope.freq_base_swa"), (float) ropes.sliding().theta());
    }
  }

  final void writeRope(
      ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
    int maxPositions = config.intOr("max_position_embeddings", 8192);
    RopeKeys.write(
        RopeConfig.parse(config, maxPositions), headDim(config), name(), metadata, tensors);
  }

  /**
   * Returns the number by whose square root scores are divided, which no key states.
   *
   * @param exception number of layers of the model that has another than the others
   */
  final int scoreWidth(GgufMetadata metadata, int exception) {
    return ConfigKeys.integer(metadata, key("block_count")) == exception
        ? ConfigKeys.integer(metadata, key("embedding_length"))
            / heads(metadata, "attention.head_count")
        : headDim(metadata);
  }

  static void requireScoreWidth(ConfigReader config, int exception) {
    int implied =
        config.requireInt("num_hidden_layers") == exception
            ? config.requireInt("hidden_size") / config.requireInt("num_attention_heads")
            : headDim(config);
    requireValue(
        config,
        "query_pre_attn_scalar",
        config.doubleOr("query_pre_attn_scalar", 256) == implied,
        Integer.toString(implied));
  }

  /** Checks that the last layer of each period, and no other, has full attention. */
  static void requirePeriod(ConfigReader config, int period) {
    List<String> types = config.strings("layer_types");
    boolean holds = config.intOr("sliding_window_pattern", period) == period;
    for (int layer = 0; layer < types.size(); layer++) {
      boolean isFull = (layer + 1) % period == 0;
      holds &= isFull == types.get(layer).equals("full_attention");
    }
    requireValue(config, "layer_types", holds, "full_attention in every layer of number " + period);
  }
}
