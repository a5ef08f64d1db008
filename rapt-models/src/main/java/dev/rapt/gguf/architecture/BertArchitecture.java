package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufFile;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** BERT without a head: embedders such as MiniLM, BGE and E5. */
final class BertArchitecture extends Architecture {
  /** Key for what a folder of sentence-transformers says in a file of its own. */
  private static final String POOLING = "pooling_type";

  private static final String TYPES = "token_types.weight";

  BertArchitecture() {
    super(
        "bert",
        ConfigKeys.of(
            """
            context_length                 max_position_embeddings   int
            embedding_length               hidden_size               int
            block_count                    num_hidden_layers         int
            feed_forward_length            intermediate_size         int
            attention.head_count           num_attention_heads       int
            attention.layer_norm_epsilon   layer_norm_eps            float
            """),
        TensorNames.of(
            """
            token_embd                bert.embeddings.word_embeddings
            token_types               bert.embeddings.token_type_embeddings
            position_embd             bert.embeddings.position_embeddings
            token_embd_norm           bert.embeddings.LayerNorm
            blk.*.attn_q              bert.encoder.layer.*.attention.self.query
            blk.*.attn_k              bert.encoder.layer.*.attention.self.key
            blk.*.attn_v              bert.encoder.layer.*.attention.self.value
            blk.*.attn_output         bert.encoder.layer.*.attention.output.dense
            blk.*.attn_output_norm    bert.encoder.layer.*.attention.output.LayerNorm
            blk.*.ffn_up              bert.encoder.layer.*.intermediate.dense
            blk.*.ffn_down            bert.encoder.layer.*.output.dense
            blk.*.layer_output_norm   bert.encoder.layer.*.output.LayerNorm
            """));
  }

  @Override
  public List<Release> releases() {
    return List.of(new Release("bert", "BertModel"));
  }

  @Override
  void describe(GgufFile file, ObjectNode json) {
    json.put("hidden_act", "gelu");
    json.put("type_vocab_size", (int) file.tensor(TYPES).shape().dim(0));
    long pooling = file.metadata().integer(key("pooling_type"), 0);
    switch ((int) pooling) {
      case 1 -> json.put(POOLING, "mean");
      case 2 -> json.put(POOLING, "cls");
      case 3 -> json.put(POOLING, "last");
      default -> {
        // not stated
      }
    }
  }

  @Override
  void write(ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
    requireValue(
        config, "hidden_act", config.stringOr("hidden_act", "gelu").equals("gelu"), "gelu");
    metadata.put(key("attention.causal"), config.boolOr("is_decoder", false));
    metadata.putIfAbsent(key("attention.layer_norm_epsilon"), 1e-12f);
  }
}
