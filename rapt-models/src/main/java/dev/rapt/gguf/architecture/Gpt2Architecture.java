package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufFile;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** GPT-2, whose linear layers are transposed. */
final class Gpt2Architecture extends Architecture {
  Gpt2Architecture() {
    super(
        "gpt2",
        ConfigKeys.of(
            """
            context_length                 n_positions          int
            embedding_length               n_embd               int
            block_count                    n_layer              int
            feed_forward_length            n_inner              int
            attention.head_count           n_head               int
            attention.layer_norm_epsilon   layer_norm_epsilon   float
            """),
        TensorNames.of(
            """
            token_embd          transformer.wte
            position_embd       transformer.wpe
            output_norm         transformer.ln_f
            output              lm_head
            blk.*.attn_norm     transformer.h.*.ln_1
            blk.*.attn_qkv      transformer.h.*.attn.c_attn   transposed
            blk.*.attn_output   transformer.h.*.attn.c_proj   transposed
            blk.*.ffn_norm      transformer.h.*.ln_2
            blk.*.ffn_up        transformer.h.*.mlp.c_fc      transposed
            blk.*.ffn_down      transformer.h.*.mlp.c_proj    transposed
            """));
  }

  @Override
  public List<Release> releases() {
    return List.of(new Release("gpt2", "GPT2LMHeadModel"));
  }

  @Override
  void describe(GgufFile file, ObjectNode json) {
    json.put("activation_function", "gelu_new");
  }

  @Override
  void write(ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
    String activation = config.stringOr("activation_function", "gelu_new");
    requireValue(
        config,
        "activation_function",
        activation.equals("gelu_new") || activation.equals("gelu_pytorch_tanh"),
        "gelu_new");
    String scaled = "scale_attn_by_inverse_layer_idx";
    requireValue(config, scaled, !config.boolOr(scaled, false), "false");
    requireValue(config, "scale_attn_weights", config.boolOr("scale_attn_weights", true), "true");
    metadata.putIfAbsent(key("feed_forward_length"), 4 * config.requireInt("n_embd"));
  }
}
