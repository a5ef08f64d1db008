package dev.rapt.cli.options;

import dev.rapt.train.task.TuningSpec.AdapterSpec;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of adapters that are trained in place of a model. */
@OptionGroup("Adapter")
public final class AdapterArguments {
  @Option(
      names = "--lora",
      paramLabel = "R",
      description =
          "Trains a LoRA adapter of rank R instead of the model, and writes a PEFT folder.")
  @Range(min = 1, max = 1 << 16)
  private @Nullable Integer rank;

  @Option(
      names = "--lora-alpha",
      paramLabel = "X",
      description = "With --lora: the update is scaled by X / R (default: 2 R).")
  @Range(min = 0, aboveMin = true)
  private @Nullable Double alpha;

  @Option(
      names = "--lora-dropout",
      paramLabel = "P",
      description = "With --lora: dropout of the input of the adapter (default: 0).")
  @Range(min = 0, max = 1, belowMax = true)
  private @Nullable Double dropout;

  @Option(
      names = "--lora-targets",
      paramLabel = "NAMES",
      split = ",",
      description =
          "With --lora: names of the linear layers, such as q_proj,v_proj (default: PEFT's for the"
              + " model).")
  private List<String> targets = List.of();

  @Option(
      names = "--dora",
      description = "With --lora: weight-decomposed adapter (DoRA, arXiv:2402.09353).")
  private boolean dora;

  @Option(
      names = "--rslora",
      description = "With --lora: scales by X / sqrt(R) (rsLoRA, arXiv:2312.03732).")
  private boolean rankStabilized;

  @Option(
      names = "--qlora",
      description = "With --lora: holds the model in 4 bits, NF4 (QLoRA, arXiv:2305.14314).")
  private boolean quantized;

  /**
   * Returns the adapter, if one is to be trained.
   *
   * @throws IllegalArgumentException if an option of adapters comes without --lora
   */
  public Optional<AdapterSpec> spec() {
    if (rank == null) {
      requireNone("--lora-alpha", alpha != null);
      requireNone("--lora-dropout", dropout != null);
      requireNone("--lora-targets", !targets.isEmpty());
      requireNone("--dora", dora);
      requireNone("--rslora", rankStabilized);
      requireNone("--qlora", quantized);
      return Optional.empty();
    }
    return Optional.of(
        new AdapterSpec(
            rank,
            alpha == null ? 2.0 * rank : alpha,
            dropout == null ? 0 : dropout,
            targets,
            dora,
            rankStabilized,
            quantized));
  }

  private static void requireNone(String option, boolean isGiven) {
    if (isGiven) {
      throw new IllegalArgumentException(option + ": must come with --lora, got it alone");
    }
  }
}
