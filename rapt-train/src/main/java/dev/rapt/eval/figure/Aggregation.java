package dev.rapt.eval.figure;

import dev.rapt.metrics.Bleu;
import dev.rapt.metrics.CalibrationError;
import dev.rapt.metrics.Chrf;
import dev.rapt.metrics.ClassCounts;
import dev.rapt.metrics.Correlation;
import java.util.Locale;

/**
 * How a figure follows from the numbers of its examples. Each example has a row of numbers; a
 * figure is a function of the sums of the rows, so that resampling the examples is adding up rows.
 */
public enum Aggregation {
  /** Quotient of the sums of (x, weight): the mean of x where the weights are 1. */
  MEAN {
    @Override
    public double of(double[] sums) {
      return sums[0] / sums[1];
    }
  },
  /** exp(-mean), of (log-likelihood in nats, weight): words, bytes or 1 as the weight. */
  PERPLEXITY {
    @Override
    public double of(double[] sums) {
      return Math.exp(-sums[0] / sums[1]);
    }
  },
  /** Mean in bits, negated, of (log-likelihood in nats, bytes). */
  BITS {
    @Override
    public double of(double[] sums) {
      return -sums[0] / sums[1] / Math.log(2);
    }
  },
  /** F1 of (true positives, false positives, false negatives). */
  F1 {
    @Override
    public double of(double[] sums) {
      double all = 2 * sums[0] + sums[1] + sums[2];
      return all == 0 ? 0 : 2 * sums[0] / all;
    }
  },
  /** Macro F1 of the {@linkplain ClassCounts#row rows}. */
  MACRO_F1 {
    @Override
    public double of(double[] sums) {
      return ClassCounts.macroF1(sums);
    }
  },
  /** Matthews correlation of the {@linkplain ClassCounts#row rows}. */
  MATTHEWS {
    @Override
    public double of(double[] sums) {
      return ClassCounts.matthews(sums);
    }
  },
  /** Pearson's correlation of the {@linkplain Correlation#rows rows}. */
  CORRELATION {
    @Override
    public double of(double[] sums) {
      return Correlation.ofSums(sums);
    }
  },
  /** Expected calibration error of the {@linkplain CalibrationError#row rows}. */
  CALIBRATION {
    @Override
    public double of(double[] sums) {
      return CalibrationError.value(sums);
    }
  },
  /** BLEU of the {@linkplain Bleu#counts counts} of sentences. */
  BLEU {
    @Override
    public double of(double[] sums) {
      return Bleu.score(sums);
    }
  },
  /** chrF or chrF++ of the {@linkplain Chrf#counts counts} of sentences. */
  CHRF {
    @Override
    public double of(double[] sums) {
      return Chrf.score(sums);
    }
  };

  /** Returns the figure of the sums of the rows. */
  public abstract double of(double[] sums);

  /** Returns the figure of rows, of which there must be one at least. */
  public final double ofRows(double[][] rows) {
    double[] sums = new double[rows[0].length];
    for (double[] row : rows) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += row[i];
      }
    }
    return of(sums);
  }

  /** Returns the name in files: lower case. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
