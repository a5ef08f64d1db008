package dev.rapt.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.rapt.kernel.AttentionCall.KeyBits;
import dev.rapt.kernel.AttentionCall.RelativeTerm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** A call of attention with random inputs and room for all that is computed. */
public final class AttentionCase {
  /** Which keys a query sees; P = S - T keys lie before the first query. */
  public enum Mask {
    CAUSAL,
    /** Causal, at most 5 keys back. */
    WINDOW,
    /** At most 3 keys to either side. */
    TWO_SIDED_WINDOW,
    /** Causal, and the first third of the keys are padding that sees nothing and is not seen. */
    LEFT_PADDING,
    /** Causal within documents of 1 to 9 positions. */
    PACKED,
    /** All keys but the last third, which are padding. */
    RIGHT_PADDING,
    /** All keys. */
    FULL,
    /** Any interval, empty ones among them, in no order. */
    ARBITRARY
  }

  /** What a call may have besides. */
  public enum Feature {
    ALIBI,
    SINKS,
    /** A term with a row for each query. */
    BY_QUERY,
    /** A term with a row for each key. */
    BY_KEY,
    /** A term whose rows are one. */
    BY_DISTANCE,
    /** Another, as the term by key. */
    BY_DISTANCE_TOO,
    /** Half of the keys, others for each head and sequence. */
    BITS,
    /** A key in 40, the same for all. */
    FEW_BITS,
    /** Inputs lie between others, as in a fused projection or a cache with room for more. */
    FUSED_MEMORY
  }

  /** Sizes and options; {@link #sizes} gives those that are not set. */
  public record Spec(
      int B,
      int T,
      int S,
      int H,
      int G,
      int E,
      int V,
      Mask mask,
      float dropout,
      float softCap,
      float magnitude,
      Set<Feature> features) {
    public static Spec sizes(int B, int T, int S, int H, int G, int E) {
      return new Spec(B, T, S, H, G, E, E, Mask.CAUSAL, 0, 0, 1, Set.of());
    }

    public Spec valueDim(int width) {
      return new Spec(B, T, S, H, G, E, width, mask, dropout, softCap, magnitude, features);
    }

    public Spec mask(Mask other) {
      return new Spec(B, T, S, H, G, E, V, other, dropout, softCap, magnitude, features);
    }

    public Spec dropout(float probability) {
      return new Spec(B, T, S, H, G, E, V, mask, probability, softCap, magnitude, features);
    }

    public Spec softCap(float cap) {
      return new Spec(B, T, S, H, G, E, V, mask, dropout, cap, magnitude, features);
    }

    public Spec magnitude(float deviation) {
      return new Spec(B, T, S, H, G, E, V, mask, dropout, softCap, deviation, features);
    }

    public Spec with(Feature... others) {
      Set<Feature> all = new TreeSet<>(features);
      all.addAll(List.of(others));
      return new Spec(B, T, S, H, G, E, V, mask, dropout, softCap, magnitude, all);
    }

    boolean has(Feature feature) {
      return features.contains(feature);
    }
  }

  public final Spec spec;
  public final AttentionCall call;
  public final HeadView q, k, v, out, dOut, dQ, dK, dV;
  public final MemorySegment logSumExp;

  /** (B, H, T). */
  public final MemorySegment dSinks;

  /** (B, H, rows, N). */
  public final MemorySegment dByQuery, dByKey;

  private final Random random;

  public AttentionCase(Arena arena, Spec spec, long seed) {
    this.spec = spec;
    random = new Random(seed);
    int B = spec.B, T = spec.T, S = spec.S, H = spec.H, G = spec.G, E = spec.E, V = spec.V;
    q = view(arena, T, H, E, spec.magnitude);
    k = view(arena, S, G, E, spec.magnitude);
    v = view(arena, S, G, V, 1);
    dOut = view(arena, T, H, V, 1);
    // What is written starts as noise, so that a place left out is noticed.
    out = view(arena, T, H, V, 1);
    dQ = view(arena, T, H, E, 1);
    dK = view(arena, S, G, E, 1);
    dV = view(arena, S, G, V, 1);
    logSumExp = arena.allocate(4L * B * H * T, 64);
    dSinks = normal(arena, B * H * T, 1);
    RelativeTerm byQuery =
        spec.has(Feature.BY_QUERY)
            ? term(arena, B, T, 12, d -> Math.clamp(d, -5, 6) + 5)
            : spec.has(Feature.BY_DISTANCE) ? term(arena, 1, 1, 9, d -> Math.floorMod(d, 9)) : null;
    RelativeTerm byKey =
        spec.has(Feature.BY_KEY)
            ? term(arena, B, S, 7, d -> Math.clamp(-d, -3, 3) + 3)
            : spec.has(Feature.BY_DISTANCE_TOO)
                ? term(arena, 1, 1, 40, d -> Math.min(39, 3 * Math.abs(d)))
                : null;
    dByQuery = normal(arena, tableSize(byQuery), 1);
    dByKey = normal(arena, tableSize(byKey), 1);
    call =
        new AttentionCall(
            new AttentionCall.Sizes(B, T, S, H, G, E, V),
            mask(arena),
            new AttentionCall.Scoring(
                (float) (1 / Math.sqrt(E)),
                spec.softCap,
                spec.has(Feature.ALIBI) ? alibiSlopes(arena) : null,
                spec.has(Feature.SINKS) ? normal(arena, H, 2) : null,
                byQuery,
                byKey),
            new AttentionCall.Dropout(spec.dropout, 0x1234_5678_9abc_def0L));
  }

