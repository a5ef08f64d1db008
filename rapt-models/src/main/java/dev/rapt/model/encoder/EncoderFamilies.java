package dev.rapt.model.encoder;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.nn.Backbone;
import java.util.List;

/** Encoder-only families, sorted by {@code model_type}. */
public final class EncoderFamilies {
  /** All of them. */
  public static final FamilyTable<EncoderConfig, Backbone> TABLE =
      new FamilyTable<>(
          "an encoder",
          List.of(
              Albert.FAMILY,
              Bert.FAMILY,
              BigBird.FAMILY,
              Bert.CAMEMBERT,
              Bert.DATA2VEC_TEXT,
              Deberta.FAMILY,
              Deberta.DEBERTA_V2,
              DistilBert.FAMILY,
              Bert.ELECTRA,
              Bert.ERNIE,
              Longformer.FAMILY,
              PreNormBert.MEGATRON_BERT,
              ModernBert.FAMILY,
              MpNet.FAMILY,
              Bert.ROBERTA,
              PreNormBert.ROBERTA_PRELAYERNORM,
              Bert.XLM_ROBERTA,
              PreNormBert.XLM_ROBERTA_XL));

  private EncoderFamilies() {}
}
