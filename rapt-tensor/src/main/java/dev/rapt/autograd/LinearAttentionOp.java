package dev.rapt.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.rows.Precision;
import dev.rapt.compute.rows.Spans;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Gated linear attention, with the delta rule if beta is given. Each head carries a state matrix S
 * (E, V) over time: S' = exp(g) S, S = S' + k u^T, out = S^T q. With beta, u = beta (v - S'^T k),
 * the gated delta rule of Gated Delta Networks, arXiv:2412.06464; without beta, u = v, which is
 * Mamba-2, arXiv:2405.21060.
 *
 * <p>For the backward pass S is stored at every {@link #CHUNK}-th position and recomputed in
 * between.
 */
record LinearAttentionOp(
    Tensor q,
    Tensor k,
    Tensor v,
    Tensor logDecay,
    @Nullable Tensor beta,
    @Nullable Tensor start,
    Tensor kept)
    implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  /** Number of positions between stored states. */
  private static final int CHUNK = 32;

  static Recurrences.Outcome apply(
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor logDecay,
      @Nullable Tensor beta,
      @Nullable Tensor start) {
    requireShapes(q, k, v, logDecay, beta, start);
    Scope scope = Scope.innermost(q, k, v, logDecay, beta);
    long B = q.dim(0);
    long T = q.dim(1);
    long H = q.dim(2);
    long E = q.dim(3);
    long V = v.dim(3);
    Tensor out = scope.empty(v.dtype(), v.shape());
    Tensor wideOut = Precision.wideTarget(scope, out);
    Tensor end = scope.empty(DType.F32, B, H, E, V);
    boolean keeps = Tape.records(scope, q, k, v, logDecay, beta);
    Tensor kept = scope.empty(DType.F32, B * H, keeps ? (T + CHUNK - 1) / CHUNK : 0, E * V);
    LinearAttentionOp op = new LinearAttentionOp(q, k, v, logDecay, beta, start, kept);
    Wide wide = op.widen(scope);
    Workers.shared()
        .run(
            Math.toIntExact(B * H),
            lane -> {
              try (Workspace workspace = Workspace.enter()) {
                Head head = wide.head(lane, workspace);
                MemorySegment state = op.startState(lane, Spans.of(end, lane * E * V, E * V));
                for (int t = 0; t < T; t++) {
                  if (keeps && t % CHUNK == 0) {
                    op.kept(lane, t).copyFrom(state);
                  }
                  head.step(state, t);
                  head.read(Spans.of(wideOut, head.row(t) * V, V), state, t);
                }
              }
            });
    wide.drop();
    Precision.narrowInto(out, wideOut);
    return new Recurrences.Outcome(Tape.record(op, out, q, k, v, logDecay, beta), end);
  }

  private static void requireShapes(
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor logDecay,
      @Nullable Tensor beta,
      @Nullable Tensor start) {
    if (q.shape().rank() != 4 || v.shape().rank() != 4) {
      throw new IllegalArgumentException(
          "linear attention: q and v must be (B, T, H, width), got %s and %s"
              .formatted(q.shape(), v.shape()));
    }
    long B = q.dim(0);
    long T = q.dim(1);
    long H = q.dim(2);
    k.requireShape("linear attention: k", q.shape().toArray());
    v.requireShape("linear attention: v", B, T, H, v.dim(3));
    logDecay.requireShape("linear attention: logDecay", B, T, H);
    if (beta != null) {
      beta.requireShape("linear attention: beta", B, T, H);
    }
    if (start != null) {
      start.requireShape("linear attention: state", B, H, q.dim(3), v.dim(3));
      start.requireType(DType.F32);
    }
  }

  private MemorySegment startState(int lane, MemorySegment state) {
    long n = state.byteSize() / Float.BYTES;
    return start == null ? state.fill((byte) 0) : state.copyFrom(Spans.of(start, lane * n, n));
  }

  /** The stored state before a position that is a multiple of the chunk. */
  private MemorySegment kept(int lane, int t) {
    long n = q.dim(3) * v.dim(3);
    return Spans.of(kept, (lane * kept.dim(1) + t / CHUNK) * n, n);
  }

  private Wide widen(Scope scope) {
    return new Wide(
        this,
        Precision.widen(scope, q),
        Precision.widen(scope, k),
        Precision.widen(scope, v),
        Precision.widen(scope, logDecay),
        beta == null ? null : Precision.widen(scope, beta));
  }

  /** The operands in f32. */
  private record Wide(
      LinearAttentionOp op, Tensor q, Tensor k, Tensor v, Tensor logDecay, @Nullable Tensor beta) {
    void drop() {
      Precision.drop(q, op.q);
      Precision.drop(k, op.k);
      Precision.drop(v, op.v);
      Precision.drop(logDecay, op.logDecay);
      if (beta != null && op.beta != null) {
        Precision.drop(beta, op.beta);
      }
    }

    Head head(int lane, Workspace workspace) {
      return new Head(this, lane, workspace);
    }
  }

  /** One head of one sequence. */
  private static final class Head {
    private final Wide wide;
    private final long batch;
    private final long head;
    private final long numHeads;
    private final long seqLen;
    private final int keyDim;
    private final int valueDim;
    private final MemorySegment remembered;
    private final MemorySegment update;

    Head(Wide wide, int lane, Workspace workspace) {
      this.wide = wide;
      seqLen = wide.q.dim(1);
      numHeads = wide.q.dim(2);
      batch = lane / numHeads;
      head = lane % numHeads;
      keyDim = Math.toIntExact(wide.q.dim(3));
      valueDim = Math.toIntExact(wide.v.dim(3));
      remembered = workspace.take((long) valueDim * Float.BYTES);
      update = workspace.take((long) valueDim * Float.BYTES);
    }

    /** Index of this head at a position among the vectors of a tensor. */
    long row(int t) {
      return (batch * seqLen + t) * numHeads + head;
    }

    float key(int t, int e) {
      return wide.k.getFloat(row(t) * keyDim + e);
    }

    float query(int t, int e) {
      return wide.q.getFloat(row(t) * keyDim + e);
    }

    MemorySegment value(int t) {
      return Spans.of(wide.v, row(t) * valueDim, valueDim);
    }

    float decay(int t) {
      return (float) Math.exp(wide.logDecay.getFloat(row(t)));
    }

    float beta(int t) {
      return wide.beta == null ? 1 : wide.beta.getFloat(row(t));
    }

    MemorySegment rowOf(MemorySegment state, int e) {
      long bytes = (long) valueDim * Float.BYTES;
      return state.asSlice(e * bytes, bytes);
    }

    /** Updates the state to decayed state + k u^T; also stores u and, with beta, S'^T k. */
    void step(MemorySegment state, int t) {
      KERNEL.scale(state, state, decay(t), (long) keyDim * valueDim);
      correct(state, t);
      for (int e = 0; e < keyDim; e++) {
        addScaled(rowOf(state, e), key(t, e), update);
      }
    }

    /** Computes the update u from the decayed state. */
    void correct(MemorySegment decayed, int t) {
      if (wide.beta == null) {
        update.copyFrom(value(t));
        return;
      }
      remembered.fill((byte) 0);
      for (int e = 0; e < keyDim; e++) {
        addScaled(remembered, key(t, e), rowOf(decayed, e));
      }
      KERNEL.addScaled(update, beta(t), value(t), -beta(t), remembered, valueDim);
    }

    void read(MemorySegment out, MemorySegment state, int t) {
      out.fill((byte) 0);
      for (int e = 0; e < keyDim; e++) {
        addScaled(out, query(t, e), rowOf(state, e));
      }
    }

    void addScaled(MemorySegment sum, float factor, MemorySegment x) {
      KERNEL.addScaled(sum, 1, sum, factor, x, valueDim);
    }
  }

  /** Gradients of all operands, f32. */
  private record Grads(Tensor q, Tensor k, Tensor v, Tensor logDecay, @Nullable Tensor beta) {}

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Scope scope = gradients.tape();
    Wide wide = widen(scope);
    Tensor wideD = Precision.widen(scope, dOut);
    Grads grads =
        new Grads(
            floats(scope, q.shape()),
            floats(scope, k.shape()),
            floats(scope, v.shape()),
            floats(scope, logDecay.shape()),
            beta == null ? null : floats(scope, beta.shape()));
    int lanes = Math.toIntExact(q.dim(0) * q.dim(2));
    Workers.shared().run(lanes, lane -> backward(lane, wide, wideD, grads));
    wide.drop();
    Precision.drop(wideD, dOut);
    gradients.addWide(q, grads.q);
    gradients.addWide(k, grads.k);
    gradients.addWide(v, grads.v);
    gradients.addWide(logDecay, grads.logDecay);
    if (beta != null && grads.beta != null) {
      gradients.addWide(beta, grads.beta);
    }
  }

  private static Tensor floats(Scope scope, Shape shape) {
    return scope.empty(DType.F32, shape);
  }

  private void backward(int lane, Wide wide, Tensor dOut, Grads grads) {
    int T = Math.toIntExact(q.dim(1));
    long n = q.dim(3) * v.dim(3);
    try (Workspace workspace = Workspace.enter()) {
      Head head = wide.head(lane, workspace);
      HeadBackward step = new HeadBackward(head, grads, workspace);
      MemorySegment states = workspace.take((CHUNK + 1) * n * Float.BYTES);
      for (int from = (T - 1) / CHUNK * CHUNK; from >= 0; from -= CHUNK) {
        int to = Math.min(T, from + CHUNK);
        state(states, 0, n).copyFrom(kept(lane, from));
        for (int t = from; t < to; t++) {
          MemorySegment next = state(states, t + 1 - from, n);
          head.step(next.copyFrom(state(states, t - from, n)), t);
        }
        for (int t = to - 1; t >= from; t--) {
          MemorySegment d = Spans.of(dOut, head.row(t) * v.dim(3), v.dim(3));
          step.run(t, state(states, t - from, n), state(states, t + 1 - from, n), d);
        }
      }
    }
  }

  private static MemorySegment state(MemorySegment states, int i, long n) {
    return states.asSlice(i * n * Float.BYTES, n * Float.BYTES);
  }

  /** The backward pass of one head, from the last position to the first. */
  private static final class HeadBackward {
    private final Head head;
    private final Grads grads;
    private final MemorySegment dState;
    private final MemorySegment dUpdate;
    private final MemorySegment decayed;

    HeadBackward(Head head, Grads grads, Workspace workspace) {
      this.head = head;
      this.grads = grads;
      dState = workspace.takeZeroed((long) head.keyDim * head.valueDim * Float.BYTES);
      dUpdate = workspace.take((long) head.valueDim * Float.BYTES);
      decayed = workspace.take((long) head.keyDim * head.valueDim * Float.BYTES);
    }

    /**
     * Runs the backward pass of position t; before is the state before it, after the state after
     * it.
     */
    void run(int t, MemorySegment before, MemorySegment after, MemorySegment dOut) {
      int E = head.keyDim;
      int V = head.valueDim;
      long row = head.row(t);
      KERNEL.scale(decayed, before, head.decay(t), (long) E * V);
      head.correct(decayed, t);
      dUpdate.fill((byte) 0);
      for (int e = 0; e < E; e++) {
        MemorySegment dS = head.rowOf(dState, e);
        set(grads.q, row * E + e, KERNEL.dot(head.rowOf(after, e), dOut, V));
        head.addScaled(dS, head.query(t, e), dOut);
        head.addScaled(dUpdate, head.key(t, e), dS);
        set(grads.k, row * E + e, KERNEL.dot(dS, head.update, V));
      }
      MemorySegment dV = Spans.of(grads.v, row * V, V);
      KERNEL.scale(dV, dUpdate, head.beta(t), V);
      if (grads.beta != null) {
        float seen = KERNEL.dot(dUpdate, head.value(t), V);
        set(grads.beta, row, seen - KERNEL.dot(dUpdate, head.remembered, V));
        for (int e = 0; e < E; e++) { // the gradient of S'^T k is -dV
          float more = KERNEL.dot(head.rowOf(decayed, e), dV, V);
          set(grads.k, row * E + e, grads.k.getFloat(row * E + e) - more);
          head.addScaled(head.rowOf(dState, e), -head.key(t, e), dV);
        }
      }
      set(grads.logDecay, row, KERNEL.dot(dState, decayed, (long) E * V));
      KERNEL.scale(dState, dState, head.decay(t), (long) E * V);
    }

    private static void set(Tensor tensor, long i, float value) {
      tensor.memory().setAtIndex(JAVA_FLOAT, i, value);
    }
  }
}
