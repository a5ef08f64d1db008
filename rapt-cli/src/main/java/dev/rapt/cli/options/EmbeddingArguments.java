package dev.rapt.cli.options;

import dev.rapt.train.finetune.FineTuning;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of training an embedder of texts. */
@OptionGroup(value = "Embedding", tasks = "embed")
public final class EmbeddingArguments {
  @Option(
      names = "--scale",
      paramLabel = "X",
      description =
          "Inverse temperature of similarities in the losses ranking, symmetric and cosent (default:"
              + " 20; 1 if the model compares by dot products).")
  @Range(min = 0, aboveMin = true)
  private @Nullable Double scale;

  @Option(
      names = "--margin",
      paramLabel = "X",
      description =
          "Margin of distances in the losses triplet and contrastive (default: 5 and 0.5).")
  @Range(min = 0)
  private @Nullable Double margin;

  @Option(
      names = "--matryoshka",
      paramLabel = "N,...",
      description =
          "Matryoshka sizes: trains vectors that can be cut to each of these numbers of leading"
              + " components, such as 384,256,128,64.")
  private @Nullable String sizes;

  @Option(
      names = "--chunk",
      paramLabel = "N",
      description =
          "Runs N texts at a time, forward twice, so that large batches fit into memory; the"
              + " gradients stay those of the whole batch (default: all).")
  @Range(min = 1)
  private @Nullable Integer chunk;

  @Option(
      names = "--normalize",
      description = "Scales vectors to length 1, for a --model without modules.json.")
  private boolean normalizes;

  @Option(
      names = "--query-prompt",
      paramLabel = "TEXT",
      description = "Puts TEXT before each anchor (default: the prompt \"query\" of the model).")
  private @Nullable String queryPrompt;

  @Option(
      names = "--document-prompt",
      paramLabel = "TEXT",
      description =
          "Puts TEXT before each positive and negative (default: the prompt \"document\" of the"
              + " model).")
  private @Nullable String documentPrompt;

  /**
   * Sets the options that are given.
   *
   * @throws IllegalArgumentException if the task does not read one of them
   */
  public void applyTo(FineTuning tuning) {
    Map<String, @Nullable Object> options = new LinkedHashMap<>();
    options.put("scale", scale);
    options.put("margin", margin);
    options.put("matryoshka", sizes);
    options.put("chunk", chunk);
    options.put("normalize", normalizes ? true : null);
    options.put("query-prompt", queryPrompt);
    options.put("document-prompt", documentPrompt);
    options.forEach((name, value) -> {
      if (value != null) {
        tuning.set(name, value.toString());
      }
    });
  }
}
