/** Layers, model families, checkpoints and generation. */
@org.jspecify.annotations.NullMarked
module dev.rapt.models {
  requires static org.jspecify;
  requires transitive dev.rapt.tensor;
  requires transitive dev.rapt.tokenizers;
  requires transitive tools.jackson.databind;
  requires java.net.http;
  requires org.slf4j;

  exports dev.rapt.checkpoint;
  exports dev.rapt.generate;
  exports dev.rapt.generate.decoding;
  exports dev.rapt.generate.logits;
  exports dev.rapt.generate.options;
  exports dev.rapt.generate.search;
  exports dev.rapt.hub;
  exports dev.rapt.model;
  exports dev.rapt.model.albert;
  exports dev.rapt.model.bert;
  exports dev.rapt.model.bigbird;
  exports dev.rapt.model.config;
  exports dev.rapt.model.bart;
  exports dev.rapt.model.decoder;
  exports dev.rapt.model.deberta;
  exports dev.rapt.model.distilbert;
  exports dev.rapt.model.encoder;
  exports dev.rapt.model.gpt2;
  exports dev.rapt.model.llama;
  exports dev.rapt.model.bloom;
  exports dev.rapt.model.falcon;
  exports dev.rapt.model.gptj;
  exports dev.rapt.model.gptneo;
  exports dev.rapt.model.longformer;
  exports dev.rapt.model.mpt;
  exports dev.rapt.model.neox;
  exports dev.rapt.model.opt;
  exports dev.rapt.model.phi;
  exports dev.rapt.model.xglm;
  exports dev.rapt.model.t5;
  exports dev.rapt.model.modernbert;
  exports dev.rapt.model.mpnet;
  exports dev.rapt.model.summary;
  exports dev.rapt.nn;
  exports dev.rapt.quant;
  exports dev.rapt.text;
  exports dev.rapt.verify;
}
