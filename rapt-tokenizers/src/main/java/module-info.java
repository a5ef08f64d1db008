/** Text to token ids and back. Knows no tensor. */
@org.jspecify.annotations.NullMarked
module dev.rapt.tokenizers {
  requires static org.jspecify;
  requires tools.jackson.databind;

  exports dev.rapt.json;
  exports dev.rapt.tokenizer;
  exports dev.rapt.tokenizer.added;
  exports dev.rapt.tokenizer.bpe;
  exports dev.rapt.tokenizer.chat;
  exports dev.rapt.tokenizer.decode;
  exports dev.rapt.tokenizer.files;
  exports dev.rapt.tokenizer.jinja;
  exports dev.rapt.tokenizer.json;
  exports dev.rapt.tokenizer.model;
  exports dev.rapt.tokenizer.normalize;
  exports dev.rapt.tokenizer.postprocess;
  exports dev.rapt.tokenizer.pretokenize;
  exports dev.rapt.tokenizer.text;
  exports dev.rapt.tokenizer.train;
}
