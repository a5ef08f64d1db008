package dev.rapt.train.batch;

import dev.rapt.model.HeadedModel;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Texts of different lengths, padded on the right to the longest one.
 *
 * @param batchSize number of texts, B
 * @param seqLen tokens of the longest text, T
 * @param ids (B, T)
 * @param types (B, T) token types
 * @param lengths (B) number of tokens of each text
 * @param documents the documents that are packed into each text; null where each is one document
 */
@SuppressWarnings("ArrayRecordComponent") // plain data for kernels, never compared
public record TextBatch(
    int batchSize,
    int seqLen,
    int[] ids,
    int[] types,
    int[] lengths,
    @Nullable Documents documents) {
  /**
   * Documents that are packed into texts.
   *
   * @param starts (B, T) index in its text of the first token of each token's document
   * @param ends (B, T) end of that document, exclusive
   */
  @SuppressWarnings("ArrayRecordComponent") // plain data for kernels, never compared
  public record Documents(int[] starts, int[] ends) {}

  /**
   * The tokens of a text.
   *
   * @param ids ids, special tokens included
   * @param types token types
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Text(int[] ids, int[] types) {}

  /** Pads texts. */
  public static TextBatch of(List<Text> texts, int padId) {
    int B = texts.size();
    int T = texts.stream().mapToInt(text -> text.ids.length).max().orElse(0);
    int[] ids = new int[B * T];
    int[] types = new int[B * T];
    int[] lengths = new int[B];
    Arrays.fill(ids, padId);
    for (int b = 0; b < B; b++) {
      Text text = texts.get(b);
      lengths[b] = text.ids.length;
      System.arraycopy(text.ids, 0, ids, b * T, lengths[b]);
      System.arraycopy(text.types, 0, types, b * T, lengths[b]);
    }
    return new TextBatch(B, T, ids, types, lengths, null);
  }

  /**
   * Returns a copy in which attention stays inside documents.
   *
   * @param endId the token that ends a document
   */
  public TextBatch separatingDocuments(int endId) {
    int[] starts = new int[ids.length];
    int[] ends = new int[ids.length];
    for (int b = 0; b < batchSize; b++) {
      int from = b * seqLen;
      for (int start = 0; start < seqLen; ) {
        int end = start;
        boolean isPadding = start >= lengths[b];
        while (end < (isPadding ? seqLen : lengths[b])
            && (end == start || ids[from + end - 1] != endId || isPadding)) {
          end++;
        }
        Arrays.fill(starts, from + start, from + end, start);
        Arrays.fill(ends, from + start, from + end, end);
        start = end;
      }
    }
    return new TextBatch(batchSize, seqLen, ids, types, lengths, new Documents(starts, ends));
  }

  /**
   * Returns a copy with other tokens at the same places.
   *
   * @param others (B, T)
   */
  public TextBatch withIds(int[] others) {
    return new TextBatch(batchSize, seqLen, others, types, lengths, documents);
  }

  /** Returns the texts [from, to), padded as here. */
  public TextBatch rows(int from, int to) {
    int first = from * seqLen, end = to * seqLen;
    return new TextBatch(
        to - from,
        seqLen,
        Arrays.copyOfRange(ids, first, end),
        Arrays.copyOfRange(types, first, end),
        Arrays.copyOfRange(lengths, from, to),
        documents == null
            ? null
            : new Documents(
                Arrays.copyOfRange(documents.starts, first, end),
                Arrays.copyOfRange(documents.ends, first, end)));
  }

  /** Returns the number of tokens, padding included. */
  public long numTokens() {
    return ids.length;
  }

  /** Returns the ids as a tensor (B, T). */
  public Tensor tensor(Scope scope) {
    return scope.ints(ids, batchSize, seqLen);
  }

  /** Starts building the pass of a model over these texts. */
  public Pass.Builder pass(HeadedModel model, Tensor tensor) {
    Pass.Builder pass = model.pass(tensor, lengths);
    if (documents != null) {
      pass.documents(documents.starts, documents.ends);
    }
    return model.config() instanceof EncoderConfig config && config.sizes().numTokenTypes() > 1
        ? pass.tokenTypes(types)
        : pass;
  }
}
