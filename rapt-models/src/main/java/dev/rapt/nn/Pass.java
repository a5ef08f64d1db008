package dev.rapt.nn;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.RelativeColumns;
import dev.rapt.autograd.Rotation;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to one run of a model over tokens and not to the model: positions, which keys each
 * query sees, the cache, and the seed of dropout. Its tensors live in the scope of the run.
 *
 * <p>Which keys a query sees is an interval, from which follow causal and sliding-window attention,
 * padding on the left, and documents packed into one sequence; or, for encoders, attention in both
 * directions with padding on the right.
 */
public final class Pass {
  private static final int NO_WINDOW = 0;

  /**
   * How far queries look.
   *
   * @param from the position from which on keys are counted
   */
  private record Look(int window, int from) {}

  private final Scope scope;
  private final int batchSize;
  private final int seqLen;
  private final int[] positions;
  private final int[] firstKeys;
  private final int @Nullable [] lengths;
  private final int @Nullable [] tokenTypes;
  private final int @Nullable [] globalTokens;
  private final @Nullable Encoded encoded;
  private final int[] sourceLengths;
  private final int currentLen;
  private final @Nullable KvCache cache;
  private final float dropoutScale;
  private final long dropoutSeed;
  private final boolean recomputing;
  private final @Nullable Consumer<Tensor> observer;
  private final Map<Look, Tensor> keyFrom = new HashMap<>();
  private final Map<Look, Tensor> keyTo = new HashMap<>();
  private final Map<Rope, Rotation> rotations = new HashMap<>();
  private final Map<RelativeBuckets, RelativeColumns> relativeColumns = new HashMap<>();
  private @Nullable Tensor sourceFrom;
  private @Nullable Tensor sourceTo;
  private final List<Tensor> routerLogits = new ArrayList<>();
  private boolean keepsRouterLogits;

  private Pass(Builder builder) {
    scope = builder.scope;
    batchSize = builder.batchSize;
    seqLen = builder.seqLen;
    cache = builder.cache;
    lengths = builder.lengths;
    tokenTypes = builder.tokenTypes;
    globalTokens = builder.globalTokens;
    encoded = builder.encoded;
    sourceLengths = sourceLengths(encoded, cache, batchSize);
    firstKeys = builder.firstKeys == null ? new int[batchSize * seqLen] : builder.firstKeys;
    positions = builder.positions == null ? countedPositions() : builder.positions;
    int longest = Arrays.stream(positions).max().orElse(-1) + 1;
    currentLen = Math.max(builder.currentLen, longest);
    dropoutScale = builder.training ? 1 : 0;
    dropoutSeed = builder.dropoutSeed;
    recomputing = builder.recomputing;
    observer = builder.observer;
  }

  /** A pass over new tokens ids (B, T), one after the other from position 0. */
  public static Builder over(Tensor ids) {
    return new Builder(ids);
  }

  /** Collects what differs from a plain pass. */
  public static final class Builder {
    private final Scope scope;
    private final int batchSize;
    private final int seqLen;
    private int @Nullable [] positions;
    private int @Nullable [] firstKeys;
    private int @Nullable [] lengths;
    private int @Nullable [] tokenTypes;
    private int @Nullable [] globalTokens;
    private @Nullable Encoded encoded;
    private int currentLen;
    private @Nullable KvCache cache;
    private boolean training;
    private long dropoutSeed;
    private boolean recomputing;
    private @Nullable Consumer<Tensor> observer;

    private Builder(Tensor ids) {
      scope = ids.scope();
      batchSize = Math.toIntExact(ids.dim(0));
      seqLen = Math.toIntExact(ids.dim(1));
    }

    /** Positions (B, T) of the tokens, instead of counting from the first key that each sees. */
    public Builder positions(int[] values) {
      positions = checked("positions", values);
      return this;
    }

    /**
     * The first key (B, T) that each token sees: the number of padding tokens on the left, or where
     * the document begins. Keys are counted from the start of the cache.
     */
    public Builder firstKeys(int[] values) {
      firstKeys = checked("firstKeys", values);
      return this;
    }

