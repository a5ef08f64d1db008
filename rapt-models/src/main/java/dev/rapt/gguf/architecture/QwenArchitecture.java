package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufFile;
import dev.rapt.model.config.RopeConfig;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Qwen 2 and 2.5, with biases in attention; Qwen 3, with QK-norm; Qwen 3 with experts. */
abstract sealed class QwenArchitecture extends Architecture {
  private static final String ATTENTION =
      """
      blk.*.attn_q      model.layers.*.self_attn.q_proj
      blk.*.attn_k      model.layers.*.self_attn.k_proj
      blk.*.attn_v      model.layers.*.self_attn.v_proj
      blk.*.ffn_norm    model.layers.*.post_attention_layernorm
      blk.*.ffn_gate    model.layers.*.mlp.gate_proj
      blk.*.ffn_up      model.layers.*.mlp.up_proj
      blk.*.ffn_down    model.layers.*.mlp.down_proj
      """;

  private static final String QK_NORM =
      """
      blk.*.attn_q_norm   model.layers.*.self_attn.q_norm
      blk.*.attn_k_norm   model.layers.*.self_attn.k_norm
      """;

  private final Release release;

  private QwenArchitecture(String name, Release release, String keys, String names) {
    super(name, ConfigKeys.of(USUAL_KEYS + keys), TensorNames.of(USUAL_NAMES + ATTENTION + names));
    this.release = release;
  }

  /** Qwen 2 and 2.5. */
  static final class Qwen2 extends QwenArchitecture {
    Qwen2() {
      super("qwen2", new Release("qwen2", "Qwen2ForCausalLM"), "", "");
    }
  }

  /** Qwen 3. */
  static final class Qwen3 extends QwenArchitecture {
    Qwen3() {
      super("qwen3", new Release("qwen3", "Qwen3ForCausalLM"), "", QK_NORM);
    }
  }

  /** Qwen 3 with experts in every layer. */
  static final class Qwen3Moe extends QwenArchitecture {
    Qwen3Moe() {
      super(
          "qwen3moe",
          new Release("qwen3_moe", "Qwen3MoeForCausalLM"),
          """
          expert_count                 num_experts             int
          expert_used_count            num_experts_per_tok     int
          expert_feed_forward_length   moe_intermediate_size   int
          """,
          QK_NORM
              + """
              blk.*.ffn_gate_inp    model.layers.*.mlp.gate
              blk.*.ffn_gate_exps   model.layers.*.mlp.experts.#.gate_proj
              blk.*.ffn_up_exps     model.layers.*.mlp.experts.#.up_proj
              blk.*.ffn_down_exps   model.layers.*.mlp.experts.#.down_proj
              """);
    }

    @Override
    void describe(GgufFile file, ObjectNode json) {
      super.describe(file, json);
      json.put("norm_topk_prob", true).put("decoder_sparse_step", 1).putArray("mlp_only_layers");
    }

    @Override
    void write(ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
      super.write(config, metadata, tensors);
      requireValue(config, "norm_topk_prob", config.boolOr("norm_topk_prob", false), "true");
      requireValue(config, "decoder_sparse_step", config.intOr("decoder_sparse_step", 1) == 1, "1");
      requireValue(config, "mlp_only_layers", config.ints("mlp_only_layers").isEmpty(), "empty");
      if (config.has("num_local_experts")) {
        metadata.put(key("expert_count"), config.requireInt("num_local_experts", 1, 1 << 16));
      }
    }
  }

  @Override
  public final List<Release> releases() {
    return List.of(release);
  }

  @Override
  void describe(GgufFile file, ObjectNode json) {
    describeHeads(file, json, true);
    json.put("attention_bias", file.tensors().containsKey("blk.0.attn_q.bias"));
    json.put("use_sliding_window", false);
  }

  @Override
  void write(ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
    requireValue(
        config, "use_sliding_window", !config.boolOr("use_sliding_window", false), "false");
    writeHeads(config, metadata);
    int maxPositions = config.intOr("max_position_embeddings", 2048);
    RopeKeys.write(
        RopeConfig.parse(config, maxPositions), headDim(config), name(), metadata, tensors);
  }
}
