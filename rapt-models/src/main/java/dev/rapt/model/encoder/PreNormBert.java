package dev.rapt.model.encoder;

import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.model.parts.LayerNames;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.PreNormBlock;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/**
 * BERT whose norms stand before attention and MLP, with one at the end: Megatron-BERT
 * (arXiv:1909.08053, section 3), XLM-R XL and XXL (arXiv:2105.00572), and RoBERTa of fairseq's
 * option of that name. They differ in the names of the norms and in what the embeddings have.
 *
 * @param attentionNorm name of the norm before attention
 * @param mlpNorm name of the norm before the MLP
 * @param lastNorm name of the norm at the end
 */
public record PreNormBert(
    EncoderParts parts, String attentionNorm, String mlpNorm, String lastNorm) {
  /** {@code megatron-bert}. */
  public static final Family<Bert.Config, Backbone> MEGATRON_BERT =
      new Family<>(
          "megatron-bert",
          "MegatronBertForMaskedLM",
          "bert",
          Bert.Config::parse,
          PreNormBert::buildMegatron);

  /** {@code roberta-prelayernorm}. */
  public static final Family<RobertaConfig, Backbone> ROBERTA_PRELAYERNORM =
      new Family<>(
          "roberta-prelayernorm",
          "RobertaPreLayerNormForMaskedLM",
          "roberta_prelayernorm",
          RobertaConfig::parse,
          PreNormBert::buildRoberta);

  /** {@code xlm-roberta-xl}. */
  public static final Family<RobertaConfig, Backbone> XLM_ROBERTA_XL =
      new Family<>(
          "xlm-roberta-xl",
          "XLMRobertaXLForMaskedLM",
          "roberta",
          RobertaConfig::parse,
          PreNormBert::buildXlmRobertaXl);

  /** Megatron-BERT: embeddings without a norm. */
  public static Backbone buildMegatron(Bert.Config config, ParameterSource source) {
    EncoderParts parts = new EncoderParts(config.sizes(), LayerNames.BERT);
    ParameterSource tables = source.at("embeddings");
    return new PreNormBert(parts, "attention.ln", "ln", "encoder.ln")
        .stack(parts.sum(tables).withPositions(parts.positions(tables), 0), source);
  }

  /** XLM-R XL: the same, whose positions are counted from past the padding id. */
  public static Backbone buildXlmRobertaXl(RobertaConfig config, ParameterSource source) {
    EncoderParts parts = new EncoderParts(config.sizes(), LayerNames.BERT);
    ParameterSource tables = source.at("embeddings");
    return new PreNormBert(
            parts, "attention.self_attn_layer_norm", "LayerNorm", "encoder.LayerNorm")
        .stack(pastPadding(parts, parts.sum(tables), tables), source);
  }

  /** RoBERTa with these norms. */
  public static Backbone buildRoberta(RobertaConfig config, ParameterSource source) {
    EncoderParts parts = new EncoderParts(config.sizes(), LayerNames.BERT);
    ParameterSource tables = source.at("embeddings");
    return new PreNormBert(parts, "attention.LayerNorm", "intermediate.LayerNorm", "LayerNorm")
        .stack(pastPadding(parts, parts.embeddings(tables), tables), source);
  }

  private static Embeddings pastPadding(
      EncoderParts parts, Embeddings embeddings, ParameterSource tables) {
    return embeddings.withPaddingAwarePositions(
        parts.positions(tables), parts.sizes().padTokenId());
  }

  private Backbone stack(Embeddings embeddings, ParameterSource source) {
    return new Stack(
        embeddings,
        Stack.blocks(parts.sizes().numLayers(), source.at("encoder").at("layer"), this::block),
        parts.norm(source.at(lastNorm)));
  }

  private Block block(int layer, ParameterSource source) {
    EncoderSizes sizes = parts.sizes();
    return new PreNormBlock(
        parts.norm(source.at(attentionNorm)),
        parts.attention(source, Attention.of(layer, sizes.headDim())),
        parts.norm(source.at(mlpNorm)),
        parts.mlp(source),
        Residual.of(layer, sizes.dropout()));
  }
}
