package dev.rapt.text.embed;

import dev.rapt.autograd.Ops;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.Weights;
import dev.rapt.model.Encoder;
import dev.rapt.model.load.CheckpointSource;
import dev.rapt.model.load.Loading;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.nn.RandomSource;
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
  private static final float USUAL_DROPOUT = 0.2f;

  /** Distinguishes dropout between modules from that of the transformer's layers. */
  private static final int DROPOUT_LAYER = 1 << 20;

  /** A module: pooling, or a function of the tokens' vectors or of the text's vector. */
  private sealed interface Step {
    record Pool(Pooling pooling) implements Step {}

    record Map(boolean perToken, UnaryOperator<Tensor> function) implements Step {}

    record Dropout(float probability) implements Step {}
  }

  /**
   * The weights of a module.
   *
   * @param path of the module's folder, relative to that of the model: {@code 2_Dense}
   * @param parameters its parameters, whose names begin with the path: {@code
   *     2_Dense.linear.weight}
   */
  public record ModuleWeights(String path, Parameters parameters) {
    /** Returns the name of a parameter in the file of the module: {@code linear.weight}. */
    public String nameInFile(Parameter parameter) {
      return parameter.name().substring(path.length() + 1);
    }
  }

  private final List<Step> steps;
  private final List<ModuleWeights> weights;
  private final int truncateDim;

  private EmbeddingPipeline(List<Step> steps, List<ModuleWeights> weights, int truncateDim) {
    this.steps = steps;
    this.weights = weights;
    this.truncateDim = truncateDim;
  }

  /** Creates a pipeline of pooling, and normalization if wanted. */
  static EmbeddingPipeline of(Pooling pooling, boolean normalizes) {
    List<Step> steps = new ArrayList<>(List.of(new Step.Pool(pooling)));
    if (normalizes) {
      steps.add(new Step.Map(false, Encoder::normalized));
    }
    return new EmbeddingPipeline(steps, List.of(), Integer.MAX_VALUE);
  }

  /**
   * Loads modules.
   *
   * @param modules those behind the transformer
   * @param truncateDim most components that are kept of each vector
   * @param scope scope that will own the weights
   * @param loading whether the weights are those of the folder or random
   * @throws dev.rapt.checkpoint.CheckpointException if a module is not known, cannot follow the one
   *     before it, or cannot be trained
   */
  static EmbeddingPipeline load(
      List<ModuleEntry> modules, int truncateDim, Scope scope, Loading loading) {
    List<Step> steps = new ArrayList<>();
    List<ModuleWeights> weights = new ArrayList<>();
    boolean isPooled = false;
    for (ModuleEntry module : modules) {
      ModuleWeights own = new ModuleWeights(module.path(), new Parameters(scope));
      Step step =
          switch (module.kind()) {
            case "Pooling" -> new Step.Pool(Pooling.parse(module.config()));
            case "Dense" -> dense(module.config(), module, own, loading);
            case "Normalize" -> normalize(module);
            case "LayerNorm" -> layerNorm(module.config(), module, own, loading);
            case "Dropout" ->
                new Step.Dropout(
                    module.optionalConfig().map(EmbeddingPipeline::rate).orElse(USUAL_DROPOUT));
            default ->
                throw module.refused(
                    "must be Transformer, Pooling, Dense, LayerNorm, Normalize or Dropout; Rapt has"
                        + " no other module");
          };
      isPooled |= step instanceof Step.Pool;
      boolean isOfVector =
          step instanceof Step.Dropout || (step instanceof Step.Map map && !map.perToken());
      if (!isPooled && isOfVector) {
        throw module.refused("must come after Pooling, got it before");
      }
      steps.add(step);
      if (own.parameters().size() > 0) {
        weights.add(own);
      }
    }
    if (!isPooled) {
      throw modules.getLast().refused("must come after Pooling, got no Pooling");
    }
    return new EmbeddingPipeline(steps, weights, truncateDim);
  }

  private static float rate(ConfigReader json) {
    return json.dropoutOr("dropout", USUAL_DROPOUT);
  }

  private static Step dense(
      ConfigReader json, ModuleEntry module, ModuleWeights own, Loading loading) {
    int in = json.requireInt("in_features", 1, Integer.MAX_VALUE);
    int out = json.requireInt("out_features", 1, Integer.MAX_VALUE);
    double std = 1 / Math.sqrt(3.0 * in); // of PyTorch's uniform values
    boolean bias = json.boolOr("bias", true);
    boolean residual = json.boolOr("use_residual", false);
    UnaryOperator<Tensor> activation =
        TorchActivation.of(json, "activation_function", "Tanh", loading.trained());
    return weights(
        module,
        own,
        loading,
        source -> {
          Linear linear = Linear.of(source.at("linear"), in, out, bias, std);
          Linear shortcut =
              residual && in != out ? Linear.of(source.at("residual"), in, out, false, std) : null;
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

  private static Step layerNorm(
      ConfigReader json, ModuleEntry module, ModuleWeights own, Loading loading) {
    int width = json.requireInt("dimension", 1, Integer.MAX_VALUE);
    return weights(
        module,
        own,
        loading,
        source -> {
          Norm norm = Norm.LayerNorm.of(source.at("norm"), width, TORCH_NORM_EPS, true);
          return new Step.Map(false, norm::forward);
        });
  }

  /** Builds a module from its weights, which are copied. */
  private static Step weights(
      ModuleEntry module,
      ModuleWeights own,
      Loading loading,
      Function<ParameterSource, Step> build) {
    if (loading.start() == Loading.Start.FRESH) {
      return build.apply(new RandomSource(own.parameters(), loading.seed()).at(own.path()));
    }
    try (Checkpoint checkpoint = Checkpoint.open(module.folder())) {
      return Weights.load(
          checkpoint,
          List.of(),
          stored ->
              build.apply(
                  new ModuleSource(
                      own,
                      CheckpointSource.copying(new Parameters(own.parameters().scope()), stored))));
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

  /** Returns the weights of the modules that have some, in order. */
  public List<ModuleWeights> weights() {
    return weights;
  }

  /**
   * Computes the vectors of a batch of texts.
   *
   * @param hidden (B, T, D) hidden states of the transformer
   * @param pass the pass that computed them, which says whether dropout is on
   * @param lengths (B) number of tokens of each text
   * @param promptTokens tokens of the prompt at the start of each text
   * @return (B, E), f32
   */
  public Tensor vectors(Tensor hidden, Pass pass, int[] lengths, int promptTokens) {
    Tensor tokens = hidden;
    @Nullable Tensor vector = null;
    for (int i = 0; i < steps.size(); i++) {
      switch (steps.get(i)) {
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
        case Step.Dropout(float probability) -> {
          if (vector != null) {
            vector =
                Ops.dropout(vector, pass.dropout(probability), pass.dropoutSeed(DROPOUT_LAYER, i));
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
