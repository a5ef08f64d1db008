package dev.rapt.model.seq2seq;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Recurrences;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.family.Family;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.EncoderDecoder;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.nn.attention.LuongAttention;
import dev.rapt.nn.recurrent.LstmLayer;
import dev.rapt.nn.recurrent.StateSlot;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * LSTM encoder-decoder with attention, the architecture of translation before the Transformer:
 * Luong, Pham and Manning, arXiv:1508.04025, with global attention, the score "general" and no
 * input feeding (section 3.3), so that training computes the attention of all positions at once.
 * The encoder is bidirectional, unlike theirs, as in arXiv:1409.0473.
 *
 * <pre>
 * encoder: x = embed[source ids]                              (B, S, D)
 *   n times: x = [forwardLstm(x); backwardLstm(x)]            D / 2 units in each direction
 * decoder: h = embed[target ids]                              (B, T, D)
 *   n times: h = lstm(h)                                      starts from the last [h; h] and [c; c]
 *                                                             of the encoder's layer
 * a = softmax(h Wa x')                                        (B, T, S), equations 7 and 8
 * c = a x                                                     (B, T, D)
 * y = tanh(Wc [c; h])                                         (B, T, D), equation 5
 * logits = y V'                                               (B, T, V), equation 6
 * </pre>
 *
 * <p>Dropout in training is on embeddings, between layers and on y (arXiv:1409.2329), never from
 * one step to the next. Gradient checkpointing has no effect: all activations are kept.
 *
 * @apiNote The Python library has no such class; {@code lstm_seq2seq.py} beside the recorded cases
 *     is the same model in PyTorch and reads and writes the same folders.
 */
public final class LstmSeq2Seq {
  /** {@code lstm_seq2seq}. */
  public static final Family<Config, EncoderDecoder> FAMILY =
      new Family<>(
          "lstm_seq2seq",
          "LstmForConditionalGeneration",
          "model",
          Config::parse,
          LstmSeq2Seq::build);

  /**
   * What config.json says.
   *
   * @param vocabSize V of source and target
   * @param hiddenSize D, width of embeddings and hidden states, even
   * @param numLayers n, layers of the encoder and of the decoder
   * @param sharedEmbedding whether encoder and decoder have one token embedding
   * @param tiedHead whether the head is the decoder's token embedding
   * @param decoderStartTokenId first token that the decoder reads
   * @param padTokenId the padding token
   * @param initStd standard deviation of fresh weights; biases start from 0
   * @param dropout probability, in training
   */
  public record Config(
      int vocabSize,
      int hiddenSize,
      int numLayers,
      boolean sharedEmbedding,
      boolean tiedHead,
      int decoderStartTokenId,
      int padTokenId,
      double initStd,
      float dropout)
      implements Seq2SeqConfig {
    /** That of uniform values in [-0.1, 0.1], from which the paper starts (section 4.1). */
    private static final double INIT_STD = 0.0577;

    /** The paper's (section 4.1). */
    private static final float DROPOUT = 0.2f;

    private static final int WIDTH_STEP = 16;

    /**
     * Returns the configuration of a fresh model with one embedding for source, target and head.
     *
     * @param vocabSize V, tokens of source and target together
     * @param hiddenSize D
     * @param numLayers n
     * @param padTokenId the padding token, which the decoder also reads first
     */
    public static Config of(int vocabSize, int hiddenSize, int numLayers, int padTokenId) {
      return new Config(
          vocabSize, hiddenSize, numLayers, true, true, padTokenId, padTokenId, INIT_STD, DROPOUT);
    }

    /**
     * Returns the configuration of a fresh model of about the size of another model, to compare the
     * two: the width is the multiple of 16 with which the number of parameters is nearest.
     *
     * @param numParameters of the other model, with its embeddings
     */
    public static Config ofSize(long numParameters, int vocabSize, int numLayers, int padTokenId) {
      Config best = of(vocabSize, WIDTH_STEP, numLayers, padTokenId);
      while (true) {
        Config wider = of(vocabSize, best.hiddenSize + WIDTH_STEP, numLayers, padTokenId);
        if (wider.distance(numParameters) > best.distance(numParameters)) {
          return best;
        }
        best = wider;
      }
    }

    private long distance(long numParameters) {
      return Math.abs(numParameters() - numParameters);
    }

    /** Returns the number of parameters, of which shared ones count once. */
    public long numParameters() {
      long D = hiddenSize;
      long tables = 1L + (sharedEmbedding ? 0 : 1) + (tiedHead ? 0 : 1);
      long encoder = 2 * 4 * (D / 2) * (D + D / 2 + 2);
      long decoder = 4 * D * (2 * D + 2);
      return tables * vocabSize * D + numLayers * (encoder + decoder) + 3 * D * D;
    }

    /** Returns a copy with this dropout. */
    public Config withDropout(float probability) {
      return new Config(
          vocabSize,
          hiddenSize,
          numLayers,
          sharedEmbedding,
          tiedHead,
          decoderStartTokenId,
          padTokenId,
          initStd,
          probability);
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      int vocabSize = json.requireInt("vocab_size", 1, Integer.MAX_VALUE);
      int hiddenSize = json.requireInt("hidden_size", 2, Integer.MAX_VALUE);
      if (hiddenSize % 2 != 0) {
        throw json.error("hidden_size", "must be even, half for each direction, got " + hiddenSize);
      }
      int padTokenId = json.intOr("pad_token_id", 0, 0, vocabSize - 1);
      return new Config(
          vocabSize,
          hiddenSize,
          json.requireInt("num_layers", 1, Integer.MAX_VALUE),
          json.boolOr("share_encoder_decoder_embeddings", true),
          json.boolOr("tie_word_embeddings", true),
          json.intOr("decoder_start_token_id", padTokenId, 0, vocabSize - 1),
          padTokenId,
          json.atLeastZeroOr("init_std", INIT_STD),
          json.dropoutOr("dropout", DROPOUT));
    }

    @Override
    public String modelType() {
      return FAMILY.modelType();
    }

    @Override
    public int numEncoderLayers() {
      return numLayers;
    }

    @Override
    public int numHeads() {
      return 1;
    }

    @Override
    public int maxPositions() {
      return Integer.MAX_VALUE;
    }

    @Override
    public int maxSourcePositions() {
      return Integer.MAX_VALUE;
    }

    @Override
    public boolean endsAtMaxPositions() {
      return false;
    }

    @Override
    public boolean tiedHead(boolean stored) {
      return tiedHead;
    }

    @Override
    public HeadRule head() {
      return HeadRule.PLAIN;
    }

    @Override
    public void write(ObjectNode json) {
      json.put("vocab_size", vocabSize)
          .put("hidden_size", hiddenSize)
          .put("num_layers", numLayers)
          .put("share_encoder_decoder_embeddings", sharedEmbedding)
          .put("tie_word_embeddings", tiedHead)
          .put("decoder_start_token_id", decoderStartTokenId)
          .put("pad_token_id", padTokenId)
          .put("init_std", initStd)
          .put("dropout", Double.parseDouble(Float.toString(dropout)))
          .put("is_encoder_decoder", true);
    }
  }

  private LstmSeq2Seq() {}

  /** Builds the model without its head from the parameters under the prefix of a checkpoint. */
  public static EncoderDecoder build(Config config, ParameterSource source) {
    ParameterSource encoder = source.at("encoder");
    ParameterSource decoder = source.at("decoder");
    if (config.sharedEmbedding()) {
      Embedding shared = tokens(config, source.at("shared"), config.tiedHead());
      return new EncoderDecoder(
          new Encoder(config, shared, encoder.at("lstm")), new Decoder(config, shared, decoder));
    }
    return new EncoderDecoder(
        new Encoder(config, tokens(config, encoder.at("embed_tokens"), false), encoder.at("lstm")),
        new Decoder(
            config, tokens(config, decoder.at("embed_tokens"), config.tiedHead()), decoder));
  }

  private static Embedding tokens(Config config, ParameterSource source, boolean mayBeHead) {
    int V = config.vocabSize();
    int D = config.hiddenSize();
    return (mayBeHead
            ? Embedding.ofTokens(source, V, D, config.initStd())
            : Embedding.of(source, V, D, config.initStd()))
        .withPadding(config.padTokenId());
  }

  /** Dropout on the input of a layer; the first is on the embeddings. */
  private static Tensor dropBetween(Tensor x, Config config, int layer, Pass pass) {
    return layer == 0
        ? x
        : Ops.dropout(x, pass.dropout(config.dropout()), pass.dropoutSeed(layer, 0));
  }

  private static final class Encoder implements Backbone {
    private final Config config;
    private final Embeddings embeddings;
    private final List<LstmLayer> forward = new ArrayList<>();
    private final List<LstmLayer> backward = new ArrayList<>();

    Encoder(Config config, Embedding tokens, ParameterSource source) {
      this.config = config;
      embeddings = Embeddings.of(tokens).withDropout(config.dropout());
      int D = config.hiddenSize();
      for (int i = 0; i < config.numLayers(); i++) {
        forward.add(LstmLayer.of(source, i, D, D / 2, config.initStd(), false));
        backward.add(LstmLayer.of(source, i, D, D / 2, config.initStd(), true));
      }
    }

    @Override
    public EncoderOutput encode(Tensor ids, Pass pass) {
      Tensor mask = pass.isPadded() ? pass.rightPaddingMask() : null;
      Tensor x = embeddings.forward(ids, pass); // (B, S, D)
      pass.observe(x);
      List<Tensor> states = new ArrayList<>();
      for (int i = 0; i < forward.size(); i++) {
        x = dropBetween(x, config, i, pass);
        Recurrences.Outcome right = forward.get(i).forward(x, mask, null);
        Recurrences.Outcome left = backward.get(i).forward(x, mask, null);
        x = Ops.concat(List.of(right.out(), left.out())); // (B, S, D)
        states.add(Ops.concat(List.of(right.state(), left.state()))); // (B, 2, D)
        pass.observe(x);
      }
      return new EncoderOutput(x, pass.lengths(), states);
    }

    @Override
    public Tensor forward(Tensor ids, Pass pass) {
      return encode(ids, pass).hidden();
    }

    @Override
    public Parameter tokenEmbedding() {
      return embeddings.tokens().table();
    }
  }

  private static final class Decoder implements Backbone {
    private static final int OUTPUT_SITE = 1; // the dropout between layers has site 0

    private final Config config;
    private final Embeddings embeddings;
    private final List<LstmLayer> layers = new ArrayList<>();
    private final LuongAttention attention;
    private final Linear combine;

    Decoder(Config config, Embedding tokens, ParameterSource source) {
      this.config = config;
      embeddings = Embeddings.of(tokens).withDropout(config.dropout());
      int D = config.hiddenSize();
      double std = config.initStd();
      for (int i = 0; i < config.numLayers(); i++) {
        layers.add(LstmLayer.of(source.at("lstm"), i, D, D, std, false));
      }
      ParameterSource own = source.at("attention");
      attention = LuongAttention.of(Linear.of(own.at("score_proj"), D, D, false, std), D);
      combine = Linear.of(own.at("out_proj"), 2L * D, D, false, std);
    }

    @Override
    public Tensor forward(Tensor ids, Pass pass) {
      Tensor mask = pass.leftPaddingMask();
      Tensor h = embeddings.forward(ids, pass); // (B, T, D)
      pass.observe(h);
      for (int i = 0; i < layers.size(); i++) {
        h = dropBetween(h, config, i, pass);
        StateSlot slot = new StateSlot(i, 0);
        h = slot.keep(layers.get(i).forward(h, mask, start(slot, i, pass)), pass);
        pass.observe(h);
      }
      Tensor c = attention.forward(h, pass);
      Tensor y = combine.forward(Ops.concat(List.of(c, h)), Activation.TANH);
      int last = layers.size() - 1;
      y = Ops.dropout(y, pass.dropout(config.dropout()), pass.dropoutSeed(last, OUTPUT_SITE));
      pass.observe(y);
      return y;
    }

    /** The state after the cached positions, or that of the encoder. */
    private static Tensor start(StateSlot slot, int layer, Pass pass) {
      @Nullable Tensor cached = slot.read(pass);
      return cached == null ? pass.encoderContext().output().states().get(layer) : cached;
    }

    @Override
    public Parameter tokenEmbedding() {
      return embeddings.tokens().table();
    }
  }
}
