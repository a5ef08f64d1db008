package dev.rapt.text;

/** A model that understands texts, with its tokenizer. Serves many threads; owns the model. */
public sealed interface TextReader extends AutoCloseable permits TextModel {
  /** Is told how far the work is, after each batch. */
  void onProgress(BatchProgress listener);

  /** Frees the model. */
  @Override
  void close();
}
