package dev.rapt.text;

/**
 * A model that reads texts and returns a result for each, with its tokenizer. Owns the model;
 * several threads may use it at once.
 */
public sealed interface TextReader extends AutoCloseable permits BatchedReader {
  /** Sets the listener that is called after each batch. */
  void onProgress(BatchProgress listener);

  /** Frees the model. */
  @Override
  void close();
}
