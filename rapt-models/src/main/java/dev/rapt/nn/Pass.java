package dev.rapt.nn;

import dev.rapt.autograd.Tape;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass of a model over a batch of tokens: positions, visible keys, KV cache, dropout
 * seed. Its tensors live in the scope of the token ids.
 *
 * <p>A ragged pass runs sequences of different lengths, each with a KV cache of its own, as one row
 * of tokens (1, N). What looks at single tokens runs over all of them at once; what looks at other
 * positions runs over each {@link RaggedPart} by itself.
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
  private final int numPositions;
  private final int currentLen;
  private final boolean stepwise;
  private final @Nullable KvCache cache;
  private final float dropoutScale;
  private final long dropoutSeed;
  private final boolean gradientCheckpointing;
  private final @Nullable Consumer<Tensor> observer;
  private final List<RaggedPart> parts;
  private final Map<PassValue<?>, Object> values = new HashMap<>();
  private final List<Tensor> routerLogits = new ArrayList<>();
  private boolean keepsRouterLogits;

  private Pass(Builder builder) {
    parts = List.of();
    scope = builder.scope;
    batchSize = builder.batchSize;
    seqLen = builder.seqLen;
    cache = builder.cache;
    tokenTypes = builder.tokenTypes;
    globalTokens = builder.globalTokens;
    encoderContext = new EncoderContext(scope, batchSize, seqLen, builder.encoderOutput, cache);
    int[] firstKeys = builder.firstKeys == null ? new int[batchSize * seqLen] : builder.firstKeys;
    keys =
        new VisibleKeys(
            scope, batchSize, seqLen, pastLen(), firstKeys, builder.lengths, builder.lastKeys);
    positions = builder.positions == null ? keys.countedPositions() : builder.positions;
    numPositions = Arrays.stream(positions).max().orElse(-1) + 1;
    currentLen = Math.max(builder.currentLen, numPositions);
    stepwise = builder.stepwise;
    dropoutScale = builder.training ? 1 : 0;
    // layers of the same index in encoder and decoder must get different seeds
    dropoutSeed = builder.encoderOutput == null ? builder.dropoutSeed : ~builder.dropoutSeed;
    if (builder.training && scope instanceof Tape tape) {
      tape.setDropoutSeed(dropoutSeed); // for low-rank updates of linear layers
    }
    gradientCheckpointing = builder.gradientCheckpointing;
    observer = builder.observer;
  }

  private Pass(Tensor ids, List<RaggedPart> parts) {
    this.parts = List.copyOf(parts);
    scope = ids.scope();
    batchSize = 1;
    seqLen = Math.toIntExact(ids.dim(1));
    cache = null;
    stepwise = false;
    tokenTypes = null;
    globalTokens = null;
    encoderContext = new EncoderContext(scope, batchSize, seqLen, null, null);
    keys = new VisibleKeys(scope, batchSize, seqLen, 0, new int[seqLen], null, null);
    positions = parts.stream().flatMapToInt(p -> Arrays.stream(p.pass().positions)).toArray();
    numPositions = Arrays.stream(positions).max().orElse(-1) + 1;
    currentLen = numPositions;
    dropoutScale = 0;
    dropoutSeed = 0;
    gradientCheckpointing = false;
    observer = null;
  }

  /**
   * Creates a ragged pass over the tokens of several sequences. It is not for training.
   *
   * @param ids (1, N), the new tokens of one sequence after those of another
   * @param caches KV cache of each sequence, which it continues and to which it appends
   * @param lengths new tokens of each sequence, at least 1; their sum is N
   */
  public static Pass ragged(Tensor ids, List<KvCache> caches, int... lengths) {
    return ragged(ids, caches, lengths, new int[lengths.length]);
  }

  /**
   * As the other {@code ragged}, for prompts that are read in chunks.
   *
   * @param currentLens length of each sequence with what is still to be read of its prompt, on
   *     which RoPE scalings depend; 0 for its length after this pass
   */
  public static Pass ragged(Tensor ids, List<KvCache> caches, int[] lengths, int[] currentLens) {
    ids.requireShape("ids", 1, Arrays.stream(lengths).sum());
    List<RaggedPart> parts = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < lengths.length; i++) {
      Tensor own = RaggedPart.rows(ids.reshape(1, -1, 1), from, lengths[i]).reshape(1, -1);
      Builder pass = over(own).cache(caches.get(i)).currentLen(currentLens[i]);
      parts.add(new RaggedPart(from, pass.build()));
      from += lengths[i];
    }
    return new Pass(ids, parts);
  }

  /** Starts building a causal pass over token ids (B, T), whose positions count from 0. */
  public static Builder over(Tensor ids) {
    return new Builder(ids);
  }

  /** Builds a pass. */
  public static final class Builder {
    private final Scope scope;
    private final int batchSize;
    private final int seqLen;
    private int @Nullable [] positions;
    private int @Nullable [] firstKeys;
    private int @Nullable [] lengths;
    private int @Nullable [] lastKeys;
    private int @Nullable [] tokenTypes;
    private int @Nullable [] globalTokens;
    private @Nullable EncoderOutput encoderOutput;
    private int currentLen;
    private boolean stepwise;
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

    /**
     * Sets the positions (B, T) of the tokens, which by default count from the first key that each
     * token sees.
     */
    public Builder positions(int[] values) {
      positions = checked("positions", values);
      return this;
    }

    /**
     * Sets the first key (B, T) that each token sees: the length of left padding, or the start of
     * the document in packed sequences. Keys are counted from the start of the cache.
     */
    public Builder firstKeys(int[] values) {
      firstKeys = checked("firstKeys", values);
      return this;
    }

    /**
     * Makes the pass bidirectional, as encoders read: every token sees its whole sequence. Not for
     * passes with a cache.
     *
     * @param lengthOfEach (B) length of each sequence, without right padding
     */
    public Builder bidirectional(int[] lengthOfEach) {
      if (lengthOfEach.length != batchSize) {
        throw new IllegalArgumentException(
            "lengths: must hold %d numbers, got %d".formatted(batchSize, lengthOfEach.length));
      }
      lengths = lengthOfEach;
      return this;
    }

    /**
     * Separates the documents that are packed into the sequences of a bidirectional pass: each
     * token sees its own document, and positions count from its beginning.
     *
     * @param starts (B, T) first token of the document of each token, as an index in its sequence
     * @param ends (B, T) end of that document, exclusive
     */
    public Builder documents(int[] starts, int[] ends) {
      firstKeys = checked("starts", starts);
      lastKeys = checked("ends", ends);
      return this;
    }

    /** Sets the segment (token type) ids (B, T); by default they are 0. */
    public Builder tokenTypes(int[] values) {
      tokenTypes = checked("tokenTypes", values);
      return this;
    }

    /**
     * Marks (B, T) the global tokens of sliding-window attention, which attend to all tokens and
     * are attended to by all: 1 for global, 0 for others.
     */
    public Builder globalTokens(int[] marks) {
      globalTokens = checked("globalTokens", marks);
      return this;
    }

    /**
     * Sets the encoder output, for the decoder of an encoder-decoder. With a cache, only the first
     * pass needs it.
     */
    public Builder encoderOutput(EncoderOutput output) {
      encoderOutput = output;
      return this;
    }

    /** Continues after the positions of this KV cache and appends to it. */
    public Builder cache(KvCache past) {
      cache = past;
      return this;
    }

    /**
     * Sets the length of the longest sequence of the whole batch where this pass covers only a part
     * of it. RoPE scalings that depend on the length use it.
     */
    public Builder currentLen(int positionsOfLongest) {
      currentLen = positionsOfLongest;
      return this;
    }

    /**
     * Computes each token as a pass of its own would: RoPE scalings that depend on the length use
     * the length up to that token. For batches of one sequence.
     */
    public Builder stepwise() {
      stepwise = true;
      return this;
    }

    /** Turns dropout on, with this seed. */
    public Builder training(long seed) {
      training = true;
      dropoutSeed = seed;
      return this;
    }

    /**
     * Turns gradient checkpointing on or off: only the residual stream between blocks is kept, the
     * inside of blocks is recomputed in the backward pass.
     */
    public Builder gradientCheckpointing(boolean on) {
      gradientCheckpointing = on;
      return this;
    }

    /**
     * Sets an observer of the residual stream (B, T, D): it gets the embeddings, then the output of
     * each block.
     */
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

    /** Returns the pass. */
    public Pass build() {
      return new Pass(this);
    }
  }

  /**
   * Returns the causal pass of a decoder behind the encoder of this pass, with its dropout and
   * gradient checkpointing.
   *
   * @param ids (B, T) input of the decoder
   * @param output output of the encoder
   */
  public Pass decoding(Tensor ids, EncoderOutput output) {
    Builder builder = over(ids).encoderOutput(output).gradientCheckpointing(gradientCheckpointing);
    builder.training = dropoutScale > 0;
    builder.dropoutSeed = dropoutSeed;
    return builder.build();
  }

  /** Returns whether this pass runs sequences that have a KV cache each; see {@link #parts}. */
  public boolean isRagged() {
    return !parts.isEmpty();
  }

  /** Returns the sequences of a ragged pass; none of another pass. */
  public List<RaggedPart> parts() {
    return parts;
  }

  /**
   * Runs a layer over each sequence of a ragged pass by itself.
   *
   * @param x (1, N, D)
   * @param layer maps (1, T, D) of one sequence and its pass to (1, T, D')
   * @return (1, N, D')
   */
  public Tensor eachSequence(Tensor x, BiFunction<Tensor, Pass, Tensor> layer) {
    return RaggedPart.join(scope, parts, part -> layer.apply(part.rows(x), part.pass()), seqLen);
  }

  /**
   * Refuses a ragged pass, in which a layer must look at one sequence at a time.
   *
   * @throws IllegalStateException in a ragged pass
   */
  private void requireNotRagged() {
    if (isRagged()) {
      throw new IllegalStateException(
          "pass: this layer must run over each sequence of a ragged pass by itself; use eachSequence");
    }
  }

  /** Returns the scope of the pass's tensors. */
  public Scope scope() {
    return scope;
  }

  /** Returns B, the batch size. */
  public int batchSize() {
    return batchSize;
  }

  /** Returns T, the number of new tokens of each sequence, padding included. */
  public int seqLen() {
    return seqLen;
  }

  /** Returns the number of earlier positions, held in the KV cache. */
  public int pastLen() {
    requireNotRagged();
    return cache == null ? 0 : cache.length();
  }

  /** Returns S, the number of past and new positions. */
  public int totalLen() {
    return pastLen() + seqLen;
  }

  /** Returns the positions (B, T) for position embeddings. */
  public int[] positions() {
    return positions;
  }

  /** Returns the number of positions of the longest row so far, without left padding. */
  public int numPositions() {
    return numPositions;
  }

  /** Returns the current length of the longest sequence of the batch. */
  public int currentLen() {
    return currentLen;
  }

  /** Returns whether each token is computed as a pass of its own would compute it. */
  public boolean isStepwise() {
    return stepwise;
  }

  /** Returns the KV cache to read and extend, or null. */
  public @Nullable KvCache cache() {
    requireNotRagged();
    return cache;
  }

  /**
   * Returns whether gradient checkpointing is on: the inside of blocks is recomputed in the
   * backward pass.
   */
  public boolean gradientCheckpointing() {
    return gradientCheckpointing;
  }

  /** Returns the dropout probability of this pass: the configured one in training, else 0. */
  public float dropout(float configured) {
    return configured * dropoutScale;
  }

  /** Returns the dropout seed of a place in the model, the same at every call in this pass. */
  public long dropoutSeed(int layer, int site) {
    return dropoutSeed * 0x9E3779B97F4A7C15L + (layer + 1L) * 0x632BE59BD9B4E019L + site;
  }

  /** Shows the residual stream (B, T, D) to the observer, if there is one. */
  public void observe(Tensor x) {
    if (observer != null) {
      observer.accept(x);
    }
  }

  /** Returns whether there is an observer, which may keep the tensors it gets. */
  public boolean isObserved() {
    return observer != null;
  }

  /** Returns the segment (token type) ids (B, T), or null where all are 0. */
  public int @Nullable [] tokenTypes() {
    return tokenTypes;
  }

  /**
   * Returns the marks (B, T) of global tokens: 1 for global, 0 for others; null without global
   * tokens.
   */
  public int @Nullable [] globalTokens() {
    return globalTokens;
  }

  /** Returns the encoder output and which of its positions each query sees. */
  public EncoderContext encoderContext() {
    requireNotRagged();
    return encoderContext;
  }

  /** Returns a value that depends on this pass alone, computed at the first call and then kept. */
  @SuppressWarnings("unchecked") // each key maps to what it computed itself
  public <T> T value(PassValue<T> key) {
    return (T) values.computeIfAbsent(key, k -> k.compute(this));
  }

  /**
   * Returns the length (B) of each sequence of a bidirectional pass, without right padding.
   *
   * @throws IllegalStateException in a causal pass
   */
  public int[] lengths() {
    return keys.lengths();
  }

  /**
   * Returns the mask (B, T) i32 of right padding, in a bidirectional pass: 1 for tokens, 0 for
   * padding.
   */
  public Tensor rightPaddingMask() {
    return keys.rightMask();
  }

  /** Returns whether a bidirectional pass has right padding. */
  public boolean isPadded() {
    return keys.isPaddedOnTheRight();
  }

  /**
   * Makes the routers of mixtures of experts record their logits here, for the load-balancing loss.
   * This turns gradient checkpointing off.
   */
  public void keepRouterLogits() {
    keepsRouterLogits = true;
  }

  /** Returns whether {@link #keepRouterLogits} was called. */
  public boolean keepsRouterLogits() {
    return keepsRouterLogits;
  }

  /**
   * Records the logits (B T, X) of a layer's router, after {@link #keepRouterLogits}; else does
   * nothing.
   */
  public void addRouterLogits(Tensor logits) {
    if (keepsRouterLogits) {
      routerLogits.add(logits);
    }
  }

  /** Returns the logits (B T, X) of each router of this pass, in order. */
  public List<Tensor> routerLogits() {
    return List.copyOf(routerLogits);
  }

  /**
   * Returns the mask (B, T) i32 of left padding: 1 for tokens, 0 for padding; null without padding.
   */
  public @Nullable Tensor leftPaddingMask() {
    requireNotRagged();
    return keys.leftMask();
  }

  /**
   * Returns x with zeros at left padding, which must not enter a recurrent state.
   *
   * @param x (B, T, D)
   * @throws IllegalArgumentException if a sequence packs several documents, whose states would mix
   */
  public Tensor zeroPadding(Tensor x) {
    requireNotRagged();
    return keys.zeroPadding(x);
  }

  /**
   * Returns the end (exclusive) of the keys that each query sees, (B, T) i32. In a bidirectional
   * pass, a query looks at most {@code window - 1} keys ahead; 0 for no limit.
   */
  public Tensor keyTo(int window) {
    return keyTo(window, 0);
  }

  /** Returns {@link #keyTo(int)} relative to the position {@code from}. */
  public Tensor keyTo(int window, int from) {
    requireNotRagged();
    return keys.to(window, from);
  }

  /**
   * Returns the first key that each query sees, (B, T) i32, with a sliding window of {@code window}
   * keys, the query's own included; 0 for all keys.
   */
  public Tensor keyFrom(int window) {
    return keyFrom(window, 0);
  }

  /** Returns {@link #keyFrom(int)} relative to the position {@code from}. */
  public Tensor keyFrom(int window, int from) {
    requireNotRagged();
    return keys.from(window, from);
  }

  /**
   * Returns the first key that each query sees, (B, T) i32, with chunked attention in chunks of
   * {@code size} keys, relative to the position {@code from}.
   */
  public Tensor chunkFrom(int size, int from) {
    requireNotRagged();
    return keys.chunkFrom(size, from);
  }
}