    /**
     * Lets every token see what follows it, too, up to the length of its sequence: an encoder's
     * pass, without cache.
     *
     * @param lengthOfEach (B) tokens before the padding on the right
     */
    public Builder bidirectional(int[] lengthOfEach) {
      if (lengthOfEach.length != batchSize) {
        throw new IllegalArgumentException(
            "lengths: must hold %d numbers, got %d".formatted(batchSize, lengthOfEach.length));
      }
      lengths = lengthOfEach;
      return this;
    }

    /** Segments (B, T) of the tokens, as BERT counts them, instead of 0. */
    public Builder tokenTypes(int[] values) {
      tokenTypes = checked("tokenTypes", values);
      return this;
    }

    /**
     * Marks the tokens (B, T) that see all and that all see, where a model otherwise looks at
     * neighbours alone: 1 for these, 0 for the others.
     */
    public Builder globalTokens(int[] marks) {
      globalTokens = checked("globalTokens", marks);
      return this;
    }

    /**
     * What the encoder put out, for the decoder of an encoder-decoder. A pass that continues with a
     * cache needs it the first time only.
     */
    public Builder encoded(Encoded source) {
      encoded = source;
      return this;
    }

    /** Continues after the positions of this cache, and appends to it. */
    public Builder cache(KvCache past) {
      cache = past;
      return this;
    }

    /**
     * Positions of the longest sequence that these belong with, where it may not be among them:
     * rotary positions that are stretched with the length follow it.
     */
    public Builder currentLen(int positionsOfLongest) {
      currentLen = positionsOfLongest;
      return this;
    }

    /** Turns dropout on; what is dropped is decided by the seed. */
    public Builder training(long seed) {
      training = true;
      dropoutSeed = seed;
      return this;
    }

    /** Keeps only what passes from block to block, and computes the rest again for gradients. */
    public Builder recomputing(boolean on) {
      recomputing = on;
      return this;
    }

    /** Is shown the residual stream (B, T, D): the embeddings, then what each block puts out. */
    public Builder observer(Consumer<Tensor> consumer) {
      observer = consumer;
      return this;
    }

    private int[] checked(String name, int[] values) {
      if (values.length != batchSize * seqLen) {
        throw new IllegalArgumentException(
            "%s: must hold %d x %d numbers, got %d"
                .formatted(name, batchSize, seqLen, values.length));
      }
      return values;
    }

    /** The pass. */
    public Pass build() {
      return new Pass(this);
    }
  }

  /** Where the tensors of this pass live. */
  public Scope scope() {
    return scope;
  }

  /** B. */
  public int batchSize() {
    return batchSize;
  }

  /** T, tokens of a sequence in this pass. */
  public int seqLen() {
    return seqLen;
  }

  /** Positions before this pass, in the cache. */
  public int pastLen() {
    return cache == null ? 0 : cache.length();
  }

  /** S, past and new positions. */
  public int totalLen() {
    return pastLen() + seqLen;
  }

  /** (B, T) positions as the position embedding counts them. */
  public int[] positions() {
    return positions;
  }

  /** Positions of the longest sequence, so far, that these tokens belong with. */
  public int currentLen() {
    return currentLen;
  }

  /** The cache to read and extend, or null. */
  public @Nullable KvCache cache() {
    return cache;
  }

  /** Whether the inside of blocks is computed again in the backward pass. */
  public boolean recomputing() {
    return recomputing;
  }

  /** The probability to drop with in this pass: the configured one when training, else 0. */
  public float dropout(float configured) {
    return configured * dropoutScale;
  }

  /** The seed of dropout at a place in the model: equal for equal places in one pass. */
  public long dropoutSeed(int layer, int site) {
    return dropoutSeed * 0x9E3779B97F4A7C15L + (layer + 1L) * 0x632BE59BD9B4E019L + site;
  }

