package dev.rapt.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A batch of prompts as token ids. Prompts of different lengths are padded on the left for the
 * model; penalties, n-grams and lengths look at the prompt alone, so that a prompt's continuation
 * does not depend on its neighbours.
 */
public final class Prompts {
  private final List<int[]> rows;
  private final List<boolean[]> masks;
  private final List<int[]> encoderIds;

  private Prompts(List<int[]> rows, List<boolean[]> masks, List<int[]> encoderIds) {
    this.rows = rows;
    this.masks = masks;
    this.encoderIds = encoderIds;
  }

  /** Prompts of any lengths, without padding. */
  public static Prompts of(int[]... prompts) {
    return of(Arrays.asList(prompts));
  }

  /** Prompts of any lengths, without padding. */
  public static Prompts of(List<int[]> prompts) {
    List<int[]> rows = new ArrayList<>();
    List<boolean[]> masks = new ArrayList<>();
    for (int[] prompt : prompts) {
      rows.add(prompt.clone());
      boolean[] mask = new boolean[prompt.length];
      Arrays.fill(mask, true);
      masks.add(mask);
    }
    return new Prompts(rows, masks, List.of());
  }

  /**
   * Prompts that are padded already. As in Hugging Face's generate, the padding counts as tokens of
   * the row: for penalties, n-grams and lengths.
   *
   * @param ids (B, T)
   * @param mask which ids count (B, T); false on padding, which stands on the left
   */
  public static Prompts padded(int[][] ids, boolean[][] mask) {
    if (ids.length != mask.length) {
      throw new IllegalArgumentException(
          "prompts: ids and mask must have as many rows, got %d and %d"
              .formatted(ids.length, mask.length));
    }
    List<int[]> rows = new ArrayList<>();
    List<boolean[]> masks = new ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      if (ids[i].length != ids[0].length || mask[i].length != ids[0].length) {
        throw new IllegalArgumentException(
            "prompts: every row of ids and mask must have length %d, got %d and %d in row %d"
                .formatted(ids[0].length, ids[i].length, mask[i].length, i));
      }
      rows.add(ids[i].clone());
      masks.add(mask[i].clone());
    }
    return new Prompts(rows, masks, List.of());
  }

  /**
   * The same prompts with the encoder's input, for the penalties that look at it.
   *
   * @param ids one row for each prompt
   */
  public Prompts withEncoderIds(int[][] ids) {
    if (ids.length != rows.size()) {
      throw new IllegalArgumentException(
          "prompts: encoder ids must have as many rows as there are prompts, got %d and %d"
              .formatted(ids.length, rows.size()));
    }
    return new Prompts(rows, masks, Arrays.stream(ids).map(int[]::clone).toList());
  }

  /** Number of prompts: B. */
  public int size() {
    return rows.size();
  }

  /** Ids of prompt i as the processors see them. */
  int[] row(int i) {
    return rows.get(i);
  }

  /** The encoder's input for prompt i; of a decoder alone, the prompt takes its place. */
  int[] encoderIds(int i) {
    return encoderIds.isEmpty() ? rows.get(i) : encoderIds.get(i);
  }

  /** Which ids of prompt i are no padding. */
  boolean[] mask(int i) {
    return masks.get(i);
  }

  /** Ids of prompt i that are no padding. */
  int numTokens(int i) {
    int count = 0;
    for (boolean counts : masks.get(i)) {
      count += counts ? 1 : 0;
    }
    return count;
  }

  private int width() {
    return rows.stream().mapToInt(row -> row.length).max().orElse(0);
  }

  /**
   * @throws IllegalArgumentException if there is no prompt, one is empty, too long or holds an id
   *     outside the vocabulary
   */
  void check(DecodingModel model) {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("prompts: at least 1 prompt, got 0");
    }
    for (int i = 0; i < rows.size(); i++) {
      if (numTokens(i) == 0) {
        throw new IllegalArgumentException(
            "prompt: at least 1 token, got 0; begin with the model's start token");
      }
      if (numTokens(i) > model.maxPositions()) {
        throw new IllegalArgumentException(
            "prompt: at most %d tokens, got %d; shorten it or take a model with a longer context"
                .formatted(model.maxPositions(), numTokens(i)));
      }
      for (int id : rows.get(i)) {
        if (id < 0 || id >= model.vocabSize()) {
          throw new IllegalArgumentException(
              "prompt: token ids must be from 0 to %d, got %d; do tokenizer and model belong"
                      .formatted(model.vocabSize() - 1, id)
                  + " together?");
        }
      }
    }
  }

  /** Runs the prompts, padded on the left to one length. */
  Decoding start(DecodingModel model, int padTokenId, int maxNewTokens) {
    int width = width();
    int[][] ids = new int[rows.size()][width];
    boolean[][] mask = new boolean[rows.size()][width];
    int fill = padTokenId >= 0 && padTokenId < model.vocabSize() ? padTokenId : 0;
    for (int i = 0; i < rows.size(); i++) {
      int[] row = rows.get(i);
      Arrays.fill(ids[i], fill);
      System.arraycopy(row, 0, ids[i], width - row.length, row.length);
      System.arraycopy(masks.get(i), 0, mask[i], width - row.length, row.length);
    }
    // The last token is never fed back, so it needs no position.
    long capacity = Math.min((long) width + maxNewTokens - 1, Integer.MAX_VALUE);
    return model.start(ids, mask, (int) capacity);
  }
}
