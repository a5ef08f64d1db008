/**
 * Tokenizers: text to token ids and back, chat templates, and training. Knows no tensor.
 *
 * <p>Users need {@link dev.rapt.tokenizer.Tokenizer}, {@link dev.rapt.tokenizer.chat.ChatTemplate}
 * and {@link dev.rapt.tokenizer.train}; {@link dev.rapt.tokenizer.types} has the values that these
 * share. The steps of a tokenizer are internal.
 */
@SuppressWarnings("module") // the modules named in qualified exports are compiled later
@org.jspecify.annotations.NullMarked
module dev.rapt.tokenizers {
  requires static org.jspecify;
  requires transitive tools.jackson.databind;

  exports dev.rapt.tokenizer;
  exports dev.rapt.tokenizer.chat;
  exports dev.rapt.tokenizer.train;
  exports dev.rapt.tokenizer.types;
  exports dev.rapt.json to
      dev.rapt.models,
      dev.rapt.train,
      dev.rapt.cli,
      dev.rapt.verify;
  exports dev.rapt.tokenizer.decode to
      dev.rapt.verify;
  exports dev.rapt.tokenizer.files to
      dev.rapt.verify;
  exports dev.rapt.tokenizer.jinja to
      dev.rapt.train,
      dev.rapt.verify;
  exports dev.rapt.tokenizer.json to
      dev.rapt.verify;
  exports dev.rapt.tokenizer.normalize to
      dev.rapt.verify;
  exports dev.rapt.tokenizer.pretokenize to
      dev.rapt.verify;
  exports dev.rapt.tokenizer.text to
      dev.rapt.verify;
}