  /** Shows the residual stream to whoever observes. */
  public void observe(Tensor x) {
    if (observer != null) {
      observer.accept(x);
    }
  }

  /** Whether somebody observes the residual stream, and may keep what is shown. */
  boolean isObserved() {
    return observer != null;
  }

  /** The segments (B, T) of the tokens, or null where all are of the first. */
  public int @Nullable [] tokenTypes() {
    return tokenTypes;
  }

  /** Marks (B, T): 1 for tokens that see all and that all see; null where there are none. */
  int @Nullable [] globalTokens() {
    return globalTokens;
  }

  /**
   * What the encoder put out.
   *
   * @throws IllegalStateException if the pass was not given any
   */
  Encoded encoded() {
    if (encoded == null) {
      throw new IllegalStateException("pass: a decoder with an encoder needs what that put out");
    }
    return encoded;
  }

  /** Positions of the encoder's output that some sequence has. */
  int sourceLen() {
    return Arrays.stream(sourceLengths).max().orElse(0);
  }

  /** (B, T) i32: the first position of the encoder's output that each query sees. */
  Tensor sourceFrom() {
    if (sourceFrom == null) {
      sourceFrom = scope.ints(new int[batchSize * seqLen], batchSize, seqLen);
    }
    return sourceFrom;
  }

  /** (B, T) i32: one past the last position of the encoder's output that each query sees. */
  Tensor sourceTo() {
    if (sourceTo == null) {
      int[] ends = new int[batchSize * seqLen];
      Arrays.setAll(ends, i -> sourceLengths[i / seqLen]);
      sourceTo = scope.ints(ends, batchSize, seqLen);
    }
    return sourceTo;
  }

  private static int[] sourceLengths(
      @Nullable Encoded encoded, @Nullable KvCache cache, int batchSize) {
    if (encoded == null) {
      return cache == null ? new int[0] : cache.sourceLengths();
    }
    if (encoded.lengths().length != batchSize) {
      throw new IllegalArgumentException(
          "encoded: must hold %d sequences, got %d".formatted(batchSize, encoded.lengths().length));
    }
    if (cache != null) {
      cache.beginSource(encoded.lengths());
    }
    return encoded.lengths();
  }

  /** The column of each distance between keys and queries of this pass, sorted into buckets. */
  RelativeColumns relativeColumns(RelativeBuckets buckets) {
    return relativeColumns.computeIfAbsent(
        buckets, b -> RelativeColumns.of(scope, seqLen, totalLen(), b::of));
  }

  /**
   * Tokens (B) of each sequence before the padding on the right, of a pass in both directions.
   *
   * @throws IllegalStateException in a pass that looks back only
   */
  public int[] lengths() {
    if (lengths == null) {
      throw new IllegalStateException("pass: an encoder looks in both directions; give lengths");
    }
    return lengths;
  }

  /** (B, T) i32: 1 for tokens, 0 for the padding on the right of a pass in both directions. */
  public Tensor mask() {
    int[] mask = new int[batchSize * seqLen];
    Arrays.setAll(mask, i -> lengths == null || i % seqLen < lengths[i / seqLen] ? 1 : 0);
    return scope.ints(mask, batchSize, seqLen);
  }

  /** Whether a sequence of a pass in both directions is shorter than the pass. */
  public boolean isPadded() {
    return lengths != null && Arrays.stream(lengths).anyMatch(length -> length < seqLen);
  }

  /**
   * Lets the routers of mixtures of experts leave their logits here, for the loss that balances
   * them. Blocks then keep their insides even in a pass that would compute them again.
   */
  public void keepRouterLogits() {
    keepsRouterLogits = true;
  }

  /** Whether {@link #keepRouterLogits} was called. */
  boolean keepsRouterLogits() {
    return keepsRouterLogits;
  }

  /** Takes the logits (B T, X) of a layer's router if they are wanted. */
  void addRouterLogits(Tensor logits) {
    if (keepsRouterLogits) {
      routerLogits.add(logits);
    }
  }

