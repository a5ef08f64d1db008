package dev.rapt.model.seq2seq;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.config.StackSizes;
import dev.rapt.model.encoder.BlockSparsity;
import dev.rapt.model.encoder.LongformerConfig;
import tools.jackson.databind.node.ObjectNode;

/**
 * BART and the encoder-decoders that are built like it; see {@link Wiring} for how they differ.
 *
 * @param vocabSize V of the decoder
 * @param sourceVocabSize V of the encoder; the same where they share their embedding
 * @param sharedEmbedding whether encoder and decoder look tokens up in one table
 * @param scaledEmbedding whether tokens' vectors are multiplied by the root of the width
 * @param maxSourcePositions rows of the encoder's table of positions, where they are learned
 * @param sourceAttention what tokens of the source see of each other
 * @param attentionBias whether the projections of attention have biases
 * @param dropout probability after embeddings and projections, in training
 * @param attentionDropout the same for attention weights
 * @param activationDropout the same for what the MLP's last projection reads
 */
public record BartConfig(
    Wiring wiring,
    int vocabSize,
    int sourceVocabSize,
    int hiddenSize,
    StackSizes encoder,
    StackSizes decoder,
    int maxSourcePositions,
    int maxPositions,
    SourceAttention sourceAttention,
    boolean attentionBias,
    Activation activation,
    boolean sharedEmbedding,
    boolean tiedHead,
    boolean scaledEmbedding,
    int decoderStartTokenId,
    int padTokenId,
    double initStd,
    float dropout,
    float attentionDropout,
    float activationDropout)
    implements Seq2SeqConfig {

  private static final String POSITIONS = "max_position_embeddings";
  private static final String SOURCE_POSITIONS = "max_encoder_position_embeddings";
  private static final String BIAS = "use_bias";
  private static final String TARGET_POSITIONS = "max_decoder_position_embeddings";

  /** Reads a config.json. */
  public static BartConfig parse(ConfigReader json) {
    Wiring wiring = Wiring.of(json);
    Wiring.Defaults defaults = wiring.defaults();
    boolean isFsmt = wiring == Wiring.FSMT;
    int sourceVocabSize =
        json.requireInt(isFsmt ? "src_vocab_size" : "vocab_size", 1, Integer.MAX_VALUE);
    int vocabSize =
        isFsmt
            ? json.requireInt("tgt_vocab_size", 1, Integer.MAX_VALUE)
            : json.intOr("decoder_vocab_size", sourceVocabSize, 1, Integer.MAX_VALUE);
    int padTokenId = json.intOr("pad_token_id", defaults.padTokenId(), 0, sourceVocabSize - 1);
    int startTokenId =
        defaults.decoderStartTokenId() < 0 ? padTokenId : defaults.decoderStartTokenId();
    boolean isLed = wiring == Wiring.LED;
    if (wiring == Wiring.MVP && json.boolOr("use_prompt", false)) {
      throw json.error("use_prompt", "must be false, prompts of MVP are not supported");
    }
    StackSizes encoder = stack(json, "encoder", defaults.layerDrop());
    return new BartConfig(
        wiring,
        vocabSize,
        sourceVocabSize,
        json.requireInt("d_model", 1, Integer.MAX_VALUE),
        encoder,
        stack(json, "decoder", defaults.layerDrop()),
        json.intOr(
            isLed ? SOURCE_POSITIONS : POSITIONS, isLed ? 16384 : 1024, 1, Integer.MAX_VALUE),
        json.intOr(isLed ? TARGET_POSITIONS : POSITIONS, 1024, 1, Integer.MAX_VALUE),
        sourceAttention(json, wiring, encoder.numLayers()),
        wiring != Wiring.BIGBIRD_PEGASUS || json.boolOr(BIAS, false),
        Activations.read(json, "activation_function", Activations.name(defaults.activation())),
        !isFsmt && json.boolOr("share_encoder_decoder_embeddings", true),
        json.boolOr("tie_word_embeddings", defaults.tiedHead()),
        json.boolOr("scale_embedding", defaults.scaledEmbedding()),
        json.intOr("decoder_start_token_id", startTokenId, 0, vocabSize - 1),
        padTokenId,
        json.atLeastZeroOr("init_std", 0.02),
        json.dropoutOr("dropout", 0.1),
        json.dropoutOr("attention_dropout", defaults.attentionDropout()),
        json.dropoutOr("activation_dropout", 0));
  }

  private static SourceAttention sourceAttention(ConfigReader json, Wiring wiring, int numLayers) {
    return switch (wiring) {
      case LED -> new SourceAttention.Windows(LongformerConfig.windows(json, numLayers));
      case BIGBIRD_PEGASUS -> new SourceAttention.Blocks(BlockSparsity.parse(json));
      default -> SourceAttention.FULL;
    };
  }

  private static StackSizes stack(ConfigReader json, String name, float layerDrop) {
    int width = json.requireInt("d_model", 1, Integer.MAX_VALUE);
    String headsKey = name + "_attention_heads";
    int numHeads = json.requireInt(headsKey, 1, Integer.MAX_VALUE);
    if (width % numHeads != 0) {
      throw json.error(headsKey, "must divide d_model, got %d and %d".formatted(numHeads, width));
    }
    return new StackSizes(
        json.requireInt(name + "_layers", 1, Integer.MAX_VALUE),
        numHeads,
        json.requireInt(name + "_ffn_dim", 1, Integer.MAX_VALUE),
        json.dropoutOr(name + "_layerdrop", layerDrop));
  }

  @Override
  public String modelType() {
    return wiring.modelType();
  }

  @Override
  public int numLayers() {
    return decoder.numLayers();
  }

  @Override
  public int numEncoderLayers() {
    return encoder.numLayers();
  }

  @Override
  public int numHeads() {
    return decoder.numHeads();
  }

  @Override
  public boolean endsAtMaxPositions() {
    return wiring.sinusoids(padTokenId) == null;
  }

  @Override
  public boolean startsWithLastToken() {
    return wiring.startsWithLastToken();
  }

  @Override
  public boolean tiedHead(boolean stored) {
    return tiedHead;
  }

  @Override
  public HeadRule head() {
    return new HeadRule(wiring.headName(), wiring.hasLogitsBias(), 1, 0); // final_logits_bias
  }

  @Override
  public boolean hasGlobalTokens() {
    return sourceAttention instanceof SourceAttention.Windows;
  }

  @Override
  public void write(ObjectNode json) {
    if (wiring == Wiring.FSMT) {
      json.put("src_vocab_size", sourceVocabSize).put("tgt_vocab_size", vocabSize);
    } else {
      json.put("vocab_size", sourceVocabSize).put("decoder_vocab_size", vocabSize);
    }
    json.put("d_model", hiddenSize);
    write(json, "encoder", encoder);
    write(json, "decoder", decoder);
    if (wiring == Wiring.LED) {
      json.put(SOURCE_POSITIONS, maxSourcePositions).put(TARGET_POSITIONS, maxPositions);
    } else {
      json.put(POSITIONS, maxPositions);
    }
    switch (sourceAttention) {
      case SourceAttention.Full _ -> {}
      case SourceAttention.Windows windows ->
          windows.sizes().forEach(json.putArray(LongformerConfig.WINDOW)::add);
      case SourceAttention.Blocks(BlockSparsity blocks) -> {
        blocks.write(json);
        json.put(BIAS, attentionBias);
      }
    }
    json.put("activation_function", Activations.name(activation))
        .put("share_encoder_decoder_embeddings", sharedEmbedding)
        .put("tie_word_embeddings", tiedHead)
        .put("scale_embedding", scaledEmbedding)
        .put("decoder_start_token_id", decoderStartTokenId)
        .put("pad_token_id", padTokenId)
        .put("init_std", initStd)
        .put("dropout", Double.parseDouble(Float.toString(dropout)))
        .put("attention_dropout", Double.parseDouble(Float.toString(attentionDropout)))
        .put("activation_dropout", Double.parseDouble(Float.toString(activationDropout)))
        .put("is_encoder_decoder", true);
  }

  private static void write(ObjectNode json, String name, StackSizes stack) {
    json.put(name + "_layers", stack.numLayers())
        .put(name + "_attention_heads", stack.numHeads())
        .put(name + "_ffn_dim", stack.intermediateSize())
        .put(name + "_layerdrop", Double.parseDouble(Float.toString(stack.layerDrop())));
  }
}
