package dev.rapt.generate.decoding;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A batch of prompts as token ids. Prompts of different lengths are padded on the left for the
 * model. Penalties, n-grams and lengths ignore that padding, so that a prompt's continuation does
 * not depend on the rest of the batch.
 */
public final class Prompts {
  private final List<int[]> rows;
  private final List<boolean[]> masks;
  private final List<int[]> encoderIds;
  private final long[] seeds; // empty for that of the options

  private Prompts(List<int[]> rows, List<boolean[]> masks, List<int[]> encoderIds, long[] seeds) {
    this.rows = rows;
    this.masks = masks;
    this.encoderIds = encoderIds;
    this.seeds = seeds;
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
    return new Prompts(rows, masks, List.of(), new long[0]);
  }

  /**
   * Prompts with padding. As in Hugging Face's generate, penalties, n-grams and lengths count this
   * padding as tokens of the row.
   *
   * @param ids (B, T)
   * @param mask (B, T), false on padding, which must be on the left
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
    return new Prompts(rows, masks, List.of(), new long[0]);
  }

  /**
   * Returns a copy with the encoder's input, which some penalties read.
   *
   * @param ids one row for each prompt
   */
  public Prompts withEncoderIds(int[][] ids) {
    if (ids.length != rows.size()) {
      throw new IllegalArgumentException(
          "prompts: encoder ids must have as many rows as there are prompts, got %d and %d"
              .formatted(ids.length, rows.size()));
    }
    return new Prompts(rows, masks, Arrays.stream(ids).map(int[]::clone).toList(), seeds);
  }

  /**
   * Returns a copy whose prompts are sampled with seeds of their own, in place of the one of the
   * options, with which all prompts draw the same random numbers.
   *
   * @param ofEach one for each prompt
   */
  public Prompts withSeeds(long... ofEach) {
    if (ofEach.length != rows.size()) {
      throw new IllegalArgumentException(
          "prompts: must have as many seeds as there are prompts, got %d and %d"
              .formatted(ofEach.length, rows.size()));
    }
    return new Prompts(rows, masks, encoderIds, ofEach.clone());
  }

  /**
   * Returns the seed of a prompt.
   *
   * @param usual that of the options
   */
  public long seed(int i, long usual) {
    return seeds.length == 0 ? usual : seeds[i];
  }

  /** Number of prompts: B. */
  public int size() {
    return rows.size();
  }

  /** Ids of prompt i as the processors read them; not copied, so they must not be changed. */
  public int[] row(int i) {
    return rows.get(i);
  }

  /** The encoder's input for prompt i; for a decoder-only model, the prompt itself. */
  public int[] encoderIds(int i) {
    return encoderIds.isEmpty() ? rows.get(i) : encoderIds.get(i);
  }

  /** For each id of prompt i, false if it is padding; not copied. */
  public boolean[] mask(int i) {
    return masks.get(i);
  }

  /** Ids of prompt i, without padding. */
  public int[] tokens(int i) {
    int[] row = rows.get(i);
    return Arrays.copyOfRange(row, row.length - numTokens(i), row.length);
  }

  /** Number of ids of prompt i, without padding. */
  public int numTokens(int i) {
    int count = 0;
    for (boolean counts : masks.get(i)) {
      count += counts ? 1 : 0;
    }
    return count;
  }

  /** Returns prompt i alone. */
  public Prompts only(int i) {
    return new Prompts(
        List.of(rows.get(i)),
        List.of(masks.get(i)),
        encoderIds.isEmpty() ? encoderIds : List.of(encoderIds.get(i)),
        seeds.length == 0 ? seeds : new long[] {seeds[i]});
  }

  private int width() {
    return rows.stream().mapToInt(row -> row.length).max().orElse(0);
  }

  /**
   * Checks the prompts against a model.
   *
   * @throws IllegalArgumentException if there is no prompt, or if one is empty, longer than the
   *     context or holds an id outside the vocabulary
   */
  public void check(DecodingModel model) {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("prompts: at least 1 prompt, got 0");
    }
    for (int i = 0; i < rows.size(); i++) {
      if (numTokens(i) == 0) {
        throw new IllegalArgumentException(
            "prompt: at least 1 token, got 0; pass the model's start token");
      }
      if (numTokens(i) > model.maxPositions()) {
        throw new IllegalArgumentException(
            "prompt: must have at most %d tokens, got %d; shorten it or use a model with a longer context"
                .formatted(model.maxPositions(), numTokens(i)));
      }
      for (int id : rows.get(i)) {
        if (id < 0 || id >= model.vocabSize()) {
          throw new IllegalArgumentException(
              "prompt: token ids must be from 0 to %d, got %d; use the tokenizer of the"
                      .formatted(model.vocabSize() - 1, id)
                  + " model");
        }
      }
    }
  }

  /**
   * Runs the prompts, padded on the left to one length.
   *
   * @param padTokenId id of the padding; any id if it is outside the vocabulary
   * @param maxNewTokens new tokens that the cache must have room for
   */
  public Decoding start(DecodingModel model, int padTokenId, int maxNewTokens) {
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
