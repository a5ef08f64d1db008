package dev.rapt.autograd.loss;

/** Element-wise loss of a prediction and its target, in f64. */
sealed interface ElementLoss {
  double value(double x, double target);

  /** The derivative with respect to x. */
  double derivative(double x, double target);

  /** Squared error, (x - target)^2. */
  record SquaredError() implements ElementLoss {
    @Override
    public double value(double x, double target) {
      return (x - target) * (x - target);
    }

    @Override
    public double derivative(double x, double target) {
      return 2 * (x - target);
    }
  }

  /** Absolute error, |x - target|. */
  record AbsoluteError() implements ElementLoss {
    @Override
    public double value(double x, double target) {
      return Math.abs(x - target);
    }

    @Override
    public double derivative(double x, double target) {
      return Math.signum(x - target);
    }
  }

  /** Huber loss: half the squared error where |x - target| is at most delta, linear beyond. */
  record Huber(double delta) implements ElementLoss {
    public Huber {
      if (!(delta > 0)) {
        throw new IllegalArgumentException("huber: delta must be positive, got " + delta);
      }
    }

    @Override
    public double value(double x, double target) {
      double error = Math.abs(x - target);
      return error < delta ? error * error / 2 : delta * (error - delta / 2);
    }

    @Override
    public double derivative(double x, double target) {
      return Math.clamp(x - target, -delta, delta);
    }
  }

  /**
   * Binary cross entropy of sigmoid(x), in a form that does not overflow: -w t log sigmoid(x) - (1
   * - t) log sigmoid(-x).
   *
   * @param positiveWeight w, the weight of positive targets, at least 0
   */
  record BinaryCrossEntropy(double positiveWeight) implements ElementLoss {
    public BinaryCrossEntropy {
      if (!(positiveWeight >= 0 && Double.isFinite(positiveWeight))) {
        throw new IllegalArgumentException(
            "binary cross entropy: weights must be at least 0, got " + positiveWeight);
      }
    }

    @Override
    public double value(double x, double target) {
      double positive = positiveWeight * target;
      return (1 - target) * Math.max(x, 0)
          + positive * Math.max(-x, 0)
          + (positive + 1 - target) * Math.log1p(Math.exp(-Math.abs(x)));
    }

    @Override
    public double derivative(double x, double target) {
      double positive = positiveWeight * target;
      return (positive + 1 - target) / (1 + Math.exp(-x)) - positive;
    }
  }
}
