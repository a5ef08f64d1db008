package dev.rapt.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.compute.rows.Precision;
import dev.rapt.compute.rows.Spans;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Selective scan over a state h (C, N) of each sequence: h[c, n] = exp(dt[c] a[c, n]) h[c, n] +
 * dt[c] b[n] x[c], out[c] = sum over n of c[n] h[c, n]. Mamba, arXiv:2312.00752, algorithm 2.
 *
 * <p>Each task computes {@link #LANE_CHANNELS} channels of a sequence. For the backward pass h is
 * stored at every {@link #CHUNK}-th position and recomputed in between.
 */
record SelectiveScanOp(
    Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c, @Nullable Tensor start, Tensor kept)
    implements Op {
  private static final int CHUNK = 32;
  private static final int LANE_CHANNELS = 64;

  static Recurrences.Outcome apply(
      Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c, @Nullable Tensor start) {
    if (x.shape().rank() != 3 || a.shape().rank() != 2) {
      throw new IllegalArgumentException(
          "selective scan: x must be (B, T, C) and a (C, N), got %s and %s"
              .formatted(x.shape(), a.shape()));
    }
    long B = x.dim(0);
    long T = x.dim(1);
    long C = x.dim(2);
    long N = a.dim(1);
    dt.requireShape("selective scan: dt", B, T, C);
    a.requireShape("selective scan: a", C, N).requireType(DType.F32);
    b.requireShape("selective scan: b", B, T, N);
    c.requireShape("selective scan: c", B, T, N);
    if (start != null) {
      start.requireShape("selective scan: state", B, C, N).requireType(DType.F32);
    }
    Scope scope = Scope.innermost(x, dt, a, b, c);
    Tensor out = scope.empty(x.dtype(), x.shape());
    Tensor wideOut = Precision.wideTarget(scope, out);
    Tensor end = scope.empty(DType.F32, B, C, N);
    boolean keeps = Tape.records(scope, x, dt, a, b, c);
    Tensor kept = scope.empty(DType.F32, B, keeps ? (T + CHUNK - 1) / CHUNK : 0, C, N);
    SelectiveScanOp op = new SelectiveScanOp(x, dt, a, b, c, start, kept);
    Wide wide = op.widen(scope);
    Workers.shared()
        .run(
            op.numLanes(),
            i -> {
              Lane lane = new Lane(wide, i);
              float[] h = lane.startState(start);
              for (int t = 0; t < T; t++) {
                if (keeps && t % CHUNK == 0) {
                  lane.copyOut(h, lane.kept(kept, t));
                }
                lane.step(h, t);
                lane.read(h, wideOut, t);
              }
              lane.copyOut(h, lane.ofState(end));
            });
    wide.drop(op);
    Precision.narrowInto(out, wideOut);
    return new Recurrences.Outcome(Tape.record(op, out, x, dt, a, b, c), end);
  }

  private int lanesOfSequence() {
    return Math.toIntExact((x.dim(2) + LANE_CHANNELS - 1) / LANE_CHANNELS);
  }

  private int numLanes() {
    return Math.toIntExact(x.dim(0)) * lanesOfSequence();
  }

  private Wide widen(Scope scope) {
    return new Wide(
        Precision.widen(scope, x),
        Precision.widen(scope, dt),
        a,
        Precision.widen(scope, b),
        Precision.widen(scope, c),
        lanesOfSequence());
  }

  /** The operands in f32. */
  private record Wide(Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c, int lanesOfSequence) {
    void drop(SelectiveScanOp op) {
      Precision.drop(x, op.x);
      Precision.drop(dt, op.dt);
      Precision.drop(b, op.b);
      Precision.drop(c, op.c);
    }
  }

  /** Some channels of one sequence. */
  private static final class Lane {
    private final Wide wide;
    private final int sequence;
    private final int part;
    private final int from;
    private final int channels;
    private final int allChannels;
    private final int width;
    private final int seqLen;

    Lane(Wide wide, int index) {
      this.wide = wide;
      sequence = index / wide.lanesOfSequence;
      part = index % wide.lanesOfSequence;
      from = part * LANE_CHANNELS;
      allChannels = Math.toIntExact(wide.x.dim(2));
      channels = Math.min(LANE_CHANNELS, allChannels - from);
      width = Math.toIntExact(wide.a.dim(1));
      seqLen = Math.toIntExact(wide.x.dim(1));
    }

    /** Index of a channel of this lane at a position. */
    long at(int t, int channel) {
      return ((long) sequence * seqLen + t) * allChannels + from + channel;
    }

    /** Index of an element of b and c at a position. */
    long row(int t, int n) {
      return ((long) sequence * seqLen + t) * width + n;
    }

    long ofA(int channel, int n) {
      return ((long) from + channel) * width + n;
    }

    MemorySegment ofState(Tensor state) {
      return Spans.of(
          state, ((long) sequence * allChannels + from) * width, (long) channels * width);
    }

    MemorySegment kept(Tensor kept, int t) {
      long chunk = sequence * kept.dim(1) + t / CHUNK;
      return Spans.of(kept, (chunk * allChannels + from) * width, (long) channels * width);
    }

    float[] startState(@Nullable Tensor start) {
      return start == null ? new float[channels * width] : ofState(start).toArray(JAVA_FLOAT);
    }

    void copyOut(float[] h, MemorySegment target) {
      MemorySegment.copy(h, 0, target, JAVA_FLOAT, 0, h.length);
    }

    void step(float[] h, int t) {
      for (int i = 0; i < channels; i++) {
        float dt = wide.dt.getFloat(at(t, i));
        float in = dt * wide.x.getFloat(at(t, i));
        for (int n = 0; n < width; n++) {
          float decay = (float) Math.exp(dt * wide.a.getFloat(ofA(i, n)));
          h[i * width + n] = decay * h[i * width + n] + in * wide.b.getFloat(row(t, n));
        }
      }
    }

    void read(float[] h, Tensor out, int t) {
      for (int i = 0; i < channels; i++) {
        float sum = 0;
        for (int n = 0; n < width; n++) {
          sum += wide.c.getFloat(row(t, n)) * h[i * width + n];
        }
        set(out, at(t, i), sum);
      }
    }
  }

  /** Gradients, f32; those of operands that lanes share have a partial sum for each lane. */
  private record Grads(Tensor x, Tensor dt, Tensor aParts, Tensor bParts, Tensor cParts) {}

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Scope scope = gradients.tape();
    Wide wide = widen(scope);
    Tensor wideD = Precision.widen(scope, dOut);
    int parts = lanesOfSequence();
    long rows = b.numElements();
    Grads grads =
        new Grads(
            scope.empty(DType.F32, x.shape()),
            scope.empty(DType.F32, dt.shape()),
            scope.zeros(DType.F32, x.dim(0), a.numElements()),
            scope.zeros(DType.F32, parts, rows),
            scope.zeros(DType.F32, parts, rows));
    Workers.shared().run(numLanes(), i -> backward(new Lane(wide, i), wideD, grads));
    wide.drop(this);
    Precision.drop(wideD, dOut);
    gradients.addWide(x, grads.x);
    gradients.addWide(dt, grads.dt);
    gradients.addWide(a, sumOfParts(scope, grads.aParts, a));
    gradients.addWide(b, sumOfParts(scope, grads.bParts, b));
    gradients.addWide(c, sumOfParts(scope, grads.cParts, c));
  }

  private static Tensor sumOfParts(Scope scope, Tensor parts, Tensor like) {
    Tensor sum = scope.zeros(DType.F32, like.shape().toArray());
    LinearOp.addColumnSums(sum, parts);
    scope.release(parts);
    return sum;
  }

  private void backward(Lane lane, Tensor dOut, Grads grads) {
    float[][] states = new float[CHUNK + 1][];
    float[] dH = new float[lane.channels * lane.width];
    for (int from = (lane.seqLen - 1) / CHUNK * CHUNK; from >= 0; from -= CHUNK) {
      int to = Math.min(lane.seqLen, from + CHUNK);
      states[0] = lane.kept(kept, from).toArray(JAVA_FLOAT);
      for (int t = from; t < to; t++) {
        states[t + 1 - from] = states[t - from].clone();
        lane.step(states[t + 1 - from], t);
      }
      for (int t = to - 1; t >= from; t--) {
        backward(lane, t, states[t - from], states[t + 1 - from], dH, dOut, grads);
      }
    }
  }

  private static void backward(
      Lane lane, int t, float[] before, float[] after, float[] dH, Tensor dOut, Grads grads) {
    Wide wide = lane.wide;
    for (int i = 0; i < lane.channels; i++) {
      float dt = wide.dt.getFloat(lane.at(t, i));
      float x = wide.x.getFloat(lane.at(t, i));
      float d = dOut.getFloat(lane.at(t, i));
      float dX = 0;
      float dDt = 0;
      for (int n = 0; n < lane.width; n++) {
        int j = i * lane.width + n;
        long shared = lane.part * wide.b.numElements() + lane.row(t, n);
        float a = wide.a.getFloat(lane.ofA(i, n));
        float b = wide.b.getFloat(lane.row(t, n));
        float decay = (float) Math.exp(dt * a);
        dH[j] += d * wide.c.getFloat(lane.row(t, n));
        float dExponent = dH[j] * before[j] * decay;
        add(grads.cParts, shared, d * after[j]);
        add(grads.bParts, shared, dH[j] * dt * x);
        add(grads.aParts, lane.sequence * wide.a.numElements() + lane.ofA(i, n), dExponent * dt);
        dDt += dExponent * a + dH[j] * b * x;
        dX += dH[j] * dt * b;
        dH[j] *= decay;
      }
      set(grads.x, lane.at(t, i), dX);
      set(grads.dt, lane.at(t, i), dDt);
    }
  }

  private static void add(Tensor sums, long i, float value) {
    set(sums, i, sums.getFloat(i) + value);
  }

  private static void set(Tensor tensor, long i, float value) {
    tensor.memory().setAtIndex(JAVA_FLOAT, i, value);
  }
}
