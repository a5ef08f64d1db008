package dev.rapt.cli.text;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.options.OptionGroup;
import dev.rapt.cli.options.Range;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.text.RewardModel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of best-of-N sampling. */
@OptionGroup("Best of N")
public final class BestOfArguments {
  @Option(
      names = "--best-of",
      paramLabel = "N",
      description =
          "Samples N texts and prints the one with the highest reward by --reward; 2 to 1000.")
  @Range(min = 2, max = 1000)
  private @Nullable Integer samples;

  @Option(
      names = "--reward",
      paramLabel = "DIR",
      description = "Reward model for --best-of, as rapt finetune --task reward writes it.")
  private @Nullable Path reward;

  /** Returns whether the best of several samples is wanted. */
  public boolean isSet() {
    return samples != null;
  }

  /**
   * Loads the reward model; null if a text is not to be the best of several.
   *
   * @throws IllegalArgumentException if one option comes without the other
   */
  public @Nullable RewardModel open() {
    if ((samples == null) != (reward == null)) {
      throw new IllegalArgumentException(
          samples == null
              ? "--reward: must come with --best-of, got it alone"
              : "--best-of: must come with --reward, got it alone");
    }
    return reward == null ? null : RewardModel.load(ModelFolder.requireFolder(reward));
  }

  /**
   * Returns a copy of the options that yields the samples.
   *
   * @throws IllegalArgumentException if the options ask for several sequences, beams or no sampling
   */
  public GenerationOptions with(GenerationOptions options) {
    if (samples == null) {
      return options;
    }
    if (options.numReturnSequences() != 1) {
      throw new IllegalArgumentException(
          "--best-of: must come without --num-return-sequences, got both; leave one out");
    }
    if (!options.sampling().doSample() || options.beams().numBeams() != 1) {
      throw new IllegalArgumentException(
          "--best-of: must sample without beams, got %s; pass --temperature above 0 and no --beams"
              .formatted(options.sampling().doSample() ? "beams" : "greedy search"));
    }
    return options.toBuilder().numReturnSequences(samples).build();
  }
}
