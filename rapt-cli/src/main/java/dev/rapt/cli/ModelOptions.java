package dev.rapt.cli;

import dev.rapt.kernel.Activation;
import dev.rapt.model.decoder.PositionEncoding;
import dev.rapt.nn.Norm;
import dev.rapt.train.ModelShape;
import dev.rapt.train.Preset;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that describe a model: a preset, and what differs from it. */
@OptionGroup("Model")
final class ModelOptions {
  /** What an option is called for people, and what it is in the code. */
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

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      defaultValue = "tiny",
      description =
          "Size to begin with: tiny, small, char-10.7m, llama-15m, llama-110m, gpt2-124m,"
              + " gpt2-355m, gpt2-774m, gpt2-1558m (default: ${DEFAULT-VALUE}).")
  private String preset = "tiny";

  @Option(names = "--layers", paramLabel = "N", description = "Blocks.")
  private @Nullable Integer layers;

  @Option(names = "--width", paramLabel = "N", description = "Width of the residual stream.")
  private @Nullable Integer width;

  @Option(names = "--heads", paramLabel = "N", description = "Query heads; divide the width.")
  private @Nullable Integer heads;

  @Option(
      names = "--kv-heads",
      paramLabel = "N",
      description = "Key-value heads; divide the heads (default: as many).")
  private @Nullable Integer kvHeads;

  @Option(
      names = "--mlp-width",
      paramLabel = "N",
      description = "Width inside the MLP (default: in the preset's proportion).")
  private @Nullable Integer mlpWidth;

  @Option(names = "--context", paramLabel = "N", description = "Tokens of a sequence.")
  private @Nullable Integer context;

  @Option(
      names = "--positions",
      paramLabel = "KIND",
      description = "How order is told: ${COMPLETION-CANDIDATES}.")
  private @Nullable PositionEncoding positions;

  @Option(
      names = "--rope-theta",
      paramLabel = "X",
      description = "Base of the rotary frequencies (default: 10000).")
  private @Nullable Double ropeTheta;

  @Option(
      names = "--window",
      paramLabel = "N",
      description = "Tokens a query looks back over, itself included; 0 for all (default: 0).")
  private @Nullable Integer window;

  @Option(
      names = "--norm",
      paramLabel = "KIND",
      description = "Normalisation: ${COMPLETION-CANDIDATES}.")
  private Norm.@Nullable Kind norm;

  @Option(
      names = "--norm-place",
      paramLabel = "PLACE",
      description = "Before each part of a block or after its sum: ${COMPLETION-CANDIDATES}.")
  private @Nullable NormPlace normPlace;

  @Option(
      names = "--activation",
      paramLabel = "KIND",
      description = "Of the MLP: ${COMPLETION-CANDIDATES}.")
  private @Nullable MlpActivation activation;

  @Option(
      names = "--mlp",
      paramLabel = "KIND",
      description =
          "${COMPLETION-CANDIDATES}; gated with silu is SwiGLU, gated with gelu is GeGLU.")
  private @Nullable MlpKind mlp;

  @Option(names = "--bias", negatable = true, description = "Biases in linear layers, or none.")
  private @Nullable Boolean bias;

  @Option(
      names = "--tied",
      negatable = true,
      description = "The head reads the token embedding, or has its own weights.")
  private @Nullable Boolean tied;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      description =
          "Dropout probability in training: in Llama's shape of attention weights, in all others"
              + " also of embeddings and of what attention and MLP add (default: 0).")
  private @Nullable Float dropout;

  /** The preset. */
  Preset preset() {
    return Preset.of(preset);
  }

  /** The preset with the options applied. */
  ModelShape shape() {
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
