package dev.rapt.model;

import dev.rapt.model.albert.Albert;
import dev.rapt.model.albert.AlbertConfig;
import dev.rapt.model.bert.Bert;
import dev.rapt.model.bert.BertConfig;
import dev.rapt.model.bert.ElectraConfig;
import dev.rapt.model.bert.ErnieConfig;
import dev.rapt.model.bert.PreNormBert;
import dev.rapt.model.bert.RobertaConfig;
import dev.rapt.model.bigbird.BigBird;
import dev.rapt.model.bigbird.BigBirdConfig;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.deberta.Deberta;
import dev.rapt.model.deberta.DebertaConfig;
import dev.rapt.model.distilbert.DistilBert;
import dev.rapt.model.distilbert.DistilBertConfig;
import dev.rapt.model.longformer.Longformer;
import dev.rapt.model.longformer.LongformerConfig;
import dev.rapt.model.modernbert.ModernBert;
import dev.rapt.model.modernbert.ModernBertConfig;
import dev.rapt.model.mpnet.MpNet;
import dev.rapt.model.mpnet.MpNetConfig;
import dev.rapt.nn.Backbone;
import java.util.List;

/** The encoder-only families, a line each. */
final class EncoderFamilies {
  static final FamilyTable<EncoderConfig, Backbone> TABLE =
      new FamilyTable<>(
          "an encoder",
          List.of(
              new Family<>(
                  "albert", "AlbertForMaskedLM", "albert", AlbertConfig::parse, Albert::build),
              new Family<>("bert", "BertForMaskedLM", "bert", BertConfig::parse, Bert::build),
              new Family<>(
                  "big_bird", "BigBirdForMaskedLM", "bert", BigBirdConfig::parse, BigBird::build),
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
                  "deberta", "DebertaForMaskedLM", "deberta", DebertaConfig::parse, Deberta::build),
              new Family<>(
                  "deberta-v2",
                  "DebertaV2ForMaskedLM",
                  "deberta",
                  DebertaConfig::parse,
                  Deberta::build),
              new Family<>(
                  "distilbert",
                  "DistilBertForMaskedLM",
                  "distilbert",
                  DistilBertConfig::parse,
                  DistilBert::build),
              new Family<>(
                  "electra", "ElectraForMaskedLM", "electra", ElectraConfig::parse, Bert::build),
              new Family<>(
                  "ernie", "ErnieForMaskedLM", "ernie", ErnieConfig::parse, Bert::buildErnie),
              new Family<>(
                  "longformer",
                  "LongformerForMaskedLM",
                  "longformer",
                  LongformerConfig::parse,
                  Longformer::build),
              new Family<>(
                  "megatron-bert",
                  "MegatronBertForMaskedLM",
                  "bert",
                  BertConfig::parse,
                  PreNormBert::buildMegatron),
              new Family<>(
                  "modernbert",
                  "ModernBertForMaskedLM",
                  "model",
                  ModernBertConfig::parse,
                  ModernBert::build),
              new Family<>("mpnet", "MPNetForMaskedLM", "mpnet", MpNetConfig::parse, MpNet::build),
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
