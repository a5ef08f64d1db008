package dev.rapt.model.seq2seq;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.decoder.Gemma2Config;
import tools.jackson.databind.node.ObjectNode;

/**
 * T5Gemma: an encoder and a decoder that are Gemma 2.
 *
 * @param encoder may be smaller than the decoder
 * @param tiedHead whether the head reads the token embedding of the decoder
 * @param dropout probability after embeddings, final norms, projections and in MLPs, in training
 */
public record T5GemmaConfig(
    Gemma2Config encoder,
    Gemma2Config decoder,
    boolean tiedHead,
    int decoderStartTokenId,
    int padTokenId,
    float dropout)
    implements Seq2SeqConfig {
  private static final String ENCODER = "encoder";
  private static final String DECODER = "decoder";

  /** Reads a config.json. */
  public static T5GemmaConfig parse(ConfigReader json) {
    float attentionDropout = json.dropoutOr("attention_dropout", 0);
    ConfigReader decoder = json.requireObject(DECODER);
    Gemma2Config sizes = Gemma2Config.parseGemma2(decoder).withDropout(attentionDropout);
    return new T5GemmaConfig(
        Gemma2Config.parseGemma2(json.requireObject(ENCODER)).withDropout(attentionDropout),
        sizes,
        json.boolOr("tie_word_embeddings", true),
        decoder.intOr("bos_token_id", 2, 0, sizes.vocabSize() - 1),
        decoder.intOr("pad_token_id", 0, 0, sizes.vocabSize() - 1),
        json.dropoutOr("dropout_rate", 0));
  }

  @Override
  public String modelType() {
    return "t5gemma";
  }

  @Override
  public int vocabSize() {
    return decoder.vocabSize();
  }

  @Override
  public int hiddenSize() {
    return decoder.hiddenSize();
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
  public int maxPositions() {
    return decoder.maxPositions();
  }

  @Override
  public int maxSourcePositions() {
    return encoder.maxPositions();
  }

  @Override
  public boolean endsAtMaxPositions() {
    return false;
  }

  @Override
  public double initStd() {
    return decoder.initStd();
  }

  @Override
  public boolean tiedHead(boolean stored) {
    return tiedHead;
  }

  @Override
  public HeadRule head() {
    return HeadRule.named("lm_head.out_proj").capped(decoder.logitCap());
  }

  @Override
  public void write(ObjectNode json) {
    ObjectNode inDecoder = json.putObject(DECODER);
    decoder.writeModule(inDecoder);
    inDecoder.put("bos_token_id", decoderStartTokenId).put("pad_token_id", padTokenId);
    encoder.writeModule(json.putObject(ENCODER));
    json.put("vocab_size", vocabSize())
        .put("tie_word_embeddings", tiedHead)
        .put("dropout_rate", Double.parseDouble(Float.toString(dropout)))
        .put("attention_dropout", Double.parseDouble(Float.toString(decoder.dropout())))
        .put("is_encoder_decoder", true);
  }
}
