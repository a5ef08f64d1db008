package dev.rapt.model.seq2seq;

import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.nn.EncoderDecoder;
import java.util.List;

/** The encoder-decoder families, sorted by {@code model_type}. */
public final class Seq2SeqFamilies {
  /** The table of all encoder-decoder families. */
  public static final FamilyTable<Seq2SeqConfig, EncoderDecoder> TABLE =
      new FamilyTable<>(
          "an encoder-decoder",
          List.of(
              Bart.FAMILY,
              Bart.BIGBIRD_PEGASUS,
              Bart.BLENDERBOT,
              Bart.BLENDERBOT_SMALL,
              Bart.FSMT,
              Bart.LED,
              T5.LONGT5,
              LstmSeq2Seq.FAMILY,
              Bart.M2M_100,
              Bart.MARIAN,
              Bart.MBART,
              T5.MT5,
              Bart.MVP,
              Bart.PEGASUS,
              Bart.PLBART,
              T5.FAMILY,
              T5Gemma.FAMILY,
              T5.UMT5));

  private Seq2SeqFamilies() {}
}
