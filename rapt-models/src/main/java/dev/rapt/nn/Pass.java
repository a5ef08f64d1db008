package dev.rapt.nn;

import dev.rapt.nn.cache.KvCache;
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
 */
public final class Pass {
  private final Scope scope;
  private final int batchSize;
  private final int seqLen;
  private final int[] positions;
  private final VisibleKeys keys;
  private final EncoderContext encoderContext;
  private final int @Nullable [] tokenTypes;
  private final int @Nullable [] globalTokens;
  private final int currentLen;
  private final @Nullable KvCache cache;
  private final float dropoutScale;
  private final long dropoutSeed;
  private final boolean gradientCheckpointing;
  private final @Nullable Consumer<Tensor> observer;
  private final Map<PassValue<?>, Object> values = new HashMap<>();
  private final List<Tensor> routerLogits = new ArrayList<>();
  private boolean keepsRouterLogits;

  private Pass(Builder builder) {
    scope = builder.scope;
    batchSize = builder.batchSize;
    seqLen = builder.seqLen;
    cache = builder.cache;
    tokenTypes = builder.tokenTypes;
    globalTokens = builder.globalTokens;
    encoderContext = new EncoderContext(scope, batchSize, seqLen, builder.encoderOutput, cache);
    int[] firstKeys = builder.firstKeys == null ? new int[batchSize * seqLen] : builder.firstKeys;
    keys = new VisibleKeys(scope, batchSize, seqLen, pastLen(), firstKeys, builder.lengths);
    positions = builder.positions == null ? keys.countedPositions() : builder.positions;
    int longest = Arrays.stream(positions).max().orElse(-1) + 1;
    currentLen = Math.max(builder.currentLen, longest);
    dropoutScale = builder.training ? 1 : 0;
    // a decoder and its encoder, which have layers of the same numbers, drop apart
    dropoutSeed = builder.encoderOutput == null ? builder.dropoutSeed : ~builder.dropoutSeed;
    gradientCheckpointing = builder.gradientCheckpointing;
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
    private @Nullable EncoderOutput encoderOutput;
    private int currentLen;
    private @Nullable KvCache cache;
    private boolean training;
    private long dropoutSeed;
    private boolean gradientCheckpointing;
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
    public Builder encoderOutput(EncoderOutput output) {
      encoderOutput = output;
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
    public Builder gradientCheckpointing(boolean on) {
      gradientCheckpointing = on;
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
  public boolean gradientCheckpointing() {
    return gradientCheckpointing;
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
  public boolean isObserved() {
    return observer != null;
  }

  /** The segments (B, T) of the tokens, or null where all are of the first. */
  public int @Nullable [] tokenTypes() {
    return tokenTypes;
  }

  /** Marks (B, T): 1 for tokens that see all and that all see; null where there are none. */
  public int @Nullable [] globalTokens() {
    return globalTokens;
  }

  /** The encoder's output, for the decoder of an encoder-decoder. */
  public EncoderContext encoderContext() {
    return encoderContext;
  }

  /** A value that follows from this pass alone, computed at the first call and then kept. */
  @SuppressWarnings("unchecked") // each key maps to what it computed itself
  public <T> T value(PassValue<T> key) {
    return (T) values.computeIfAbsent(key, k -> k.compute(this));
  }

  /**
   * Tokens (B) of each sequence before the padding on the right, of a pass in both directions.
   *
   * @throws IllegalStateException in a pass that looks back only
   */
  public int[] lengths() {
    return keys.lengths();
  }

  /** (B, T) i32: 1 for tokens, 0 for the padding on the right of a pass in both directions. */
  public Tensor rightPaddingMask() {
    return keys.rightMask();
  }

  /** Whether a sequence of a pass in both directions is shorter than the pass. */
  public boolean isPadded() {
    return keys.isPaddedOnTheRight();
  }

  /**
   * Lets the routers of mixtures of experts leave their logits here, for the loss that balances
   * them. Blocks then keep their insides even in a pass that would compute them again.
   */
  public void keepRouterLogits() {
    keepsRouterLogits = true;
  }

  /** Whether {@link #keepRouterLogits} was called. */
  public boolean keepsRouterLogits() {
    return keepsRouterLogits;
  }

  /** Takes the logits (B T, X) of a layer's router if they are wanted. */
  public void addRouterLogits(Tensor logits) {
    if (keepsRouterLogits) {
      routerLogits.add(logits);
    }
  }

  /** The logits (B T, X) of each router of this pass, in order. */
  public List<Tensor> routerLogits() {
    return List.copyOf(routerLogits);
  }

  /** (B, T) i32: 0 for tokens that are padding on the left; null if there are none. */
  public @Nullable Tensor leftPaddingMask() {
    return keys.leftMask();
  }

  /**
   * The same vectors with zeros for padding on the left, which a recurrent layer must not see.
   *
   * @param x (B, T, D)
   * @throws IllegalArgumentException if documents are packed into one sequence: their states would
   *     run into each other
   */
  public Tensor zeroPadding(Tensor x) {
    return keys.zeroPadding(x);
  }

  /**
   * (B, T) i32: one past the last key that each query sees when it looks window - 1 keys ahead at
   * most, in a pass in both directions; 0 for no bound.
   */
  public Tensor keyTo(int window) {
    return keyTo(window, 0);
  }

  /** The same, of keys that are counted from this position on. */
  public Tensor keyTo(int window, int from) {
    return keys.to(window, from);
  }

  /**
   * (B, T) i32: the first key that each query sees when it looks back over window keys at most,
   * itself included; 0 for all.
   */
  public Tensor keyFrom(int window) {
    return keyFrom(window, 0);
  }

  /** The same, of keys that are counted from this position on. */
  public Tensor keyFrom(int window, int from) {
    return keys.from(window, from);
  }

  /**
   * (B, T) i32: the first key that each query sees when it looks back to the last multiple of this
   * size, of keys that are counted from a position on.
   */
  public Tensor chunkFrom(int size, int from) {
    return keys.chunkFrom(size, from);
  }
}
