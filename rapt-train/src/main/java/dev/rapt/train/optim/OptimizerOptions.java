package dev.rapt.train.optim;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.rapt.nn.Parameter;
import java.util.List;
import java.util.Set;

/** Which optimiser, and its constants apart from the learning rate. */
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
   * The optimiser for these parameters.
   *
   * @param hiddenMatrices those of them that map from the inside of the model to the inside, which
   *     Muon orthogonalises; other optimisers make no difference
   */
  Optimizer create(List<Parameter> parameters, Set<Parameter> hiddenMatrices);

  /** A learning rate to begin with for this optimiser, for models of 1 to 100 million weights. */
  double usualLr();
}
