/** Layers, model families, checkpoints and generation. */
@org.jspecify.annotations.NullMarked
module dev.rapt.models {
  requires static org.jspecify;
  requires transitive dev.rapt.tensor;
  requires transitive dev.rapt.tokenizers;
  requires transitive tools.jackson.databind;
  requires java.net.http;
  requires jdk.jfr;
  requires org.slf4j;

  exports dev.rapt.checkpoint;
  exports dev.rapt.generate;
  exports dev.rapt.generate.batch;
  exports dev.rapt.generate.constrain;
  exports dev.rapt.generate.decoding;
  exports dev.rapt.generate.logits;
  exports dev.rapt.generate.options;
  exports dev.rapt.generate.search;
  exports dev.rapt.generate.speculate;
  exports dev.rapt.gguf;
  exports dev.rapt.hub;
  exports dev.rapt.model;
  exports dev.rapt.model.convert;
  exports dev.rapt.model.adapter;
  exports dev.rapt.model.config;
  exports dev.rapt.model.decoder;
  exports dev.rapt.model.encoder;
  exports dev.rapt.model.family;
  exports dev.rapt.model.head;
  exports dev.rapt.model.load;
  exports dev.rapt.model.parts;
  exports dev.rapt.model.seq2seq;
  exports dev.rapt.model.summary;
  exports dev.rapt.nn;
  exports dev.rapt.nn.attention;
  exports dev.rapt.nn.block;
  exports dev.rapt.nn.cache;
  exports dev.rapt.nn.mlp;
  exports dev.rapt.nn.recurrent;
  exports dev.rapt.onnx;
  exports dev.rapt.quant;
  exports dev.rapt.quant.ggml;
  exports dev.rapt.text;
  exports dev.rapt.text.embed;
}
