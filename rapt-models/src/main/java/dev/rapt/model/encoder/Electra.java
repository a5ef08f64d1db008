package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Activations;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * ELECTRA: the generator, a masked language model, or the discriminator, which detects the tokens
 * that a generator replaced. arXiv:2003.10555. As {@link Bert} without pooler, but embeddings
 * narrower than D are projected to D:
 *
 * <pre>
 * x = norm(token[ids] + segment[types] + position[0 .. T - 1]) W + b  (B, T, D)
 * </pre>
 */
public final class Electra {
  /** {@code electra}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("electra", "ElectraForMaskedLM", "electra", Config::parse, Electra::build);

  /**
   * What config.json of an ELECTRA says.
   *
   * @param choiceActivation after the layer that summarises a choice, in multiple choice
   * @param isCausal whether a token sees only itself and earlier tokens ({@code is_decoder})
   */
  public record Config(EncoderSizes sizes, Activation choiceActivation, boolean isCausal)
      implements EncoderConfig {
    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      String summary = json.stringOr("summary_type", "first");
      if (!summary.equals("first") || !json.boolOr("summary_use_proj", true)) {
        throw json.error(
            "summary_type", "must be first, with summary_use_proj, got %s".formatted(summary));
      }
      boolean isNull = json.json().has("summary_activation") && !json.has("summary_activation");
      return new Config(
          EncoderSizes.parse(json, EncoderSizes.Keys.BERT),
          Activations.read(json, "summary_activation", isNull ? "linear" : "gelu"),
          json.boolOr("is_decoder", false));
    }

    @Override
    public String modelType() {
      return "electra";
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, EncoderSizes.Keys.BERT);
      json.put("summary_activation", Activations.name(choiceActivation))
          .put("is_decoder", isCausal);
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
    public Detection discriminator() {
      String at = "discriminator_predictions";
      return new Detection(
          HeadTransform.of(at + ".dense", sizes.activation()),
          null,
          at + ".dense_prediction",
          true);
    }

    /** Returns a copy of other sizes. */
    public Config withSizes(EncoderSizes other) {
      return new Config(other, choiceActivation, isCausal);
    }
  }

  private Electra() {}

  /** Builds the model without its head from the parameters under {@code electra}. */
  public static Backbone build(Config config, ParameterSource source) {
    EncoderSizes sizes = config.sizes();
    Bert bert = new Bert(new EncoderParts(sizes, EncoderParts.Names.BERT));
    Embeddings embeddings = bert.embeddings(source.at("embeddings"));
    if (sizes.embeddingSize() != sizes.hiddenSize()) {
      Linear projection =
          Linear.of(
              source.at("embeddings_project"),
              sizes.embeddingSize(),
              sizes.hiddenSize(),
              true,
              sizes.initStd());
      embeddings = embeddings.then((x, _) -> projection.forward(x));
    }
    return bert.stack(embeddings, source);
  }
}
