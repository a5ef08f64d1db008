package dev.rapt.train.optim;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.DType;
import java.util.List;
import java.util.Set;

/**
 * An optimiser and its constants, apart from the learning rate. The copy methods refuse a constant
 * that the optimiser does not have, so that a setting without effect is an error.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
@JsonSubTypes({
  @JsonSubTypes.Type(value = AdamW.Options.class, name = "adamw"),
  @JsonSubTypes.Type(value = Muon.Options.class, name = "muon"),
  @JsonSubTypes.Type(value = Lion.Options.class, name = "lion"),
  @JsonSubTypes.Type(value = Sgd.Options.class, name = "sgd"),
  @JsonSubTypes.Type(value = Adafactor.Options.class, name = "adafactor")
})
public sealed interface OptimizerOptions
    permits Adafactor.Options, AdamW.Options, Lion.Options, Muon.Options, Sgd.Options {
  /**
   * Creates the optimiser of these parameters, with one learning rate for all.
   *
   * @param hiddenMatrices the matrices among them that are neither embedding nor head; Muon
   *     orthogonalises their updates, other optimisers treat all parameters alike
   */
  default Optimizer create(List<Parameter> parameters, Set<Parameter> hiddenMatrices) {
    return create(parameters, hiddenMatrices, LearningRates.EQUAL);
  }

  /**
   * Creates the optimiser of these parameters.
   *
   * @param hiddenMatrices as there
   * @param rates factors of the learning rate; parameters with factor 0 do not change, and should
   *     be left out ({@link LearningRates#trained}) to save the memory of their state
   */
  Optimizer create(List<Parameter> parameters, Set<Parameter> hiddenMatrices, LearningRates rates);

  /** The default learning rate, which suits models of 1 to 100 million weights. */
  double usualLr();

  /** The name in configurations and messages: {@code adamw}. */
  String name();

  /**
   * Returns a copy with beta1, the decay rate of the first moment. With Muon it applies to the
   * parameters that AdamW updates.
   *
   * @throws IllegalArgumentException if beta1 is not in [0, 1) or this optimiser has none
   */
  default OptimizerOptions withBeta1(double beta1) {
    throw hasNo("beta1", beta1);
  }

  /**
   * Returns a copy with beta2, the decay rate of the second moment; in Lion, of the momentum. With
   * Muon it applies to the parameters that AdamW updates.
   *
   * @throws IllegalArgumentException if beta2 is not in [0, 1) or this optimiser has none
   */
  default OptimizerOptions withBeta2(double beta2) {
    throw hasNo("beta2", beta2);
  }

  /**
   * Returns a copy with this momentum.
   *
   * @throws IllegalArgumentException if it is not in [0, 1) or this optimiser has none
   */
  default OptimizerOptions withMomentum(double momentum) {
    throw hasNo("momentum", momentum);
  }

  /**
   * Returns a copy with this weight decay.
   *
   * @throws IllegalArgumentException if it is negative
   */
  OptimizerOptions withWeightDecay(double decay);

  /**
   * Returns a copy that keeps its state in this dtype; bf16 takes half the memory of f32.
   *
   * @param type f32 or bf16
   * @throws IllegalArgumentException if it is another, or this optimiser keeps its state in f32
   *     only
   */
  default OptimizerOptions withStateType(DType type) {
    throw hasNo("choice of the state's dtype", type.label());
  }

  private IllegalArgumentException hasNo(String option, Object value) {
    return new IllegalArgumentException(
        "%s: has no %s, got %s; leave it out or choose another optimiser"
            .formatted(name(), option, value));
  }
}
