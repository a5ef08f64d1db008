package dev.rapt.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** A call of attention with random inputs and room for all that is computed. */
public final class AttentionCase {
  /** Which keys a query sees; P = S - T keys lie before the first query. */
  public enum Mask {
    CAUSAL,
    /** Causal, at most 5 keys back. */
    WINDOW,
    /** Causal, and the first third of the keys are padding that sees nothing and is not seen. */
    LEFT_PADDING,
    /** Causal within documents of 1 to 9 positions. */
    PACKED,
    /** All keys but the last third, which are padding. */
    RIGHT_PADDING,
    /** All keys. */
    FULL
  }

  /** Sizes and options; {@link #sizes} gives those that are not set. */
  public record Spec(
      int B,
      int T,
      int S,
      int H,
      int G,
      int E,
      Mask mask,
      boolean alibi,
      float dropout,
      boolean fused,
      float magnitude) {
    public static Spec sizes(int B, int T, int S, int H, int G, int E) {
      return new Spec(B, T, S, H, G, E, Mask.CAUSAL, false, 0, false, 1);
    }

    public Spec mask(Mask mask) {
      return new Spec(B, T, S, H, G, E, mask, alibi, dropout, fused, magnitude);
    }

    public Spec withAlibi() {
      return new Spec(B, T, S, H, G, E, mask, true, dropout, fused, magnitude);
    }

    public Spec dropout(float dropout) {
      return new Spec(B, T, S, H, G, E, mask, alibi, dropout, fused, magnitude);
    }

    /** Inputs lie between others, as in a fused projection or a cache with room for more. */
    public Spec withFusedMemory() {
      return new Spec(B, T, S, H, G, E, mask, alibi, dropout, true, magnitude);
    }

    public Spec magnitude(float magnitude) {
      return new Spec(B, T, S, H, G, E, mask, alibi, dropout, fused, magnitude);
    }
  }

  public final Spec spec;
  public final AttentionKernel.Call call;
  public final HeadView q, k, v, out, dOut, dQ, dK, dV;
  public final MemorySegment logSumExp;

  public AttentionCase(Arena arena, Spec spec, long seed) {
    this.spec = spec;
    Random random = new Random(seed);
    int B = spec.B, T = spec.T, S = spec.S, H = spec.H, G = spec.G, E = spec.E;
    q = view(arena, random, T, H, spec.magnitude);
    k = view(arena, random, S, G, spec.magnitude);
    v = view(arena, random, S, G, 1);
    dOut = view(arena, random, T, H, 1);
    // What is written starts as noise, so that a place left out is noticed.
    out = view(arena, random, T, H, 1);
    dQ = view(arena, random, T, H, 1);
    dK = view(arena, random, S, G, 1);
    dV = view(arena, random, S, G, 1);
    logSumExp = arena.allocate(4L * B * H * T, 64);
    MemorySegment slopes = null;
    if (spec.alibi) {
      slopes = arena.allocate(4L * H, 64);
      for (int h = 0; h < H; h++) {
        slopes.setAtIndex(JAVA_FLOAT, h, (float) Math.pow(2, -8.0 * (h + 1) / H));
      }
    }
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
              case LEFT_PADDING -> padding;
              case PACKED -> document;
            };
        int end =
            switch (spec.mask) {
              case CAUSAL, WINDOW, PACKED -> own + 1;
              case LEFT_PADDING -> Math.max(padding, own + 1);
              case RIGHT_PADDING -> S - S / 3;
              case FULL -> S;
            };
        keyFrom.setAtIndex(JAVA_INT, (long) b * T + i, first);
        keyTo.setAtIndex(JAVA_INT, (long) b * T + i, end);
      }
    }
    float scale = (float) (1 / Math.sqrt(E));
    call =
        new AttentionKernel.Call(
            B, T, S, H, G, E, scale, keyFrom, keyTo, slopes, spec.dropout, 0x1234_5678_9abc_def0L);
  }

  /** Runs the forward pass, the tasks in several calls as several threads would. */
  public AttentionCase forward(AttentionKernel kernel) {
    int tasks = kernel.forwardTasks(call);
    int middle = tasks / 2;
    kernel.forward(call, out, logSumExp, q, k, v, middle, tasks);
    kernel.forward(call, out, logSumExp, q, k, v, 0, middle);
    return this;
  }

  /** Runs the backward pass, likewise. */
  public AttentionCase backward(AttentionKernel kernel) {
    int tasks = kernel.backwardTasks(call);
    int middle = tasks / 2;
    kernel.backward(call, dQ, dK, dV, dOut, out, logSumExp, q, k, v, middle, tasks);
    kernel.backward(call, dQ, dK, dV, dOut, out, logSumExp, q, k, v, 0, middle);
    return this;
  }

  /** The elements of a view in the order (B, positions, heads, E). */
  public float[] values(HeadView view) {
    int length = length(view), heads = heads(view);
    float[] values = new float[spec.B * length * heads * spec.E];
    int n = 0;
    for (int b = 0; b < spec.B; b++) {
      for (int t = 0; t < length; t++) {
        for (int h = 0; h < heads; h++) {
          for (int e = 0; e < spec.E; e++) {
            values[n++] = view.memory().getAtIndex(JAVA_FLOAT, view.index(b, t, h, spec.E) + e);
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
    int length = length(view), heads = heads(view);
    MemorySegment copy =
        Arena.ofAuto().allocate(view.memory().byteSize(), 4).copyFrom(view.memory());
    for (int b = 0; b < spec.B; b++) {
      for (int t = 0; t < length; t++) {
        copy.asSlice(4 * view.index(b, t, 0, spec.E), 4L * heads * spec.E).fill((byte) 0);
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

  private boolean isOfKeys(HeadView view) {
    return view.equals(k) || view.equals(v) || view.equals(dK) || view.equals(dV);
  }

  private HeadView view(Arena arena, Random random, int length, int heads, float magnitude) {
    long width = (long) heads * spec.E;
    long offset = spec.fused ? 3 : 0;
    long positionStride = spec.fused ? width + 5 : width;
    long batchStride = spec.fused ? (length + 2) * positionStride : length * positionStride;
    MemorySegment memory = arena.allocate(4 * (offset + spec.B * batchStride), 64);
    for (long i = 0; i < memory.byteSize() / 4; i++) {
      memory.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian() * magnitude);
    }
    return new HeadView(memory, offset, batchStride, positionStride);
  }
}
