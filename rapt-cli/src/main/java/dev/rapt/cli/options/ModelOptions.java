package dev.rapt.cli.options;

import dev.rapt.kernel.Activation;
import dev.rapt.model.decoder.PositionEncoding;
import dev.rapt.nn.Norm;
import dev.rapt.train.shape.ModelShape;
import dev.rapt.train.shape.Preset;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that describe a new model: a preset, and changes to it. */
@OptionGroup("Model")
public final class ModelOptions {
  /** Names of the activations on the command line. */
  private enum MlpActivation {
    gelu(Activation.GELU),
    gelu_tanh(Activation.GELU_TANH),
    relu(Activation.RELU),
    relu2(Activation.RELU_SQUARED),
    silu(Activation.SILU);

    private final Activation activation;

    MlpActivation(Activation activation) {
      this.activation = activation;
    }
  }

  private enum MlpKind {
    plain,
    gated
  }

  private enum NormPlace {
    pre,
    post
  }

  /** Options by their names in the messages of {@link ModelShape} and {@link Preset}. */
  private static final Map<String, String> NAMES =
      Map.of(
          "preset", "--preset",
          "layers", "--layers",
          "width", "--width",
          "heads", "--heads",
          "key-value heads", "--kv-heads",
          "MLP width", "--mlp-width",
          "context", "--context",
          "dropout", "--dropout",
          "positions", "--positions");

  /** Names of the presets. */
  static final class PresetNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(Preset.values()).map(Preset::label).iterator();
    }
  }

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      defaultValue = "tiny",
      completionCandidates = PresetNames.class,
      description =
          "Preset for shape and batch: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private String preset = "tiny";

  @Option(
      names = "--layers",
      paramLabel = "N",
      description = "Number of layers (default: of the preset).")
  @Range(min = 1, max = ModelShape.MOST_LAYERS)
  private @Nullable Integer layers;

  @Option(
      names = "--width",
      paramLabel = "N",
      description = "Hidden size, the width of the residual stream (default: of the preset).")
  @Range(min = 1, max = ModelShape.LARGEST)
  private @Nullable Integer width;

  @Option(
      names = "--heads",
      paramLabel = "N",
      description = "Number of query heads; divides --width (default: of the preset).")
  @Range(min = 1, max = ModelShape.LARGEST)
  private @Nullable Integer heads;

  @Option(
      names = "--kv-heads",
      paramLabel = "N",
      description =
          "Number of key-value heads (GQA); divides --heads (default: as many as query heads).")
  @Range(min = 1, max = ModelShape.LARGEST)
  private @Nullable Integer kvHeads;

  @Option(
      names = "--mlp-width",
      paramLabel = "N",
      description = "Intermediate size of the MLP (default: the preset's multiple of --width).")
  @Range(min = 1, max = ModelShape.LARGEST)
  private @Nullable Integer mlpWidth;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Context length in tokens (default: of the preset).")
  @Range(min = 1, max = ModelShape.LARGEST)
  private @Nullable Integer context;

  @Option(
      names = "--positions",
      paramLabel = "KIND",
      description =
          "Position encoding: learned, sinusoidal, rope, alibi or none (default: of the preset).")
  private @Nullable PositionEncoding positions;

  @Option(
      names = "--rope-theta",
      paramLabel = "X",
      description = "Base of the RoPE frequencies (default: 10000).")
  @Range(min = 0, aboveMin = true)
  private @Nullable Double ropeTheta;

  @Option(
      names = "--window",
      paramLabel = "N",
      description =
          "Sliding window in tokens, the query's own included; 0 for full attention (default: 0).")
  @Range(min = 0)
  private @Nullable Integer window;

  @Option(
      names = "--norm",
      paramLabel = "KIND",
      description = "Normalisation: layer or rms (default: of the preset).")
  private Norm.@Nullable Kind norm;

  @Option(
      names = "--norm-place",
      paramLabel = "PLACE",
      description = "Pre-norm or post-norm blocks: pre or post (default: of the preset).")
  private @Nullable NormPlace normPlace;

  @Option(
      names = "--activation",
      paramLabel = "KIND",
      description =
          "Activation of the MLP: gelu, gelu_tanh, relu, relu2 or silu (default: of the preset).")
  private @Nullable MlpActivation activation;

  @Option(
      names = "--mlp",
      paramLabel = "KIND",
      description =
          "Kind of MLP: plain or gated; gated with silu is SwiGLU, gated with gelu is GeGLU"
              + " (default: of the preset).")
  private @Nullable MlpKind mlp;

  @Option(
      names = "--bias",
      negatable = true,
      description = "Linear layers with biases (default: of the preset).")
  private @Nullable Boolean bias;

  @Option(
      names = "--tied",
      negatable = true,
      description = "Head tied to the token embedding (default: of the preset).")
  private @Nullable Boolean tied;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      description =
          "Dropout probability in training (default: 0). Llama shapes drop attention weights only;"
              + " all others also drop embeddings and the outputs of attention and MLP.")
  @Range(min = 0, max = 1, belowMax = true)
  private @Nullable Float dropout;

  /** The chosen preset. */
  public Preset preset() {
    try {
      return Preset.of(preset);
    } catch (IllegalArgumentException e) {
      throw OptionNames.renamed(e, NAMES);
    }
  }

  /** The shape of the preset with the options applied. */
  public ModelShape shape() {
    try {
      ModelShape shape = changed();
      if (ropeTheta != null && shape.positions() != PositionEncoding.ROPE) {
        throw new IllegalArgumentException(
            "--rope-theta: must come with --positions rope, got "
                + shape.positions().name().toLowerCase(Locale.ROOT));
      }
      return shape;
    } catch (IllegalArgumentException e) {
      throw OptionNames.renamed(e, NAMES);
    }
  }

  private ModelShape changed() {
    ModelShape base = preset().shape();
    int newWidth = or(width, base.width());
    int newHeads = or(heads, base.heads());
    int sameMlpShare = Math.max(1, Math.round((float) newWidth * base.mlpWidth() / base.width()));
    return new ModelShape(
        or(layers, base.layers()),
        newWidth,
        newHeads,
        or(kvHeads, heads == null ? base.kvHeads() : newHeads),
        or(mlpWidth, sameMlpShare),
        or(context, base.context()),
        or(positions, base.positions()),
        or(ropeTheta, base.ropeTheta()),
        or(window, base.window()),
        base.alternating(),
        or(norm, base.norm()),
        normPlace == null ? base.postNorm() : normPlace == NormPlace.post,
        activation == null ? base.activation() : activation.activation,
        mlp == null ? base.gated() : mlp == MlpKind.gated,
        or(bias, base.bias()),
        or(tied, base.tied()),
        or(dropout, base.dropout()));
  }

  private static <T> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
