package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufFile;
import dev.rapt.model.config.RopeConfig;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Llama 1 to 3, Mistral and, with experts, Mixtral. Queries and keys are for interleaved RoPE. */
final class LlamaArchitecture extends Architecture {
  private static final Release LLAMA = new Release("llama", "LlamaForCausalLM");
  private static final Release MISTRAL = new Release("mistral", "MistralForCausalLM");
  private static final Release MIXTRAL = new Release("mixtral", "MixtralForCausalLM");

  LlamaArchitecture() {
    super(
        "llama",
        ConfigKeys.of(
            USUAL_KEYS
                + """
                expert_count        num_local_experts     int
                expert_used_count   num_experts_per_tok   int
                """),
        TensorNames.of(
            USUAL_NAMES
                + """
                blk.*.attn_q          model.layers.*.self_attn.q_proj                  queries
                blk.*.attn_k          model.layers.*.self_attn.k_proj                  keys
                blk.*.attn_v          model.layers.*.self_attn.v_proj
                blk.*.ffn_norm        model.layers.*.post_attention_layernorm
                blk.*.ffn_gate        model.layers.*.mlp.gate_proj
                blk.*.ffn_up          model.layers.*.mlp.up_proj
                blk.*.ffn_down        model.layers.*.mlp.down_proj
                blk.*.ffn_gate_inp    model.layers.*.block_sparse_moe.gate
                blk.*.ffn_gate_exps   model.layers.*.block_sparse_moe.experts.#.w1
                blk.*.ffn_down_exps   model.layers.*.block_sparse_moe.experts.#.w2
                blk.*.ffn_up_exps     model.layers.*.block_sparse_moe.experts.#.w3
                """));
  }

  @Override
  public List<Release> releases() {
    return List.of(LLAMA, MISTRAL, MIXTRAL);
  }

  @Override
  Release release(GgufFile file) {
    return file.metadata().integer(key("expert_count"), 0) > 0 ? MIXTRAL : LLAMA;
  }

  @Override
  void describe(GgufFile file, ObjectNode json) {
    describeHeads(file, json, true);
    json.put("attention_bias", file.tensors().containsKey("blk.0.attn_q.bias"));
    json.put("mlp_bias", file.tensors().containsKey("blk.0.ffn_gate.bias"));
    json.putNull("sliding_window");
  }

  @Override
  void write(ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
    requireValue(config, "sliding_window", !config.has("sliding_window"), "absent");
    requireValue(
        config, "hidden_act", config.stringOr("hidden_act", "silu").equals("silu"), "silu");
    writeHeads(config, metadata);
    int maxPositions = config.intOr("max_position_embeddings", 2048);
    RopeKeys.write(
        RopeConfig.parse(config, maxPositions), headDim(config), name(), metadata, tensors);
  }
}
