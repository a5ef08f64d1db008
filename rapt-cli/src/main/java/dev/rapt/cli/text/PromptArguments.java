package dev.rapt.cli.text;

import dev.rapt.text.embed.NamedPrompts;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The prompt that is put before the texts of a model of sentence-transformers. */
public final class PromptArguments {
  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description =
          "Puts this prompt before each text, \"\" for none (default: the model's default prompt).")
  private @Nullable String prompt;

  @Option(
      names = "--prompt-name",
      paramLabel = "NAME",
      description = "Puts the model's prompt of this name before each text, such as query.")
  private @Nullable String name;

  /**
   * Checks that there is one prompt at most.
   *
   * @throws IllegalArgumentException if there are two
   */
  public void check() {
    if (prompt != null && name != null) {
      throw new IllegalArgumentException("--prompt: must not come with --prompt-name, got both");
    }
  }

  /**
   * Returns the prompt; empty for none.
   *
   * @throws IllegalArgumentException if the model has no prompt of the name
   */
  public String of(NamedPrompts prompts) {
    if (prompt != null) {
      return prompt;
    }
    if (name == null) {
      return prompts.byDefault();
    }
    if (!prompts.names().contains(name)) {
      throw new IllegalArgumentException(
          "--prompt-name: must be one of %s, got %s"
              .formatted(String.join(", ", prompts.names()), name));
    }
    return prompts.get(name);
  }
}
