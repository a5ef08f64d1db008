package dev.rapt.text;

import dev.rapt.model.HeadedModel;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Runs a model with its tokenizer over many texts, in batches of similar lengths. Owns the model;
 * several threads may use it at once.
 *
 * @param <M> the model with its head
 */
abstract sealed class BatchedReader<M extends HeadedModel> implements TextReader
    permits FillMask, QuestionAnswerer, Reranker, Tagger, TextClassifier, TextEmbedder {
  /** Texts of a batch. */
  private static final int BATCH_SIZE = 32;

  /** What is computed for a batch. */
  @FunctionalInterface
  interface Batch {
    /**
     * Runs the model on a batch and reads the results.
     *
     * @param ids (B, T), padded on the right
     * @param texts for each row the index of its text
     */
    void run(Tensor ids, Pass pass, int[] texts);
  }

  private final M model;
  private final Tokenizer tokenizer;
  private final int padId;
  private final boolean readsTypes;
  private BatchProgress progress = (_, _) -> {};

  BatchedReader(M model, Tokenizer tokenizer) {
    this(model, tokenizer, true);
  }

  /**
   * Creates a reader.
   *
   * @param withTypes whether a model with token types gets those of the tokenizer, rather than 0
   */
  BatchedReader(M model, Tokenizer tokenizer, boolean withTypes) {
    this.model = model;
    this.tokenizer = tokenizer;
    readsTypes = withTypes && numTokenTypes(model.config()) > 1;
    padId = model.padTokenId().orElseGet(() -> tokenizer.padId().orElse(0));
  }

  /** The model with its head. */
  public final M model() {
    return model;
  }

  /** The tokenizer. */
  public final Tokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  public final void onProgress(BatchProgress listener) {
    progress = listener;
  }

  /** Most tokens of a text that the model reads, special tokens included. */
  public int maxTokens() {
    return model.config().maxPositions();
  }

  /** Runs encoded texts in batches of similar lengths, the longest first. */
  final void runBatches(List<Encoding> texts, Batch batch) {
    int[] order =
        IntStream.range(0, texts.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> -texts.get(i).size()))
            .mapToInt(Integer::intValue)
            .toArray();
    for (int from = 0; from < order.length; from += BATCH_SIZE) {
      int to = Math.min(order.length, from + BATCH_SIZE);
      int[] rows = Arrays.copyOfRange(order, from, to);
      try (Scope scope = model.scope().child()) {
        runBatch(scope, texts, rows, batch);
      }
      progress.done(to, order.length);
    }
  }

  private void runBatch(Scope scope, List<Encoding> texts, int[] rows, Batch batch) {
    int T = Math.max(1, texts.get(rows[0]).size());
    int[] ids = new int[rows.length * T];
    int[] types = new int[rows.length * T];
    int[] lengths = new int[rows.length];
    Arrays.fill(ids, padId);
    for (int b = 0; b < rows.length; b++) {
      Encoding text = texts.get(rows[b]);
      lengths[b] = text.size();
      System.arraycopy(text.ids(), 0, ids, b * T, text.size());
      System.arraycopy(text.typeIds(), 0, types, b * T, text.size());
    }
    Tensor tensor = scope.ints(ids, rows.length, T);
    Pass.Builder pass = model.pass(tensor, lengths);
    if (readsTypes) {
      pass.tokenTypes(types);
    }
    batch.run(tensor, pass.build(), rows);
  }

  private static int numTokenTypes(ModelConfig config) {
    return config instanceof EncoderConfig encoder ? encoder.sizes().numTokenTypes() : 0;
  }

  @Override
  public final void close() {
    model.close();
  }
}