  private RelativeTerm term(
      Arena arena, int numBatches, int numRows, int numColumns, IntUnaryOperator column) {
    int size = spec.H * numRows * numColumns;
    MemorySegment columns = arena.allocate(4L * (spec.S + spec.T + 3), 64);
    int origin = spec.S + 1; // more than is needed, on both sides
    for (int n = 0; n < spec.S + spec.T + 3; n++) {
      columns.setAtIndex(JAVA_INT, n, column.applyAsInt(n - origin));
    }
    return new RelativeTerm(
        normal(arena, numBatches * size, 1),
        numBatches == 1 ? 0 : size,
        numRows,
        numColumns,
        columns,
        origin);
  }

  private int tableSize(@Nullable RelativeTerm term) {
    return term == null ? 0 : spec.B * spec.H * term.numRows() * term.numColumns();
  }

  private @Nullable KeyBits bits(Arena arena) {
    if (!spec.has(Feature.BITS) && !spec.has(Feature.FEW_BITS)) {
      return null;
    }
    int words = KeyBits.words(spec.S), numRows = spec.has(Feature.BITS) ? spec.B * spec.H : 1;
    MemorySegment memory = arena.allocate(8L * numRows * spec.T * words, 64);
    for (int n = 0; n < numRows * spec.T; n++) {
      for (int j = 0; j < spec.S; j++) {
        if (random.nextInt(spec.has(Feature.BITS) ? 2 : 40) == 0) {
          long word = (long) n * words + j / 64;
          memory.setAtIndex(JAVA_LONG, word, memory.getAtIndex(JAVA_LONG, word) | 1L << (j % 64));
        }
      }
    }
    long headStride = (long) spec.T * words;
    return spec.has(Feature.BITS)
        ? new KeyBits(memory, spec.H * headStride, headStride)
        : new KeyBits(memory, 0, 0);
  }

  private MemorySegment alibiSlopes(Arena arena) {
    MemorySegment slopes = arena.allocate(4L * spec.H, 64);
    for (int h = 0; h < spec.H; h++) {
      slopes.setAtIndex(JAVA_FLOAT, h, (float) Math.pow(2, -8.0 * (h + 1) / spec.H));
    }
    return slopes;
  }

  private AttentionCall.Mask mask(Arena arena) {
    int B = spec.B, T = spec.T, S = spec.S;
    MemorySegment keyFrom = arena.allocate(4L * B * T, 64);
    MemorySegment keyTo = arena.allocate(4L * B * T, 64);
    for (int b = 0; b < B; b++) {
      int padding = spec.mask == Mask.LEFT_PADDING ? (S * (b + 1)) / (3 * B) : 0;
      int document = 0;
      for (int i = 0; i < T; i++) {
        int own = S - T + i;
        if (random.nextInt(9) == 0) {
          document = own;
        }
        int first =
            switch (spec.mask) {
              case CAUSAL, FULL, RIGHT_PADDING -> 0;
              case WINDOW -> Math.max(0, own - 4);
              case TWO_SIDED_WINDOW -> Math.max(0, own - 3);
              case LEFT_PADDING -> padding;
              case PACKED -> document;
              case ARBITRARY -> random.nextInt(S);
            };
        int end =
            switch (spec.mask) {
              case CAUSAL, WINDOW, PACKED -> own + 1;
              case TWO_SIDED_WINDOW -> Math.min(S, own + 4);
              case LEFT_PADDING -> Math.max(padding, own + 1);
              case RIGHT_PADDING -> S - S / 3;
              case FULL -> S;
              case ARBITRARY -> random.nextInt(4) == 0 ? first : first + random.nextInt(S - first);
            };
        keyFrom.setAtIndex(JAVA_INT, (long) b * T + i, first);
        keyTo.setAtIndex(JAVA_INT, (long) b * T + i, end);
      }
    }
    return new AttentionCall.Mask(keyFrom, keyTo, bits(arena));
  }

