package dev.rapt.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.rapt.autograd.expert.ExpertWeighting;
import dev.rapt.compute.rows.Spans;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;

/** Routing weights (N, topK) of the chosen experts, computed from router logits (N, X). */
record ExpertWeightsOp(Tensor logits, Tensor chosen, ExpertWeighting weighting) implements Op {

  static Tensor apply(Tensor logits, Tensor chosen, ExpertWeighting weighting) {
    logits.requireType(DType.F32);
    chosen.requireShape("experts: chosen", logits.numRows(), chosen.lastDim());
    chosen.requireType(DType.I32);
    Tensor out = Scope.innermost(logits, chosen).empty(DType.F32, chosen.shape());
    ExpertWeightsOp op = new ExpertWeightsOp(logits, chosen, weighting);
    int k = op.topK();
    Spans.forEach(
        logits.numRows(),
        logits.lastDim(),
        n -> {
          double[] weights = op.row(n).weights();
          for (int j = 0; j < k; j++) {
            out.memory().setAtIndex(JAVA_FLOAT, n * k + j, (float) weights[j]);
          }
        });
    return Tape.record(op, out, logits);
  }

  private int topK() {
    return Math.toIntExact(chosen.lastDim());
  }

  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dLogits = gradients.tape().empty(DType.F32, logits.shape());
    int k = topK();
    long X = logits.lastDim();
    Spans.forEach(
        logits.numRows(),
        X,
        n -> {
          double[] d = new double[k];
          for (int j = 0; j < k; j++) {
            d[j] = dOut.getFloat(n * k + j);
          }
          double[] dRow = row(n).backward(d);
          for (int e = 0; e < X; e++) {
            dLogits.memory().setAtIndex(JAVA_FLOAT, n * X + e, (float) dRow[e]);
          }
        });
    gradients.add(logits, dLogits);
  }

  private Row row(long n) {
    double[] row = new double[Math.toIntExact(logits.lastDim())];
    for (int e = 0; e < row.length; e++) {
      row[e] = logits.getFloat(n * row.length + e);
    }
    int[] experts = new int[topK()];
    for (int j = 0; j < experts.length; j++) {
      experts[j] = chosen.getInt(n * experts.length + j);
    }
    return new Row(row, experts, weighting);
  }

  /** The router logits of one token, in f64, and its chosen experts. */
  private static final class Row {
    private final double[] logits;
    private final int[] experts;
    private final ExpertWeighting weighting;

    Row(double[] logits, int[] experts, ExpertWeighting weighting) {
      this.logits = logits;
      this.experts = experts;
      this.weighting = weighting;
    }

    double[] weights() {
      return switch (weighting) {
        case ExpertWeighting.Softmax(boolean normalise, float factor) ->
            scaled(gather(softmax(normalise ? onlyChosen() : all())), factor);
        case ExpertWeighting.Sigmoid(boolean normalise, float factor) -> {
          double[] s = sigmoids();
          yield scaled(s, normalise ? factor / sum(s) : factor);
        }
        case ExpertWeighting.SparseMixer(float jitter) -> {
          double[] weights = new double[experts.length];
          for (int j = 0; j < weights.length; j++) {
            weights[j] = softmax(near(j, jitter))[experts[j]];
          }
          yield weights;
        }
      };
    }

    /** Returns the gradient of the logits. */
    double[] backward(double[] d) {
      double[] dLogits = new double[logits.length];
      switch (weighting) {
        case ExpertWeighting.Softmax(boolean normalise, float factor) -> {
          double[] p = softmax(normalise ? onlyChosen() : all());
          for (int j = 0; j < d.length; j++) {
            addSoftmaxGradient(dLogits, p, experts[j], d[j] * factor);
          }
        }
        case ExpertWeighting.Sigmoid(boolean normalise, float factor) -> {
          double[] s = sigmoids();
          double sum = sum(s);
          double mean = 0; // of d, weighted by the normalised s
          for (int j = 0; normalise && j < d.length; j++) {
            mean += d[j] * s[j] / sum;
          }
          double scale = normalise ? factor / sum : factor;
          for (int j = 0; j < d.length; j++) {
            dLogits[experts[j]] += scale * (d[j] - mean) * s[j] * (1 - s[j]);
          }
        }
        case ExpertWeighting.SparseMixer(float jitter) -> {
          for (int j = 0; j < d.length; j++) {
            addSoftmaxGradient(dLogits, softmax(near(j, jitter)), experts[j], d[j]);
          }
        }
      }
      return dLogits;
    }

    /** Adds the gradient of d p[expert] with respect to the logits, where p is their softmax. */
    private static void addSoftmaxGradient(double[] dLogits, double[] p, int expert, double d) {
      double weighted = d * p[expert];
      for (int e = 0; e < p.length; e++) {
        dLogits[e] -= weighted * p[e];
      }
      dLogits[expert] += weighted;
    }

    private boolean[] all() {
      boolean[] all = new boolean[logits.length];
      Arrays.fill(all, true);
      return all;
    }

    private boolean[] onlyChosen() {
      boolean[] only = new boolean[logits.length];
      for (int e : experts) {
        only[e] = true;
      }
      return only;
    }

    /** Returns which experts take part in the softmax of the j-th choice. */
    private boolean[] near(int j, float jitter) {
      boolean[] near = all();
      for (int i = 0; i < j; i++) {
        near[experts[i]] = false;
      }
      double best = logits[experts[j]];
      for (int e = 0; e < logits.length; e++) {
        double factor = Math.max(Math.abs(logits[e]), best);
        near[e] &= !((best - logits[e]) / factor > 2 * jitter);
      }
      return near;
    }

    /** Softmax over the experts of a set; the probabilities of the others are 0. */
    private double[] softmax(boolean[] among) {
      double max = Double.NEGATIVE_INFINITY;
      for (int e = 0; e < logits.length; e++) {
        max = among[e] ? Math.max(max, logits[e]) : max;
      }
      double[] p = new double[logits.length];
      for (int e = 0; e < logits.length; e++) {
        p[e] = among[e] ? Math.exp(logits[e] - max) : 0;
      }
      return scaled(p, 1 / sum(p));
    }

    private double[] sigmoids() {
      double[] s = new double[experts.length];
      for (int j = 0; j < s.length; j++) {
        s[j] = 1 / (1 + Math.exp(-logits[experts[j]]));
      }
      return s;
    }

    private double[] gather(double[] p) {
      return Arrays.stream(experts).mapToDouble(e -> p[e]).toArray();
    }

    private static double sum(double[] x) {
      double sum = 0;
      for (double v : x) {
        sum += v;
      }
      return sum;
    }

    private static double[] scaled(double[] x, double factor) {
      for (int i = 0; i < x.length; i++) {
        x[i] *= factor;
      }
      return x;
    }
  }
}
