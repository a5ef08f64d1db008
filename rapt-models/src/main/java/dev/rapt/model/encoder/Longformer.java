package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.model.parts.LayerNames;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.LocalGlobalAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Stack;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/**
 * Longformer (arXiv:2004.05150): RoBERTa for long texts, in which tokens see their neighbours and a
 * few global tokens.
 */
public final class Longformer {
  /** {@code longformer}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>(
          "longformer", "LongformerForMaskedLM", "longformer", Config::parse, Longformer::build);

  /**
   * Longformer: RoBERTa whose tokens see a window.
   *
   * @param windows neighbours that a token of each layer sees, half of them on each side
   * @param separatorId ends the question, where there is one
   */
  public record Config(EncoderSizes sizes, List<Integer> windows, int separatorId)
      implements EncoderConfig {
    /** The key of {@link #windows}. */
    public static final String WINDOW = "attention_window";

    private static final int DEFAULT_WINDOW = 512;

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      RobertaConfig roberta = RobertaConfig.parse(json);
      EncoderSizes sizes = roberta.sizes();
      return new Config(
          sizes,
          windows(json, sizes.numLayers()),
          json.intOr("sep_token_id", 2, 0, sizes.vocabSize() - 1));
    }

    /**
     * The window of each layer, even, from one number for all or one for each.
     *
     * @throws dev.rapt.checkpoint.CheckpointException if there are too few, or one is not even
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
      return RobertaConfig.vocabulary();
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

  /** A model with the parameters under {@code longformer} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    EncoderParts parts = new EncoderParts(sizes, LayerNames.BERT);
    ParameterSource tables = source.at("embeddings");
    return new Stack(
        parts
            .embeddings(tables)
            .withPaddingAwarePositions(
                parts.table(tables.at("position_embeddings"), sizes.maxPositions()),
                sizes.padTokenId()),
        Stack.blocks(
            sizes.numLayers(),
            source.at("encoder").at("layer"),
            (layer, at) -> block(config, parts, layer, at)),
        null);
  }

  private static Block block(Config config, EncoderParts parts, int layer, ParameterSource source) {
    LocalGlobalAttention attention =
        new LocalGlobalAttention(
            layer,
            config.windows().get(layer) / 2,
            parts.projections(source, ""),
            parts.projections(source, "_global"),
            config.sizes().attentionDropout(),
            parts.square(source.at(parts.names().oProj())));
    return parts.block(layer, source, attention);
  }
}
