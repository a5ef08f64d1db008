package dev.rapt.model.family;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.nn.ParameterSource;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A model family: how config.json names it, and how it is read and built.
 *
 * @param modelType {@code model_type} in config.json
 * @param className class of the Python library for the model with its language-model head: {@code
 *     GPT2LMHeadModel}
 * @param prefix where the model without head lies in a checkpoint that has a head, too; "" for the
 *     root
 * @param parse reads the configuration
 * @param build builds the model without head from the parameters under the prefix
 */
public record Family<C extends ModelConfig, B>(
    String modelType,
    String className,
    String prefix,
    Function<ConfigReader, C> parse,
    BiFunction<C, ParameterSource, B> build) {

  /** The family again, of a configuration whose type is not known to the compiler. */
  @SuppressWarnings("unchecked") // a configuration is only ever paired with its own family
  public static <B> B build(Family<?, B> family, ModelConfig config, ParameterSource source) {
    return ((Family<ModelConfig, B>) family).build().apply(config, source);
  }
}
