package dev.rapt.model.encoder;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.nn.Backbone;
import java.util.List;

/** The encoder-only families, a line each. */
public final class EncoderFamilies {
  public static final FamilyTable<EncoderConfig, Backbone> TABLE =
      new FamilyTable<>(
          "an encoder",
          List.of(
              new Family<>(
                  "albert", "AlbertForMaskedLM", "albert", Albert.Config::parse, Albert::build),
              new Family<>("bert", "BertForMaskedLM", "bert", Bert.Config::parse, Bert::build),
              new Family<>(
                  "big_bird", "BigBirdForMaskedLM", "bert", BigBird.Config::parse, BigBird::build),
              new Family<>(
                  "camembert",
                  "CamembertForMaskedLM",
                  "roberta",
                  RobertaConfig::parse,
                  Bert::buildRoberta),
              new Family<>(
                  "data2vec-text",
                  "Data2VecTextForMaskedLM",
                  "data2vec_text",
                  RobertaConfig::parse,
                  Bert::buildRoberta),
              new Family<>(
                  "deberta",
                  "DebertaForMaskedLM",
                  "deberta",
                  Deberta.Config::parse,
                  Deberta::build),
              new Family<>(
                  "deberta-v2",
                  "DebertaV2ForMaskedLM",
                  "deberta",
                  Deberta.Config::parse,
                  Deberta::build),
              new Family<>(
                  "distilbert",
                  "DistilBertForMaskedLM",
                  "distilbert",
                  DistilBert.Config::parse,
                  DistilBert::build),
              new Family<>(
                  "electra", "ElectraForMaskedLM", "electra", ElectraConfig::parse, Bert::build),
              new Family<>(
                  "ernie", "ErnieForMaskedLM", "ernie", ErnieConfig::parse, Bert::buildErnie),
              new Family<>(
                  "longformer",
                  "LongformerForMaskedLM",
                  "longformer",
                  Longformer.Config::parse,
                  Longformer::build),
              new Family<>(
                  "megatron-bert",
                  "MegatronBertForMaskedLM",
                  "bert",
                  Bert.Config::parse,
                  PreNormBert::buildMegatron),
              new Family<>(
                  "modernbert",
                  "ModernBertForMaskedLM",
                  "model",
                  ModernBert.Config::parse,
                  ModernBert::build),
              new Family<>("mpnet", "MPNetForMaskedLM", "mpnet", MpNet.Config::parse, MpNet::build),
              new Family<>(
                  "roberta",
                  "RobertaForMaskedLM",
                  "roberta",
                  RobertaConfig::parse,
                  Bert::buildRoberta),
              new Family<>(
                  "roberta-prelayernorm",
                  "RobertaPreLayerNormForMaskedLM",
                  "roberta_prelayernorm",
                  RobertaConfig::parse,
                  PreNormBert::buildRoberta),
              new Family<>(
                  "xlm-roberta",
                  "XLMRobertaForMaskedLM",
                  "roberta",
                  RobertaConfig::parse,
                  Bert::buildRoberta),
              new Family<>(
                  "xlm-roberta-xl",
                  "XLMRobertaXLForMaskedLM",
                  "roberta",
                  RobertaConfig::parse,
                  PreNormBert::buildXlmRobertaXl)));

  private EncoderFamilies() {}
}