  private AttentionKernel.Inputs inputs() {
    return new AttentionKernel.Inputs(q, k, v);
  }

  private AttentionKernel.Results results() {
    return new AttentionKernel.Results(out, logSumExp);
  }

  private AttentionKernel.Gradients gradients() {
    return new AttentionKernel.Gradients(
        dQ,
        dK,
        dV,
        spec.has(Feature.SINKS) ? dSinks : null,
        call.scoring().byQuery() == null ? null : dByQuery,
        call.scoring().byKey() == null ? null : dByKey);
  }

  private AttentionKernel.BackwardOperands operands() {
    return new AttentionKernel.BackwardOperands(inputs(), results(), dOut, gradients());
  }

  /** Runs the forward pass, the tasks in several calls as several threads would. */
  public AttentionCase forward(AttentionKernel kernel) {
    int tasks = kernel.forwardTasks(call);
    int middle = tasks / 2;
    kernel.forward(call, inputs(), results(), middle, tasks);
    kernel.forward(call, inputs(), results(), 0, middle);
    return this;
  }

  /** Runs the backward pass, likewise. */
  public AttentionCase backward(AttentionKernel kernel) {
    int tasks = kernel.backwardTasks(call);
    int middle = tasks / 2;
    AttentionKernel.BackwardOperands operands = operands();
    kernel.backward(call, operands, middle, tasks);
    kernel.backward(call, operands, 0, middle);
    return this;
  }

  /** Runs the backward pass, one task at a time from the last to the first. */
  public AttentionCase backwardOneByOne(AttentionKernel kernel) {
    for (int task = kernel.backwardTasks(call) - 1; task >= 0; task--) {
      kernel.backward(call, operands(), task, task + 1);
    }
    return this;
  }

  /** The elements of a view in the order (B, positions, heads, width). */
  public float[] values(HeadView view) {
    int length = length(view), heads = heads(view), width = width(view);
    float[] values = new float[spec.B * length * heads * width];
    int n = 0;
    for (int b = 0; b < spec.B; b++) {
      for (int t = 0; t < length; t++) {
        for (int h = 0; h < heads; h++) {
          for (int e = 0; e < width; e++) {
            values[n++] = view.memory().getAtIndex(JAVA_FLOAT, view.index(b, t, h, width) + e);
          }
        }
      }
    }
    return values;
  }

  public float[] logSumExps() {
    return logSumExp.toArray(JAVA_FLOAT);
  }

  /** Elements of the memory of a view that belong to no head, in order. */
  public float[] gaps(HeadView view) {
    int length = length(view), heads = heads(view), width = width(view);
    MemorySegment copy =
        Arena.ofAuto().allocate(view.memory().byteSize(), 4).copyFrom(view.memory());
    for (int b = 0; b < spec.B; b++) {
      for (int t = 0; t < length; t++) {
        copy.asSlice(4 * view.index(b, t, 0, width), 4L * heads * width).fill((byte) 0);
      }
    }
    return copy.toArray(JAVA_FLOAT);
  }

  /** Positions of a view: T or S. */
  public int length(HeadView view) {
    return isOfKeys(view) ? spec.S : spec.T;
  }

  /** Heads of a view: H or G. */
  public int heads(HeadView view) {
    return isOfKeys(view) ? spec.G : spec.H;
  }

  /** Width of a head of a view: E or V. */
  public int width(HeadView view) {
    boolean ofValues = view.equals(v) || view.equals(dV) || view.equals(out) || view.equals(dOut);
    return ofValues ? spec.V : spec.E;
  }

  private boolean isOfKeys(HeadView view) {
    return view.equals(k) || view.equals(v) || view.equals(dK) || view.equals(dV);
  }

  private HeadView view(Arena arena, int length, int heads, int width, float magnitude) {
    long row = (long) heads * width;
    boolean fused = spec.has(Feature.FUSED_MEMORY);
    long offset = fused ? 3 : 0;
    long positionStride = fused ? row + 5 : row;
    long batchStride = fused ? (length + 2) * positionStride : length * positionStride;
    MemorySegment memory = normal(arena, Math.toIntExact(offset + spec.B * batchStride), magnitude);
    return new HeadView(memory, offset, batchStride, positionStride);
  }

  private MemorySegment normal(Arena arena, int n, float deviation) {
    MemorySegment memory = arena.allocate(4L * n, 64);
    for (int i = 0; i < n; i++) {
      memory.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian() * deviation);
    }
    return memory;
  }
}
