package dev.rapt.train.batch;

import dev.rapt.model.HeadedModel;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Texts of different lengths, padded on the right to the longest one.
 *
 * @param batchSize number of texts, B
 * @param seqLen tokens of the longest text, T
 * @param ids (B, T)
 * @param types (B, T) token types
 * @param lengths (B) number of tokens of each text
 */
@SuppressWarnings("ArrayRecordComponent") // plain data for kernels, never compared
public record TextBatch(int batchSize, int seqLen, int[] ids, int[] types, int[] lengths) {
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
    return new TextBatch(B, T, ids, types, lengths);
  }

  /** Returns the texts [from, to), padded as here. */
  public TextBatch rows(int from, int to) {
    return new TextBatch(
        to - from,
        seqLen,
        Arrays.copyOfRange(ids, from * seqLen, to * seqLen),
        Arrays.copyOfRange(types, from * seqLen, to * seqLen),
        Arrays.copyOfRange(lengths, from, to));
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
    return model.config() instanceof EncoderConfig config && config.sizes().numTokenTypes() > 1
        ? pass.tokenTypes(types)
        : pass;
  }
}
