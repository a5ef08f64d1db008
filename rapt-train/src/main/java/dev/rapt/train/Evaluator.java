package dev.rapt.train;

/** Measures the model of a run on held-out data, without dropout. */
@FunctionalInterface
public interface Evaluator {
  /** Measures the model as it is now. */
  Measurement measure();
}
