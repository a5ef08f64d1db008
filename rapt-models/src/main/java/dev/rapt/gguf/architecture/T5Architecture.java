package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufFile;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** T5, with and without a gate in the MLP, which follows from the tensors. */
final class T5Architecture extends Architecture {
  private static final String NAMES =
      """
      token_embd                  shared
      output                      lm_head
      enc.output_norm             encoder.final_layer_norm
      enc.blk.*.attn_norm         encoder.block.*.layer.0.layer_norm
      enc.blk.*.attn_q            encoder.block.*.layer.0.SelfAttention.q
      enc.blk.*.attn_k            encoder.block.*.layer.0.SelfAttention.k
      enc.blk.*.attn_v            encoder.block.*.layer.0.SelfAttention.v
      enc.blk.*.attn_o            encoder.block.*.layer.0.SelfAttention.o
      enc.blk.*.attn_rel_b        encoder.block.*.layer.0.SelfAttention.relative_attention_bias
      enc.blk.*.ffn_norm          encoder.block.*.layer.1.layer_norm
      enc.blk.*.ffn_down          encoder.block.*.layer.1.DenseReluDense.wo
      dec.output_norm             decoder.final_layer_norm
      dec.blk.*.attn_norm         decoder.block.*.layer.0.layer_norm
      dec.blk.*.attn_q            decoder.block.*.layer.0.SelfAttention.q
      dec.blk.*.attn_k            decoder.block.*.layer.0.SelfAttention.k
      dec.blk.*.attn_v            decoder.block.*.layer.0.SelfAttention.v
      dec.blk.*.attn_o            decoder.block.*.layer.0.SelfAttention.o
      dec.blk.*.attn_rel_b        decoder.block.*.layer.0.SelfAttention.relative_attention_bias
      dec.blk.*.cross_attn_norm   decoder.block.*.layer.1.layer_norm
      dec.blk.*.cross_attn_q      decoder.block.*.layer.1.EncDecAttention.q
      dec.blk.*.cross_attn_k      decoder.block.*.layer.1.EncDecAttention.k
      dec.blk.*.cross_attn_v      decoder.block.*.layer.1.EncDecAttention.v
      dec.blk.*.cross_attn_o      decoder.block.*.layer.1.EncDecAttention.o
      dec.blk.*.ffn_norm          decoder.block.*.layer.2.layer_norm
      dec.blk.*.ffn_down          decoder.block.*.layer.2.DenseReluDense.wo
      """;

  /** T5 1.1 and Flan-T5. */
  private static final TensorNames GATED =
      TensorNames.of(
          NAMES
              + """
              enc.blk.*.ffn_gate   encoder.block.*.layer.1.DenseReluDense.wi_0
              enc.blk.*.ffn_up     encoder.block.*.layer.1.DenseReluDense.wi_1
              dec.blk.*.ffn_gate   decoder.block.*.layer.2.DenseReluDense.wi_0
              dec.blk.*.ffn_up     decoder.block.*.layer.2.DenseReluDense.wi_1
              """);

  /** T5 1.0. */
  private static final TensorNames PLAIN =
      TensorNames.of(
          NAMES
              + """
              enc.blk.*.ffn_up   encoder.block.*.layer.1.DenseReluDense.wi
              dec.blk.*.ffn_up   decoder.block.*.layer.2.DenseReluDense.wi
              """);

  /** Maximum distance of relative positions: GGUF has no key for it, llama.cpp takes 128. */
  private static final int MAX_DISTANCE = 128;

  T5Architecture() {
    super(
        "t5",
        ConfigKeys.of(
            """
            embedding_length                   d_model                          int
            block_count                        num_layers                       int
            decoder_block_count                num_decoder_layers               int
            feed_forward_length                d_ff                             int
            attention.head_count               num_heads                        int
            attention.key_length               d_kv                             int
            attention.layer_norm_rms_epsilon   layer_norm_epsilon               float
            attention.relative_buckets_count   relative_attention_num_buckets   int
            decoder_start_token_id             decoder_start_token_id           int
            """),
        GATED);
  }

  @Override
  public List<Release> releases() {
    return List.of(new Release("t5", "T5ForConditionalGeneration"));
  }

  private static boolean isGated(GgufFile file) {
    return file.tensors().containsKey("enc.blk.0.ffn_gate.weight");
  }

  @Override
  TensorNames names(GgufFile file) {
    return isGated(file) ? GATED : PLAIN;
  }

  @Override
  TensorNames names(ConfigReader config) {
    return config.stringOr("feed_forward_proj", "relu").equals("relu") ? PLAIN : GATED;
  }

  @Override
  void describe(GgufFile file, ObjectNode json) {
    json.put("feed_forward_proj", isGated(file) ? "gated-gelu" : "relu")
        .put("relative_attention_max_distance", MAX_DISTANCE)
        .put("is_encoder_decoder", true);
  }

  @Override
  void write(ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
    String mlp = config.stringOr("feed_forward_proj", "relu");
    requireValue(
        config,
        "feed_forward_proj",
        mlp.equals("gated-gelu") || mlp.equals("relu"),
        "relu or gated-gelu");
    boolean tied = config.boolOr("tie_word_embeddings", true);
    requireValue(
        config,
        "scale_decoder_outputs",
        config.boolOr("scale_decoder_outputs", tied) == tied,
        "as tie_word_embeddings");
    String distance = "relative_attention_max_distance";
    requireValue(config, distance, config.intOr(distance, MAX_DISTANCE) == MAX_DISTANCE, "128");
    metadata.put(key("context_length"), config.intOr("n_positions", 512));
    metadata.putIfAbsent(key("decoder_block_count"), config.requireInt("num_layers"));
    metadata.putIfAbsent(key("attention.relative_buckets_count"), 32);
    metadata.put(key("attention.head_count_kv"), config.requireInt("num_heads"));
    metadata.put(key("attention.value_length"), config.requireInt("d_kv"));
    metadata.putIfAbsent(key("attention.layer_norm_rms_epsilon"), 1e-6f);
    metadata.put(key("decoder_start_token_id"), config.intOr("decoder_start_token_id", 0));
  }
}
