package dev.rapt.model.seq2seq;

import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.nn.EncoderDecoder;
import java.util.List;

/** The encoder-decoder families, a line each. */
public final class Seq2SeqFamilies {
  public static final FamilyTable<Seq2SeqConfig, EncoderDecoder> TABLE =
      new FamilyTable<>(
          "an encoder-decoder",
          List.of(
              bart("bart", "BartForConditionalGeneration"),
              bart("bigbird_pegasus", "BigBirdPegasusForConditionalGeneration"),
              bart("blenderbot", "BlenderbotForConditionalGeneration"),
              bart("blenderbot-small", "BlenderbotSmallForConditionalGeneration"),
              bart("fsmt", "FSMTForConditionalGeneration"),
              new Family<>(
                  "led", "LEDForConditionalGeneration", "led", Bart.Config::parse, Bart::build),
              bart("m2m_100", "M2M100ForConditionalGeneration"),
              bart("marian", "MarianMTModel"),
              bart("mbart", "MBartForConditionalGeneration"),
              t5("longt5", "LongT5ForConditionalGeneration"),
              t5("mt5", "MT5ForConditionalGeneration"),
              bart("mvp", "MvpForConditionalGeneration"),
              bart("pegasus", "PegasusForConditionalGeneration"),
              bart("plbart", "PLBartForConditionalGeneration"),
              t5("t5", "T5ForConditionalGeneration"),
              new Family<>(
                  "t5gemma",
                  "T5GemmaForConditionalGeneration",
                  "model",
                  T5Gemma.Config::parse,
                  T5Gemma::build),
              t5("umt5", "UMT5ForConditionalGeneration")));

  private Seq2SeqFamilies() {}

  private static Family<Bart.Config, EncoderDecoder> bart(String modelType, String className) {
    return new Family<>(modelType, className, "model", Bart.Config::parse, Bart::build);
  }

  private static Family<T5.Config, EncoderDecoder> t5(String modelType, String className) {
    return new Family<>(modelType, className, "", T5.Config::parse, T5::build);
  }
}
