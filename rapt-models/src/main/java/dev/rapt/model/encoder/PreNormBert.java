package dev.rapt.model.encoder;

import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;

/**
 * BERT and RoBERTa with pre-norm blocks and a final norm. Embeddings, attention, MLP and
 * configurations are those of {@link Bert} and {@link Roberta}.
 *
 * <pre>
 * L times:
 *   x = x + attention(norm(x))                                        (B, T, D)
 *   x = x + mlp(norm(x))                                              (B, T, D)
 * x = norm(x)                                                         (B, T, D)
 * </pre>
 *
 * <ul>
 *   <li>Megatron-BERT (arXiv:1909.08053, section 3): BERT's embeddings without their norm.
 *   <li>XLM-R XL and XXL (arXiv:2105.00572): RoBERTa's embeddings without their norm.
 *   <li>RoBERTa-PreLayerNorm (arXiv:1904.01038, the pre-norm option of fairseq): RoBERTa's
 *       embeddings.
 * </ul>
 */
public final class PreNormBert {
  /** {@code megatron-bert}. */
  public static final Family<Bert.Config, Backbone> MEGATRON_BERT =
      new Family<>(
          "megatron-bert",
          "MegatronBertForMaskedLM",
          "bert",
          Bert.Config::parse,
          PreNormBert::buildMegatron);

  /** {@code roberta-prelayernorm}. */
  public static final Family<Roberta.Config, Backbone> ROBERTA_PRELAYERNORM =
      new Family<>(
          "roberta-prelayernorm",
          "RobertaPreLayerNormForMaskedLM",
          "roberta_prelayernorm",
          Roberta.Config::parse,
          PreNormBert::buildRoberta);

  /** {@code xlm-roberta-xl}. */
  public static final Family<Roberta.Config, Backbone> XLM_ROBERTA_XL =
      new Family<>(
          "xlm-roberta-xl",
          "XLMRobertaXLForMaskedLM",
          "roberta",
          Roberta.Config::parse,
          PreNormBert::buildXlmRobertaXl);

  /**
   * Names of the norms in a checkpoint.
   *
   * @param attentionNorm of the norm before attention, in each layer
   * @param mlpNorm of the norm before the MLP, in each layer
   * @param finalNorm of the norm after the last layer
   */
  private record NormNames(String attentionNorm, String mlpNorm, String finalNorm) {
    static final NormNames MEGATRON = new NormNames("attention.ln", "ln", "encoder.ln");
    static final NormNames ROBERTA =
        new NormNames("attention.LayerNorm", "intermediate.LayerNorm", "LayerNorm");
    static final NormNames XLM_ROBERTA_XL =
        new NormNames("attention.self_attn_layer_norm", "LayerNorm", "encoder.LayerNorm");
  }

  private final EncoderParts parts;
  private final NormNames norms;

  private PreNormBert(EncoderSizes sizes, NormNames norms) {
    this.norms = norms;
    parts = new EncoderParts(sizes, EncoderParts.Names.BERT);
  }

  /** Builds Megatron-BERT without its head from the parameters under {@code bert}. */
  public static Backbone buildMegatron(Bert.Config config, ParameterSource source) {
    PreNormBert model = new PreNormBert(config.sizes(), NormNames.MEGATRON);
    EncoderParts parts = model.parts;
    ParameterSource tables = source.at("embeddings");
    return model.stack(
        parts.embeddingsWithoutNorm(tables).withPositions(parts.positions(tables), 0), source);
  }

  /** Builds XLM-R XL without its head from the parameters under {@code roberta}. */
  public static Backbone buildXlmRobertaXl(Roberta.Config config, ParameterSource source) {
    PreNormBert model = new PreNormBert(config.sizes(), NormNames.XLM_ROBERTA_XL);
    EncoderParts parts = model.parts;
    ParameterSource tables = source.at("embeddings");
    return model.stack(
        Roberta.positioned(parts, parts.embeddingsWithoutNorm(tables), tables), source);
  }

  /** Builds RoBERTa-PreLayerNorm without its head from {@code roberta_prelayernorm}. */
  public static Backbone buildRoberta(Roberta.Config config, ParameterSource source) {
    PreNormBert model = new PreNormBert(config.sizes(), NormNames.ROBERTA);
    EncoderParts parts = model.parts;
    ParameterSource tables = source.at("embeddings");
    return model.stack(Roberta.positioned(parts, parts.embeddings(tables), tables), source);
  }

  private Backbone stack(Embeddings embeddings, ParameterSource source) {
    return new Stack(
        embeddings,
        Stack.blocks(parts.sizes().numLayers(), source.at("encoder").at("layer"), this::block),
        parts.norm(source.at(norms.finalNorm())));
  }

  /** One block: maps the residual stream x (B, T, D) to (B, T, D). */
  private Block block(int layer, ParameterSource source) {
    Norm attentionNorm = parts.norm(source.at(norms.attentionNorm()));
    Layer attention = new Bert(parts).attention(layer, source);
    Norm mlpNorm = parts.norm(source.at(norms.mlpNorm()));
    Layer mlp = parts.mlp(source);
    Residual residual = Residual.of(layer, parts.sizes().dropout());
    return (x, pass) -> {
      x = residual.addAttention(x, attention, attentionNorm.forward(x), pass);
      return residual.addMlp(x, mlp, mlpNorm.forward(x), pass);
    };
  }
}
