package dev.rapt.model;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.Weights;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.nn.RandomSource;
import dev.rapt.quant.Quantization;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A model without its head, and what a head is added with.
 *
 * @param scope owns the parameters
 * @param checkpoint holds the mapped weights; null for fresh ones
 * @param source where the head finds its parameters
 */
record ModelParts(
    Scope scope,
    @Nullable Checkpoint checkpoint,
    ModelConfig config,
    Parameters parameters,
    ParameterSource source,
    Backbone backbone)
    implements AutoCloseable {

  /** Tensors of published checkpoints that hold no weights: masks, frequencies, a tied head. */
  private static final List<Pattern> IGNORABLE =
      List.of(
          Pattern.compile(".*\\.attn\\.(masked_)?bias"),
          Pattern.compile(".*\\.rotary_emb\\.inv_freq"),
          Pattern.compile("lm_head\\.weight"));

  /** Fresh parameters that follow from the seed. */
  static ModelParts create(ModelConfig config, long seed) {
    Scope scope = Scope.open();
    Parameters parameters = new Parameters(scope);
    ParameterSource source = new RandomSource(parameters, seed);
    Backbone backbone = Families.build(config, source.at(Families.prefix(config)), parameters);
    return new ModelParts(scope, null, config, parameters, source, backbone);
  }

  /**
   * Loads the weights of a folder as this configuration file describes them.
   *
   * @param trained whether the parameters will be written to
   * @param head adds the head, so that its weights count as used
   */
  static <M> M load(Path folder, Path configFile, boolean trained, Function<ModelParts, M> head) {
    ConfigReader json = ConfigReader.of(configFile);
    ModelConfig config = Families.parse(json);
    PackedWeights packed = new PackedWeights(Quantization.parse(json));
    Checkpoint checkpoint = Checkpoint.open(folder);
    Scope scope = Scope.open();
    try {
      return Weights.load(
          checkpoint,
          IGNORABLE,
          weights -> {
            Parameters parameters = new Parameters(scope);
            ParameterSource root = new CheckpointSource(parameters, weights, packed, trained);
            Weights base = weights.atIfPresent(Families.prefix(config));
            ParameterSource baseSource = new CheckpointSource(parameters, base, packed, trained);
            Backbone backbone = Families.build(config, baseSource, parameters);
            return head.apply(
                new ModelParts(scope, checkpoint, config, parameters, root, backbone));
          });
    } catch (RuntimeException e) {
      scope.close();
      checkpoint.close();
      throw e;
    }
  }

  /** Maps ids (B, T) to the last hidden state (B, T, D), after the final norm. */
  Tensor hidden(Tensor ids, Pass pass) {
    if (config.endsAtMaxPositions() && pass.totalLen() > config.maxPositions()) {
      throw new IllegalArgumentException(
          "input: at most %d tokens, got %d; shorten it"
              .formatted(config.maxPositions(), pass.totalLen()));
    }
    return backbone.forward(ids, pass);
  }

  /** Frees the parameters. */
  @Override
  public void close() {
    scope.close();
    if (checkpoint != null) {
      checkpoint.close();
    }
  }
}
