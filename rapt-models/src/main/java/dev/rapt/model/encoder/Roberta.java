package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.ParameterSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * RoBERTa (arXiv:1907.11692), CamemBERT (arXiv:1911.03894), XLM-R (arXiv:1911.02116) and data2vec
 * for text (arXiv:2202.03555). As {@link Bert}, but positions count only tokens that are not
 * padding, and start after the padding id:
 *
 * <pre>
 * x = norm(token[ids] + segment[types] + position[padId + 1 ..])      (B, T, D)
 * </pre>
 */
public final class Roberta {
  /** {@code roberta}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("roberta", "RobertaForMaskedLM", "roberta", Config::parse, Roberta::build);

  /** {@code camembert}. */
  public static final Family<Config, Backbone> CAMEMBERT =
      new Family<>("camembert", "CamembertForMaskedLM", "roberta", Config::parse, Roberta::build);

  /** {@code data2vec-text}. */
  public static final Family<Config, Backbone> DATA2VEC_TEXT =
      new Family<>(
          "data2vec-text",
          "Data2VecTextForMaskedLM",
          "data2vec_text",
          Config::parse,
          Roberta::build);

  /** {@code xlm-roberta}. */
  public static final Family<Config, Backbone> XLM_ROBERTA =
      new Family<>(
          "xlm-roberta", "XLMRobertaForMaskedLM", "roberta", Config::parse, Roberta::build);

  /**
   * What config.json of a RoBERTa says.
   *
   * @param isCausal whether a token sees only itself and earlier tokens ({@code is_decoder})
   */
  public record Config(EncoderSizes sizes, String modelType, boolean isCausal)
      implements EncoderConfig {
    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      EncoderSizes sizes = EncoderSizes.parse(json, EncoderSizes.Keys.BERT.withDefaults(2, 1e-12f));
      if (sizes.padTokenId() < 0) {
        throw json.error("pad_token_id", "must be given, positions start after it");
      }
      return new Config(sizes, json.requireString("model_type"), json.boolOr("is_decoder", false));
    }

    @Override
    public int maxPositions() {
      return sizes.maxPositions() - sizes.padTokenId() - 1;
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, EncoderSizes.Keys.BERT);
      json.put("is_decoder", isCausal);
    }

    @Override
    public Vocabulary vocabularyHead() {
      return robertaHead();
    }

    /** The masked-language-model head under RoBERTa's names. */
    static Vocabulary robertaHead() {
      return new Vocabulary(
          HeadTransform.of("lm_head.dense", Activation.GELU).normed("lm_head.layer_norm"),
          "lm_head.decoder",
          "lm_head.bias");
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

  private Roberta() {}

  /** Builds the model without its head from the parameters under the prefix of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    EncoderParts parts = new EncoderParts(config.sizes(), EncoderParts.Names.BERT);
    ParameterSource tables = source.at("embeddings");
    return new Bert(parts).stack(positioned(parts, parts.embeddings(tables), tables), source);
  }

  /** Adds learned positions that start after the padding id and skip padding. */
  static Embeddings positioned(EncoderParts parts, Embeddings embeddings, ParameterSource tables) {
    return embeddings.withPaddingAwarePositions(
        parts.positions(tables), parts.sizes().padTokenId());
  }
}