  /** The logits (B T, X) of each router of this pass, in order. */
  public List<Tensor> routerLogits() {
    return List.copyOf(routerLogits);
  }

  /** (B, T) i32: 0 for tokens that are padding on the left; null if there are none. */
  public @Nullable Tensor paddingMask() {
    int[] mask = new int[batchSize * seqLen];
    Arrays.setAll(mask, i -> pastLen() + i % seqLen < firstKeys[i] ? 0 : 1);
    boolean padded = Arrays.stream(mask).anyMatch(seen -> seen == 0);
    return padded ? scope.ints(mask, batchSize, seqLen) : null;
  }

  /** The angles by which this rope turns the positions of this pass. */
  public Rotation rotation(Rope rope) {
    return rotations.computeIfAbsent(rope, r -> r.rotation(this));
  }

  /**
   * The same vectors with zeros for padding on the left, which a recurrent layer must not see.
   *
   * @param x (B, T, D)
   * @throws IllegalArgumentException if documents are packed into one sequence: their states would
   *     run into each other
   */
  public Tensor withoutPadding(Tensor x) {
    float[] seen = new float[firstKeys.length];
    boolean padded = false;
    for (int i = 0; i < seen.length; i++) {
      if (firstKeys[i] != firstKeys[i - i % seqLen]) {
        throw new IllegalArgumentException(
            "pass: recurrent layers take one document a sequence, got keys from %d and from %d"
                .formatted(firstKeys[i - i % seqLen], firstKeys[i]));
      }
      boolean isPadding = pastLen() + i % seqLen < firstKeys[i];
      seen[i] = isPadding ? 0 : 1;
      padded |= isPadding;
    }
    return padded ? Ops.multiply(x, scope.floats(seen, batchSize, seqLen, 1)) : x;
  }

  /**
   * (B, T) i32: one past the last key that each query sees when it looks window - 1 keys ahead at
   * most, in a pass in both directions; 0 for no bound.
   */
  public Tensor keyTo(int window) {
    return keyTo(window, 0);
  }

  /** The same, of keys that are counted from this position on. */
  Tensor keyTo(int window, int from) {
    int bound = lengths == null ? NO_WINDOW : window;
    return keyTo.computeIfAbsent(new Look(bound, from), this::windowEnds);
  }

  /**
   * (B, T) i32: the first key that each query sees when it looks back over window keys at most,
   * itself included; 0 for all.
   */
  public Tensor keyFrom(int window) {
    return keyFrom(window, 0);
  }

  /** The same, of keys that are counted from this position on. */
  Tensor keyFrom(int window, int from) {
    return keyFrom.computeIfAbsent(new Look(window, from), this::windowStarts);
  }

  private Tensor windowStarts(Look look) {
    int[] starts = firstKeys.clone();
    for (int i = 0; i < starts.length; i++) {
      if (look.window != NO_WINDOW) {
        int own = pastLen() + i % seqLen;
        starts[i] = Math.max(starts[i], own - look.window + 1);
      }
      starts[i] = Math.max(0, starts[i] - look.from);
    }
    return scope.ints(starts, batchSize, seqLen);
  }

  private Tensor windowEnds(Look look) {
    int[] ends = new int[batchSize * seqLen];
    for (int i = 0; i < ends.length; i++) {
      int own = pastLen() + i % seqLen;
      if (lengths == null) {
        ends[i] = own + 1;
      } else {
        int length = lengths[i / seqLen];
        ends[i] = look.window == NO_WINDOW ? length : Math.min(length, own + look.window);
      }
      ends[i] -= look.from;
    }
    return scope.ints(ends, batchSize, seqLen);
  }

  /** Counts from the first key that each token sees; 0 on padding. */
  private int[] countedPositions() {
    int[] counted = new int[batchSize * seqLen];
    Arrays.setAll(counted, i -> Math.max(0, pastLen() + i % seqLen - firstKeys[i]));
    return counted;
  }
}
