package dev.rapt.model.seq2seq;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.LayerKind;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.decoder.Gemma2;
import dev.rapt.model.family.Family;
import dev.rapt.nn.EncoderDecoder;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.CrossAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.CrossSandwichBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.SandwichBlock;
import tools.jackson.databind.node.ObjectNode;

/**
 * T5Gemma: an encoder-decoder of two {@link Gemma2} stacks with sandwich norm, RMSNorm with (1 +
 * w), half-split RoPE, GQA, GeGLU, logit soft-capping and sliding-window attention in every other
 * layer. The encoder is bidirectional. arXiv:2504.06225.
 *
 * <pre>
 * encoder: x = sqrt(D) embedding[source ids]             (B, S, D)
 *   Le times: x = x + norm(attention(norm(x)))           bidirectional
 *             x = x + norm(mlp(norm(x)))
 *   x = norm(x)
 * decoder: y = sqrt(D) embedding[target ids]             (B, T, D)
 *   L times:  y = y + norm(attention(norm(y)))           causal
 *             y = y + norm(crossAttention(norm(y), x))   without RoPE and sliding window
 *             y = y + norm(mlp(norm(y)))
 *   y = norm(y)
 * logits = cap tanh(head(y) / cap)                       (B, T, V)
 * </pre>
 */
public final class T5Gemma {
  /** {@code t5gemma}. */
  public static final Family<Config, EncoderDecoder> FAMILY =
      new Family<>(
          "t5gemma", "T5GemmaForConditionalGeneration", "model", Config::parse, T5Gemma::build);

  /**
   * What config.json of a T5Gemma says.
   *
   * @param encoder configuration of the encoder, which may be smaller than the decoder
   * @param decoder configuration of the decoder
   * @param tiedHead whether the head is the decoder's token embedding
   * @param decoderStartTokenId first token that the decoder reads
   * @param padTokenId the padding token
   * @param dropout probability on embeddings, in the MLP, on the results of attention and MLP, and
   *     after the final norms, in training
   */
  public record Config(
      Gemma2.Config encoder,
      Gemma2.Config decoder,
      boolean tiedHead,
      int decoderStartTokenId,
      int padTokenId,
      float dropout)
      implements Seq2SeqConfig {
    private static final String ENCODER = "encoder";
    private static final String DECODER = "decoder";

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      float attentionDropout = json.dropoutOr("attention_dropout", 0);
      ConfigReader decoder = json.requireObject(DECODER);
      Gemma2.Config sizes = Gemma2.Config.parseGemma2(decoder).withDropout(attentionDropout);
      return new Config(
          Gemma2.Config.parseGemma2(json.requireObject(ENCODER)).withDropout(attentionDropout),
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
      return HeadRule.named("lm_head.out_proj").withSoftCap(decoder.logitCap());
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

  private final Config config;
  private final Gemma2 encoder;
  private final Gemma2 decoder;

  private T5Gemma(Config config) {
    this.config = config;
    encoder = new Gemma2(config.encoder());
    decoder = new Gemma2(config.decoder());
  }

  /** Builds the model without its head from the parameters under {@code model} of a checkpoint. */
  public static EncoderDecoder build(Config config, ParameterSource source) {
    T5Gemma model = new T5Gemma(config);
    return new EncoderDecoder(
        model
            .encoder
            .stack(source.at("encoder").untied(), config.dropout(), model::encoderBlock)
            .withDropout(config.dropout()),
        model
            .decoder
            .stack(source.at("decoder"), config.dropout(), model::decoderBlock)
            .withDropout(config.dropout()));
  }

  /** One block of the encoder: maps the residual stream x (B, S, D) to (B, S, D). */
  private Block encoderBlock(int layer, ParameterSource source) {
    LayerKind kind = config.encoder().kinds().get(layer);
    // in the encoder, the reference does not count the token itself in the window
    LayerKind sees = kind.window() == 0 ? kind : new LayerKind(kind.window() + 1, kind.rope());
    return new SandwichBlock(
        encoder.norm(source.at("pre_self_attn_layernorm")),
        encoder.attention(layer, sees, source.at("self_attn")),
        encoder.norm(source.at("post_self_attn_layernorm")),
        encoder.norm(source.at("pre_feedforward_layernorm")),
        encoder.mlp(source).withDropout(layer, config.dropout()),
        encoder.norm(source.at("post_feedforward_layernorm")),
        Residual.of(layer, config.dropout()));
  }

  /** One block of the decoder: maps the residual stream y (B, T, D) to (B, T, D). */
  private Block decoderBlock(int layer, ParameterSource source) {
    LayerKind kind = config.decoder().kinds().get(layer);
    return new CrossSandwichBlock(
        decoder.norm(source.at("pre_self_attn_layernorm")),
        decoder.attention(layer, kind, source.at("self_attn")),
        decoder.norm(source.at("post_self_attn_layernorm")),
        decoder.norm(source.at("pre_cross_attn_layernorm")),
        crossAttention(layer, source.at("cross_attn")),
        decoder.norm(source.at("post_cross_attn_layernorm")),
        decoder.norm(source.at("pre_feedforward_layernorm")),
        decoder.mlp(source).withDropout(layer, config.dropout()),
        decoder.norm(source.at("post_feedforward_layernorm")),
        Residual.of(layer, config.dropout()));
  }

  /** Keys and values from the encoder, whose width may differ from D. */
  private Layer crossAttention(int layer, ParameterSource source) {
    Gemma2.Config of = config.decoder();
    long D = of.hiddenSize();
    long H = of.numHeads();
    long G = of.sizes().numKvHeads();
    long E = of.headDim();
    long sourceWidth = config.encoder().hiddenSize();
    return new CrossAttention(
        projection(source.at("q_proj"), D, H * E),
        projection(source.at("k_proj"), sourceWidth, G * E),
        projection(source.at("v_proj"), sourceWidth, G * E),
        of.numHeads(),
        of.sizes().numKvHeads(),
        of.headDim(),
        decoder.attention(layer),
        projection(source.at("o_proj"), H * E, D));
  }

  private Linear projection(ParameterSource source, long from, long to) {
    Gemma2.Config of = config.decoder();
    return Linear.of(source, from, to, of.attentionBias(), of.initStd());
  }
}
