package dev.rapt.train.optim;

import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import java.util.ArrayList;
import java.util.List;

/**
 * The learning rate of each parameter as a factor of that of the step: parameter groups. A
 * parameter with factor 0 is frozen.
 */
@FunctionalInterface
public interface LearningRates {
  /** The same learning rate for all parameters. */
  LearningRates EQUAL = parameter -> 1;

  /** Returns the factor of a parameter, finite and at least 0. */
  double factor(Parameter parameter);

  /**
   * Freezes the parameters with factor 0, so that no gradients are computed for them, and returns
   * the others, which an optimiser is created for. Must be called before the parameters are
   * tracked.
   */
  default List<Parameter> trained(Parameters parameters) {
    List<Parameter> trained = new ArrayList<>();
    for (Parameter parameter : parameters) {
      if (checked(parameter) == 0) {
        parameters.freeze(parameter);
      } else {
        trained.add(parameter);
      }
    }
    return trained;
  }

  /** Returns the factor of a parameter after a check of its range. */
  default double checked(Parameter parameter) {
    double factor = factor(parameter);
    if (!(factor >= 0 && Double.isFinite(factor))) {
      throw new IllegalArgumentException(
          "%s: factor of the learning rate must be finite and at least 0, got %s"
              .formatted(parameter.name(), factor));
    }
    return factor;
  }
}
