package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.model.parts.LayerNames;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.block.Stack;
import tools.jackson.databind.node.ObjectNode;

/**
 * BERT (arXiv:1810.04805), and what shares its layers: RoBERTa (arXiv:1907.11692), XLM-R
 * (arXiv:1911.02116) and CamemBERT (arXiv:1911.03894), which count positions past the padding id;
 * ERNIE (arXiv:1904.09223), whose tokens are told a task; ELECTRA (arXiv:2003.10555), whose
 * embeddings may be narrower than its stream.
 */
public final class Bert {
  /** {@code bert}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("bert", "BertForMaskedLM", "bert", Config::parse, Bert::build);

  /** {@code camembert}. */
  public static final Family<RobertaConfig, Backbone> CAMEMBERT =
      new Family<>(
          "camembert", "CamembertForMaskedLM", "roberta", RobertaConfig::parse, Bert::buildRoberta);

  /** {@code data2vec-text}. */
  public static final Family<RobertaConfig, Backbone> DATA2VEC_TEXT =
      new Family<>(
          "data2vec-text",
          "Data2VecTextForMaskedLM",
          "data2vec_text",
          RobertaConfig::parse,
          Bert::buildRoberta);

  /** {@code electra}. */
  public static final Family<ElectraConfig, Backbone> ELECTRA =
      new Family<>("electra", "ElectraForMaskedLM", "electra", ElectraConfig::parse, Bert::build);

  /** {@code ernie}. */
  public static final Family<ErnieConfig, Backbone> ERNIE =
      new Family<>("ernie", "ErnieForMaskedLM", "ernie", ErnieConfig::parse, Bert::buildErnie);

  /** {@code roberta}. */
  public static final Family<RobertaConfig, Backbone> ROBERTA =
      new Family<>(
          "roberta", "RobertaForMaskedLM", "roberta", RobertaConfig::parse, Bert::buildRoberta);

  /** {@code xlm-roberta}. */
  public static final Family<RobertaConfig, Backbone> XLM_ROBERTA =
      new Family<>(
          "xlm-roberta",
          "XLMRobertaForMaskedLM",
          "roberta",
          RobertaConfig::parse,
          Bert::buildRoberta);

  /**
   * BERT: learned positions, segments, post-norm blocks; and families that differ in the wiring
   * alone.
   *
   * @param isCausal whether it serves as a decoder
   */
  public record Config(EncoderSizes sizes, String modelType, boolean isCausal)
      implements EncoderConfig {
    /** BERT itself. */
    public Config(EncoderSizes sizes, boolean isCausal) {
      this(sizes, "bert", isCausal);
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      return new Config(
          EncoderSizes.parse(json, EncoderSizes.Keys.BERT),
          json.requireString("model_type"),
          json.boolOr("is_decoder", false));
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, EncoderSizes.Keys.BERT);
      json.put("is_decoder", isCausal);
    }

    @Override
    public Vocabulary vocabularyHead() {
      return vocabularyHead(sizes);
    }

    /** The head over the vocabulary as BERT and others have it. */
    public static Vocabulary vocabularyHead(EncoderSizes sizes) {
      String at = "cls.predictions";
      return new Vocabulary(
          HeadTransform.of(at + ".transform.dense", sizes.activation())
              .normed(at + ".transform.LayerNorm"),
          at + ".decoder",
          at + ".bias");
    }

    @Override
    public String pairProjection() {
      return "cls.seq_relationship";
    }
  }

  private Bert() {}

  /** BERT, or ELECTRA. */
  public static Backbone build(EncoderConfig config, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    EncoderParts parts = new EncoderParts(sizes, LayerNames.BERT);
    ParameterSource tables = source.at("embeddings");
    Embeddings embeddings = parts.embeddings(tables).withPositions(parts.positions(tables), 0);
    if (sizes.embeddingSize() != sizes.hiddenSize()) {
      Linear projection =
          Linear.of(
              source.at("embeddings_project"),
              sizes.embeddingSize(),
              sizes.hiddenSize(),
              true,
              sizes.initStd());
      embeddings = embeddings.then((x, _) -> projection.forward(x));
    }
    return stack(embeddings, parts, source);
  }

  /** ERNIE. */
  public static Backbone buildErnie(ErnieConfig config, ParameterSource source) {
    EncoderParts parts = new EncoderParts(config.sizes(), LayerNames.BERT);
    ParameterSource tables = source.at("embeddings");
    Embeddings embeddings = parts.embeddings(tables).withPositions(parts.positions(tables), 0);
    if (config.numTasks() > 0) {
      embeddings =
          embeddings.withTaskEmbedding(
              parts.table(tables.at("task_type_embeddings"), config.numTasks()));
    }
    return stack(embeddings, parts, source);
  }

  /** RoBERTa and its kin. */
  public static Backbone buildRoberta(RobertaConfig config, ParameterSource source) {
    EncoderParts parts = new EncoderParts(config.sizes(), LayerNames.BERT);
    ParameterSource tables = source.at("embeddings");
    Embeddings embeddings =
        parts
            .embeddings(tables)
            .withPaddingAwarePositions(parts.positions(tables), config.sizes().padTokenId());
    return stack(embeddings, parts, source);
  }

  private static Backbone stack(Embeddings embeddings, EncoderParts parts, ParameterSource source) {
    int numLayers = parts.sizes().numLayers();
    return new Stack(
        embeddings, Stack.blocks(numLayers, source.at("encoder").at("layer"), parts::block), null);
  }
}
