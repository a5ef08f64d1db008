package dev.rapt.model.encoder;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.nn.Backbone;
import java.util.List;

/** The encoder-only families, sorted by {@code model_type}. */
public final class EncoderFamilies {
  /** The table of all encoder-only families. */
  public static final FamilyTable<EncoderConfig, Backbone> TABLE =
      new FamilyTable<>(
          "an encoder",
          List.of(
              Albert.FAMILY,
              Bert.FAMILY,
              BigBird.FAMILY,
              Roberta.CAMEMBERT,
              Roberta.DATA2VEC_TEXT,
              Deberta.FAMILY,
              Deberta.DEBERTA_V2,
              DistilBert.FAMILY,
              Electra.FAMILY,
              Ernie.FAMILY,
              Longformer.FAMILY,
              PreNormBert.MEGATRON_BERT,
              ModernBert.FAMILY,
              MpNet.FAMILY,
              Roberta.FAMILY,
              PreNormBert.ROBERTA_PRELAYERNORM,
              Roberta.XLM_ROBERTA,
              PreNormBert.XLM_ROBERTA_XL));

  private EncoderFamilies() {}
}
