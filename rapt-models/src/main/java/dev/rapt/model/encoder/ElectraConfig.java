package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * ELECTRA: a BERT without pooler, as generator or as the discriminator that finds the tokens which
 * the generator replaced.
 *
 * @param choiceActivation after the layer that makes the vector of an answer among several
 */
public record ElectraConfig(EncoderSizes sizes, Activation choiceActivation, boolean isCausal)
    implements EncoderConfig {
  /** Reads a config.json. */
  public static ElectraConfig parse(ConfigReader json) {
    String summary = json.stringOr("summary_type", "first");
    if (!summary.equals("first") || !json.boolOr("summary_use_proj", true)) {
      throw json.error(
          "summary_type", "must be first, with summary_use_proj, got %s".formatted(summary));
    }
    boolean noActivation = json.json().has("summary_activation") && !json.has("summary_activation");
    return new ElectraConfig(
        EncoderSizes.parse(json, EncoderSizes.Keys.BERT),
        Activations.read(json, "summary_activation", noActivation ? "linear" : "gelu"),
        json.boolOr("is_decoder", false));
  }

  @Override
  public String modelType() {
    return "electra";
  }

  @Override
  public void write(ObjectNode json) {
    sizes.write(json, EncoderSizes.Keys.BERT);
    json.put("summary_activation", Activations.name(choiceActivation)).put("is_decoder", isCausal);
  }

  @Override
  public Vocabulary vocabularyHead() {
    return new Vocabulary(
        HeadTransform.of("generator_predictions.dense", Activation.GELU)
            .normed("generator_predictions.LayerNorm"),
        "generator_lm_head",
        "generator_lm_head.bias");
  }

  @Override
  public @Nullable HeadTransform pooler() {
    return null;
  }

  @Override
  public HeadTransform sequenceTransform() {
    return HeadTransform.of("classifier.dense", Activation.GELU);
  }

  @Override
  public String sequenceProjection() {
    return "classifier.out_proj";
  }

  @Override
  public HeadTransform choiceTransform() {
    return HeadTransform.of("sequence_summary.summary", choiceActivation);
  }

  @Override
  public HeadTransform discriminator() {
    return HeadTransform.of("discriminator_predictions.dense", sizes.activation());
  }
}
