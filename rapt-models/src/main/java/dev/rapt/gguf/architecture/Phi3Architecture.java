package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufFile;
import dev.rapt.gguf.GgufMetadata;
import dev.rapt.model.config.RopeConfig;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Phi-3 and Phi-4: fused projections, LongRoPE. */
final class Phi3Architecture extends Architecture {
  private static final String WINDOW = "attention.sliding_window";

  Phi3Architecture() {
    super(
        "phi3",
        ConfigKeys.of(USUAL_KEYS),
        TensorNames.of(
            USUAL_NAMES
                + """
                blk.*.attn_qkv   model.layers.*.self_attn.qkv_proj
                blk.*.ffn_norm   model.layers.*.post_attention_layernorm
                blk.*.ffn_up     model.layers.*.mlp.gate_up_proj
                blk.*.ffn_down   model.layers.*.mlp.down_proj
                """));
  }

  @Override
  public List<Release> releases() {
    return List.of(new Release("phi3", "Phi3ForCausalLM"));
  }

  @Override
  void describe(GgufFile file, ObjectNode json) {
    GgufMetadata metadata = file.metadata();
    describeHeads(file, json, true);
    String original = key("rope.scaling.original_context_length");
    if (metadata.has(original)) {
      json.put("original_max_position_embeddings", ConfigKeys.integer(metadata, original));
    }
    long window = metadata.integer(key(WINDOW), 0);
    if (window > 0) {
      json.put("sliding_window", window);
    } else {
      json.putNull("sliding_window");
    }
  }

  @Override
  void write(ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
    writeHeads(config, metadata);
    metadata.put(key(WINDOW), config.intOr("sliding_window", 0));
    int maxPositions = config.intOr("max_position_embeddings", 4096);
    metadata.put(
        key("rope.scaling.original_context_length"),
        config.intOr("original_max_position_embeddings", maxPositions));
    RopeKeys.write(
        RopeConfig.parsePartial(config, maxPositions, 1),
        headDim(config),
        name(),
        metadata,
        tensors);
  }
}
