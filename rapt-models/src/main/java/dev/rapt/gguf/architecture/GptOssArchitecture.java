package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufFile;
import dev.rapt.model.config.RopeConfig;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** gpt-oss: experts in stacks, gate and up of which are stored apart; attention sinks. */
final class GptOssArchitecture extends Architecture {
  GptOssArchitecture() {
    super(
        "gpt-oss",
        ConfigKeys.of(
            USUAL_KEYS
                + """
                expert_feed_forward_length   intermediate_size     int
                expert_count                 num_local_experts     int
                expert_used_count            num_experts_per_tok   int
                attention.sliding_window     sliding_window        int
                """),
        TensorNames.of(
            USUAL_NAMES
                + """
                blk.*.attn_q                model.layers.*.self_attn.q_proj
                blk.*.attn_k                model.layers.*.self_attn.k_proj
                blk.*.attn_v                model.layers.*.self_attn.v_proj
                blk.*.attn_sinks.weight     model.layers.*.self_attn.sinks
                blk.*.post_attention_norm   model.layers.*.post_attention_layernorm
                blk.*.ffn_gate_inp          model.layers.*.mlp.router
                blk.*.ffn_gate_exps.weight  model.layers.*.mlp.experts.gate_up_proj        even
                blk.*.ffn_up_exps.weight    model.layers.*.mlp.experts.gate_up_proj        odd
                blk.*.ffn_down_exps.weight  model.layers.*.mlp.experts.down_proj           experts-transposed
                blk.*.ffn_gate_exps.bias    model.layers.*.mlp.experts.gate_up_proj_bias   even
                blk.*.ffn_up_exps.bias      model.layers.*.mlp.experts.gate_up_proj_bias   odd
                blk.*.ffn_down_exps.bias    model.layers.*.mlp.experts.down_proj_bias
                """));
  }

  @Override
  public List<Release> releases() {
    return List.of(new Release("gpt_oss", "GptOssForCausalLM"));
  }

  @Override
  void describe(GgufFile file, ObjectNode json) {
    describeHeads(file, json, false);
    json.put("attention_bias", true);
  }

  @Override
  void write(ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
    requireAlternating(config);
    writeHeads(config, metadata);
    int maxPositions = config.intOr("max_position_embeddings", 131072);
    RopeKeys.write(
        RopeConfig.parse(config, maxPositions, 15e4), headDim(config), name(), metadata, tensors);
  }

  private static void requireAlternating(ConfigReader config) {
    List<String> types = config.strings("layer_types");
    boolean holds = true;
    for (int layer = 0; layer < types.size(); layer++) {
      holds &= (layer % 2 == 1) == types.get(layer).equals("full_attention");
    }
    requireValue(config, "layer_types", holds, "full_attention in every second layer");
  }
}
