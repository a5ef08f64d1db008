package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Layer;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.LocalGlobalAttention;
import dev.rapt.nn.block.Stack;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/**
 * Longformer: a {@link Roberta} for long texts, with sliding-window attention in both directions
 * and a few global tokens. arXiv:2004.05150, section 3.1.
 *
 * <pre>
 * attention(x): a token sees the tokens within window / 2 of itself and the global tokens
 *               a global token sees all tokens, through projections of its own (query_global, ...)
 * </pre>
 */
public final class Longformer {
  /** {@code longformer}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "longformer", "LongformerForMaskedLM", "longformer", Config::parse, Longformer::build);

  /**
   * What config.json of a Longformer says.
   *
   * @param windows of each layer, the tokens of the sliding window, half of them on each side
   * @param separatorId the token that ends the question, in question answering
   */
  public record Config(EncoderSizes sizes, List<Integer> windows, int separatorId)
      implements EncoderConfig {
    /** The key of {@link #windows}. */
    public static final String WINDOW = "attention_window";

    private static final int DEFAULT_WINDOW = 512;

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      EncoderSizes sizes = Roberta.Config.parse(json).sizes();
      return new Config(
          sizes,
          windows(json, sizes.numLayers()),
          json.intOr("sep_token_id", 2, 0, sizes.vocabSize() - 1));
    }

    /**
     * Reads the sliding window of each layer: one number for all layers, or a list.
     *
     * @throws dev.rapt.checkpoint.CheckpointException if a window is odd or not positive, or if the
     *     list does not have one for each layer
     */
    public static List<Integer> windows(ConfigReader json, int numLayers) {
      List<Integer> windows =
          json.has(WINDOW) && json.json().get(WINDOW).isArray()
              ? json.ints(WINDOW)
              : Collections.nCopies(numLayers, json.intOr(WINDOW, DEFAULT_WINDOW));
      if (windows.size() != numLayers || windows.stream().anyMatch(w -> w < 2 || w % 2 != 0)) {
        throw json.error(
            WINDOW,
            "must be even and positive in each of %d layers, got %s".formatted(numLayers, windows));
      }
      return List.copyOf(windows);
    }

    @Override
    public String modelType() {
      return "longformer";
    }

    @Override
    public int maxPositions() {
      return sizes.maxPositions() - sizes.padTokenId() - 1;
    }

    @Override
    public OptionalInt globalSeparator() {
      return OptionalInt.of(separatorId);
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, EncoderSizes.Keys.BERT);
      windows.forEach(json.putArray(WINDOW)::add);
      json.put("sep_token_id", separatorId);
    }

    @Override
    public Vocabulary vocabularyHead() {
      return Roberta.Config.robertaHead();
    }

    @Override
    public HeadTransform sequenceTransform() {
      return HeadTransform.of("classifier.dense", Activation.TANH);
    }

    @Override
    public String sequenceProjection() {
      return "classifier.out_proj";
    }
  }

  private Longformer() {}

  /** Builds the model without its head from the parameters under {@code longformer}. */
  public static Backbone build(Config config, ParameterSource source) {
    EncoderParts parts = new EncoderParts(config.sizes(), EncoderParts.Names.BERT);
    Bert bert = new Bert(parts);
    ParameterSource tables = source.at("embeddings");
    return new Stack(
        Roberta.positioned(parts, parts.embeddings(tables), tables),
        Stack.blocks(
            config.sizes().numLayers(),
            source.at("encoder").at("layer"),
            (layer, at) -> bert.block(layer, at, attention(config, parts, layer, at))),
        null);
  }

  private static Layer attention(
      Config config, EncoderParts parts, int layer, ParameterSource source) {
    return new LocalGlobalAttention(
        layer,
        config.windows().get(layer) / 2,
        parts.qkv(source),
        parts.qkv(source, "_global", true),
        config.sizes().attentionDropout(),
        parts.oProj(source));
  }
}
