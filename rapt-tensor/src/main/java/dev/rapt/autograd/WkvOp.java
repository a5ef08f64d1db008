package dev.rapt.autograd;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.compute.rows.Precision;
import dev.rapt.kernel.Workers;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The WKV operation of RWKV, a decaying weighted mean of values for each channel: out = (n +
 * exp(first + k) v) / (m + exp(first + k)), then n = exp(w) n + exp(k) v and m = exp(w) m + exp(k),
 * with w = -exp(decay). RWKV, arXiv:2305.13048, equations 16 to 18. Computed in f64, whose range
 * makes a running maximum of the exponents unnecessary. Positions of padding are passed over: their
 * output is 0 and they leave the sums as they are.
 */
record WkvOp(
    Tensor k, Tensor v, Tensor decay, Tensor first, @Nullable Tensor mask, @Nullable Tensor start)
    implements Op {

  static Recurrences.Outcome apply(
      Tensor k,
      Tensor v,
      Tensor decay,
      Tensor first,
      @Nullable Tensor mask,
      @Nullable Tensor start) {
    if (k.shape().rank() != 3) {
      throw new IllegalArgumentException("wkv: k must be (B, T, C), got " + k.shape());
    }
    long B = k.dim(0);
    long T = k.dim(1);
    long C = k.dim(2);
    v.requireShape("wkv: v", B, T, C);
    decay.requireShape("wkv: decay", C).requireType(DType.F32);
    first.requireShape("wkv: first", C).requireType(DType.F32);
    if (mask != null) {
      mask.requireShape("wkv: mask", B, T).requireType(DType.I32);
    }
    if (start != null) {
      start.requireShape("wkv: state", B, 2, C).requireType(DType.F64);
    }
    Scope scope = Scope.innermost(k, v, decay, first);
    Tensor out = scope.empty(v.dtype(), v.shape());
    Tensor wideOut = Precision.wideTarget(scope, out);
    Tensor end = scope.empty(DType.F64, B, 2, C);
    WkvOp op = new WkvOp(k, v, decay, first, mask, start);
    Tensor wideK = Precision.widen(scope, k);
    Tensor wideV = Precision.widen(scope, v);
    Workers.shared()
        .forRange(
            B * C,
            16,
            (from, to) -> {
              for (long lane = from; lane < to; lane++) {
                Channel channel = new Channel(op, wideK, wideV, lane);
                for (int t = 0; t < T; t++) {
                  set(wideOut, channel.at(t), channel.mean(t));
                  channel.step(t);
                }
                channel.copyState(end);
              }
            });
    Precision.drop(wideK, k);
    Precision.drop(wideV, v);
    Precision.narrowInto(out, wideOut);
    return new Recurrences.Outcome(Tape.record(op, out, k, v, decay, first), end);
  }

  /** One channel of one sequence and its running sums. */
  private static final class Channel {
    private final Tensor k;
    private final Tensor v;
    private final @Nullable Tensor mask;
    private final long firstRow;
    private final long base;
    private final long numChannels;
    private final long state;
    private final double w;
    private final double first;
    private double n;
    private double m;

    Channel(WkvOp op, Tensor k, Tensor v, long lane) {
      this.k = k;
      this.v = v;
      mask = op.mask;
      numChannels = k.dim(2);
      long sequence = lane / numChannels;
      long channel = lane % numChannels;
      firstRow = sequence * k.dim(1);
      base = firstRow * numChannels + channel;
      state = sequence * 2 * numChannels + channel;
      w = -Math.exp(op.decay.getFloat(channel));
      first = op.first.getFloat(channel);
      if (op.start != null) {
        n = op.start.memory().getAtIndex(JAVA_DOUBLE, state);
        m = op.start.memory().getAtIndex(JAVA_DOUBLE, state + numChannels);
      }
    }

    long at(int t) {
      return base + t * numChannels;
    }

    double key(int t) {
      return k.getFloat(at(t));
    }

    double value(int t) {
      return v.getFloat(at(t));
    }

    boolean isPadding(int t) {
      return mask != null && mask.getInt(firstRow + t) == 0;
    }

    double mean(int t) {
      return isPadding(t) ? 0 : numerator(t) / denominator(t);
    }

    double numerator(int t) {
      return n + Math.exp(first + key(t)) * value(t);
    }

    double denominator(int t) {
      return m + Math.exp(first + key(t));
    }

    void step(int t) {
      if (isPadding(t)) {
        return;
      }
      n = Math.exp(w) * n + Math.exp(key(t)) * value(t);
      m = Math.exp(w) * m + Math.exp(key(t));
    }

    void copyState(Tensor end) {
      end.memory().setAtIndex(JAVA_DOUBLE, state, n);
      end.memory().setAtIndex(JAVA_DOUBLE, state + numChannels, m);
    }
  }

  /** Gradients, f32; those of decay and first have a partial sum for each sequence. */
  private record Grads(Tensor k, Tensor v, Tensor decays, Tensor firsts) {}

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Scope scope = gradients.tape();
    long B = k.dim(0);
    long C = k.dim(2);
    Tensor wideK = Precision.widen(scope, k);
    Tensor wideV = Precision.widen(scope, v);
    Tensor wideD = Precision.widen(scope, dOut);
    Grads grads =
        new Grads(
            scope.empty(DType.F32, k.shape()),
            scope.empty(DType.F32, v.shape()),
            scope.empty(DType.F32, B, C),
            scope.empty(DType.F32, B, C));
    Workers.shared()
        .forRange(
            B * C,
            16,
            (from, to) -> {
              for (long lane = from; lane < to; lane++) {
                backward(new Channel(this, wideK, wideV, lane), lane, wideD, grads);
              }
            });
    Precision.drop(wideK, k);
    Precision.drop(wideV, v);
    Precision.drop(wideD, dOut);
    gradients.addWide(k, grads.k);
    gradients.addWide(v, grads.v);
    gradients.addWide(decay, sumOfRows(scope, grads.decays));
    gradients.addWide(first, sumOfRows(scope, grads.firsts));
  }

  private static Tensor sumOfRows(Scope scope, Tensor rows) {
    Tensor sum = scope.zeros(DType.F32, rows.lastDim());
    LinearOp.addColumnSums(sum, rows);
    scope.release(rows);
    return sum;
  }

  private static void backward(Channel channel, long lane, Tensor dOut, Grads grads) {
    int T = Math.toIntExact(channel.k.dim(1));
    double[] n = new double[T];
    double[] m = new double[T];
    for (int t = 0; t < T; t++) {
      n[t] = channel.n;
      m[t] = channel.m;
      channel.step(t);
    }
    double dN = 0;
    double dM = 0;
    double dW = 0;
    double dFirst = 0;
    double keep = Math.exp(channel.w);
    for (int t = T - 1; t >= 0; t--) {
      if (channel.isPadding(t)) {
        set(grads.k, channel.at(t), 0);
        set(grads.v, channel.at(t), 0);
        continue;
      }
      channel.n = n[t];
      channel.m = m[t];
      double e = Math.exp(channel.key(t));
      double now = Math.exp(channel.first + channel.key(t));
      double value = channel.value(t);
      double denominator = channel.denominator(t);
      double dTop = dOut.getFloat(channel.at(t)) / denominator;
      double dBottom = -dTop * channel.numerator(t) / denominator;
      double dNow = now * (dTop * value + dBottom);
      dFirst += dNow;
      dW += keep * (dN * n[t] + dM * m[t]);
      set(grads.k, channel.at(t), dNow + e * (dN * value + dM));
      set(grads.v, channel.at(t), dTop * now + dN * e);
      dN = keep * dN + dTop;
      dM = keep * dM + dBottom;
    }
    set(grads.decays, lane, dW * channel.w);
    set(grads.firsts, lane, dFirst);
  }

  private static void set(Tensor tensor, long i, double value) {
    tensor.memory().setAtIndex(JAVA_FLOAT, i, (float) value);
  }
}
