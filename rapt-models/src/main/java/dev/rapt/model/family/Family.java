package dev.rapt.model.family;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.nn.ParameterSource;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A model family: its names in config.json, its configuration parser and its constructor.
 *
 * @param modelType {@code model_type} in config.json
 * @param className class of Hugging Face transformers with the language-model head: {@code
 *     GPT2LMHeadModel}
 * @param prefix prefix of the backbone's weights in checkpoints with a head; "" for none
 * @param parse reads the configuration
 * @param build builds the model without its head from the parameters under the prefix
 */
public record Family<C extends ModelConfig, B>(
    String modelType,
    String className,
    String prefix,
    Function<ConfigReader, C> parse,
    BiFunction<C, ParameterSource, B> build) {

  /**
   * Builds a model of a family from a configuration whose static type is not that of the family.
   */
  @SuppressWarnings("unchecked") // a configuration is only ever paired with its own family
  public static <B> B build(Family<?, B> family, ModelConfig config, ParameterSource source) {
    return ((Family<ModelConfig, B>) family).build().apply(config, source);
  }
}
