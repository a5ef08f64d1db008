package dev.rapt.model;

import dev.rapt.autograd.Ops;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.Weights;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.nn.RandomSource;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A decoder with a head over the vocabulary: predicts each next token. Owns its parameters; one
 * model may serve many threads, each with scopes and passes of its own.
 */
public final class CausalLm implements AutoCloseable {
  private static final String HEAD = "lm_head";

  /** Tensors of published checkpoints that hold no weights: masks, frequencies, a tied head. */
  private static final List<Pattern> IGNORABLE =
      List.of(
          Pattern.compile(".*\\.attn\\.(masked_)?bias"),
          Pattern.compile(".*\\.rotary_emb\\.inv_freq"),
          Pattern.compile("lm_head\\.weight"));

  private final Scope scope;
  private final @Nullable Checkpoint checkpoint;
  private final ModelConfig config;
  private final Parameters parameters;
  private final Backbone backbone;
  private final Linear head;

  private CausalLm(
      Scope scope,
      @Nullable Checkpoint checkpoint,
      ModelConfig config,
      Parameters parameters,
      Backbone backbone,
      Linear head) {
    this.scope = scope;
    this.checkpoint = checkpoint;
    this.config = config;
    this.parameters = parameters;
    this.backbone = backbone;
    this.head = head;
  }

  /** A model with fresh parameters that follow from the seed. */
  public static CausalLm create(ModelConfig config, long seed) {
    Scope scope = Scope.open();
    Parameters parameters = new Parameters(scope);
    ParameterSource source = new RandomSource(parameters, seed);
    return build(scope, null, config, parameters, source, source.at(Families.prefix(config)));
  }

  /** Loads a Hugging Face folder, to run. */
  public static CausalLm load(Path folder) {
    return load(folder, folder.resolve("config.json"), false);
  }

  /** Loads a Hugging Face folder, to train further. */
  public static CausalLm loadTrainable(Path folder) {
    return load(folder, folder.resolve("config.json"), true);
  }

  /** Loads the weights of a folder as this configuration file describes them. */
  public static CausalLm load(Path folder, Path configFile, boolean trained) {
    ModelConfig config = Families.parse(ConfigReader.of(configFile));
    Scope scope = Scope.open();
    Checkpoint checkpoint = null;
    try {
      Checkpoint opened = Checkpoint.open(folder);
      checkpoint = opened;
      return Weights.load(
          opened,
          IGNORABLE,
          weights -> {
            Parameters parameters = new Parameters(scope);
            return build(
                scope,
                opened,
                config,
                parameters,
                new CheckpointSource(parameters, weights, trained),
                new CheckpointSource(
                    parameters, weights.atIfPresent(Families.prefix(config)), trained));
          });
    } catch (RuntimeException e) {
      scope.close();
      if (checkpoint != null) {
        checkpoint.close();
      }
      throw e;
    }
  }

  private static CausalLm build(
      Scope scope,
      @Nullable Checkpoint checkpoint,
      ModelConfig config,
      Parameters parameters,
      ParameterSource root,
      ParameterSource base) {
    Backbone backbone = Families.build(config, base, parameters);
    Linear head =
        config.tiedHead()
            ? Linear.tied(backbone.tokenEmbedding())
            : Linear.of(
                root.at(HEAD), config.hiddenSize(), config.vocabSize(), false, config.initStd());
    return new CausalLm(scope, checkpoint, config, parameters, backbone, head);
  }

  /** What the model is. */
  public ModelConfig config() {
    return config;
  }

  /** The weights, a tied one once. */
  public Parameters parameters() {
    return parameters;
  }

  /** The token embedding (V, D). */
  public Parameter tokenEmbedding() {
    return backbone.tokenEmbedding();
  }

  /** The tables that are looked up by token or position, the token embedding first. */
  public List<Parameter> embeddings() {
    return backbone.embeddings();
  }

  /** The matrices inside the model: all but the embeddings and the head. */
  public Set<Parameter> hiddenMatrices() {
    Set<Parameter> matrices = new LinkedHashSet<>();
    for (Parameter parameter : parameters) {
      if (parameter.isMatrix() && parameter != head.weight()) {
        matrices.add(parameter);
      }
    }
    embeddings().forEach(matrices::remove);
    return matrices;
  }

  /** The scope that owns the parameters; scopes for work with the model are children of it. */
  public Scope scope() {
    return scope;
  }

  /** Maps ids (B, T) to the last hidden state (B, T, D), after the final norm. */
  public Tensor hidden(Tensor ids, Pass pass) {
    requireRoom(pass);
    return backbone.forward(ids, pass);
  }

  /** Maps hidden states (..., D) to logits (..., V). */
  public Tensor logits(Tensor hidden) {
    return head.forward(hidden);
  }

  /** Maps ids (B, T) to logits (B, T, V) of the tokens that follow each. */
  public Tensor logits(Tensor ids, Pass pass) {
    return logits(hidden(ids, pass));
  }

  /**
   * The mean cross entropy, in nats, of the targets.
   *
   * @param ids (B, T)
   * @param targets (B, T) i32: what follows each token; -100 is left out
   * @param denominator what the sum is divided by; 0 for the number of targets that are not -100
   * @return a scalar, f32
   */
  public Tensor loss(Tensor ids, Tensor targets, Pass pass, long denominator) {
    Tensor hidden = hidden(ids, pass);
    return Ops.linearCrossEntropy(hidden, head.weight().compute(), targets, 0, denominator);
  }

  private void requireRoom(Pass pass) {
    if (config.endsAtMaxPositions() && pass.totalLen() > config.maxPositions()) {
      throw new IllegalArgumentException(
          "input: at most %d tokens, got %d; shorten it"
              .formatted(config.maxPositions(), pass.totalLen()));
    }
  }

  /** Frees the parameters; tensors computed with them stay readable until their scopes close. */
  @Override
  public void close() {
    scope.close();
    if (checkpoint != null) {
      checkpoint.close();
    }
  }
}
