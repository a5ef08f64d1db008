package dev.rapt.text.embed;

import dev.rapt.autograd.Ops;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.Weights;
import dev.rapt.model.Encoder;
import dev.rapt.model.load.CheckpointSource;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The modules behind the transformer of a sentence-transformers model, which make one vector of the
 * hidden states of a text: Pooling, then Dense, LayerNorm and Normalize as the model has them.
 */
public final class EmbeddingPipeline {
  private static final String TOKENS = "token_embeddings";
  private static final String VECTOR = "sentence_embedding";
  private static final float TORCH_NORM_EPS = 1e-5f;

  /** A module: pooling, or a function of the tokens' vectors or of the text's vector. */
  private sealed interface Step {
    record Pool(Pooling pooling) implements Step {}

    record Map(boolean perToken, UnaryOperator<Tensor> function) implements Step {}
  }

  private final List<Step> steps;
  private final int truncateDim;

  private EmbeddingPipeline(List<Step> steps, int truncateDim) {
    this.steps = steps;
    this.truncateDim = truncateDim;
  }

  /** Creates a pipeline of pooling alone. */
  static EmbeddingPipeline of(Pooling pooling) {
    return new EmbeddingPipeline(List.of(new Step.Pool(pooling)), Integer.MAX_VALUE);
  }

  /**
   * Loads modules.
   *
   * @param modules those behind the transformer
   * @param truncateDim most components that are kept of each vector
   * @param scope scope that will own the weights
   * @throws dev.rapt.checkpoint.CheckpointException if a module is not known or cannot follow the
   *     one before it
   */
  static EmbeddingPipeline load(List<ModuleEntry> modules, int truncateDim, Scope scope) {
    List<Step> steps = new ArrayList<>();
    boolean isPooled = false;
    for (ModuleEntry module : modules) {
      Step step =
          switch (module.kind()) {
            case "Pooling" -> new Step.Pool(Pooling.parse(module.config()));
            case "Dense" -> dense(module.config(), module, scope);
            case "Normalize" -> normalize(module);
            case "LayerNorm" -> layerNorm(module.config(), module, scope);
            case "Dropout" -> new Step.Map(false, x -> x);
            default ->
                throw module.refused(
                    "must be Transformer, Pooling, Dense, LayerNorm, Normalize or Dropout; Rapt has"
                        + " no other module");
          };
      isPooled |= step instanceof Step.Pool;
      if (!isPooled && step instanceof Step.Map map && !map.perToken()) {
        throw module.refused("must come after Pooling, got it before");
      }
      steps.add(step);
    }
    if (!isPooled) {
      throw modules.getLast().refused("must come after Pooling, got no Pooling");
    }
    return new EmbeddingPipeline(steps, truncateDim);
  }

  private static Step dense(ConfigReader json, ModuleEntry module, Scope scope) {
    int in = json.requireInt("in_features", 1, Integer.MAX_VALUE);
    int out = json.requireInt("out_features", 1, Integer.MAX_VALUE);
    boolean bias = json.boolOr("bias", true);
    boolean residual = json.boolOr("use_residual", false);
    UnaryOperator<Tensor> activation = TorchActivation.of(json, "activation_function", "Tanh");
    return weights(
        module,
        scope,
        source -> {
          Linear linear = Linear.of(source.at("linear"), in, out, bias, 0);
          Linear shortcut =
              residual && in != out ? Linear.of(source.at("residual"), in, out, false, 0) : null;
          return new Step.Map(
              perToken(json),
              x -> {
                Tensor y = activation.apply(linear.forward(x));
                return residual ? Ops.add(y, shortcut == null ? x : shortcut.forward(x)) : y;
              });
        });
  }

  private static Step normalize(ModuleEntry module) {
    boolean perToken = module.optionalConfig().map(EmbeddingPipeline::perToken).orElse(false);
    return new Step.Map(perToken, Encoder::normalized);
  }

  private static Step layerNorm(ConfigReader json, ModuleEntry module, Scope scope) {
    int width = json.requireInt("dimension", 1, Integer.MAX_VALUE);
    return weights(
        module,
        scope,
        source -> {
          Norm norm = Norm.LayerNorm.of(source.at("norm"), width, TORCH_NORM_EPS, true);
          return new Step.Map(false, norm::forward);
        });
  }

  /** Builds a module from its weights, which are copied into the scope. */
  private static Step weights(
      ModuleEntry module, Scope scope, Function<ParameterSource, Step> build) {
    try (Checkpoint checkpoint = Checkpoint.open(module.folder())) {
      return Weights.load(
          checkpoint,
          List.of(),
          weights -> build.apply(CheckpointSource.copying(new Parameters(scope), weights)));
    }
  }

  /** Returns whether a module maps the vectors of the tokens rather than that of the text. */
  private static boolean perToken(ConfigReader json) {
    String input = json.stringOr("module_input_name", VECTOR);
    String output = json.stringOr("module_output_name", input);
    boolean perToken = input.equals(TOKENS);
    if (!output.equals(input) || !(perToken || input.equals(VECTOR))) {
      throw json.error(
          "module_input_name",
          "and module_output_name must both be %s or %s, got %s and %s"
              .formatted(VECTOR, TOKENS, input, output));
    }
    return perToken;
  }

  /** Returns whether a pooling leaves out the tokens of the prompt. */
  public boolean excludesPrompt() {
    return steps.stream()
        .anyMatch(step -> step instanceof Step.Pool pool && !pool.pooling().includesPrompt());
  }

  /**
   * Computes the vectors of a batch of texts.
   *
   * @param hidden (B, T, D) hidden states of the transformer
   * @param lengths (B) number of tokens of each text
   * @param promptTokens tokens of the prompt at the start of each text
   * @return (B, E)
   */
  public Tensor vectors(Tensor hidden, int[] lengths, int promptTokens) {
    Tensor tokens = hidden;
    @Nullable Tensor vector = null;
    for (Step step : steps) {
      switch (step) {
        case Step.Pool(Pooling pooling) -> {
          int[] from = new int[lengths.length];
          Arrays.fill(from, pooling.includesPrompt() ? 0 : promptTokens);
          vector = pooling.forward(tokens, from, lengths);
        }
        case Step.Map(boolean perToken, UnaryOperator<Tensor> function) -> {
          if (perToken) {
            tokens = function.apply(tokens);
          } else if (vector != null) {
            vector = function.apply(vector);
          }
        }
      }
    }
    if (vector == null) {
      throw new IllegalStateException("pipeline: must have a Pooling, got none");
    }
    return truncateDim < vector.lastDim() ? Ops.columns(vector, 0, truncateDim) : vector;
  }
}
