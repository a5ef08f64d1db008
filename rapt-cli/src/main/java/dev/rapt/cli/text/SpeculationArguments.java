package dev.rapt.cli.text;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.options.OptionGroup;
import dev.rapt.cli.options.Range;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.speculate.Speculation;
import dev.rapt.text.TextModel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of speculative decoding. */
@OptionGroup("Speculative decoding")
public final class SpeculationArguments {
  @Option(
      names = "--draft",
      paramLabel = "MODEL",
      description =
          "Guesses tokens with this smaller model of the same vocabulary, and checks them in one"
              + " pass: a folder, a GGUF file, or ORG/NAME of a pulled model. The text stays the"
              + " same.")
  private @Nullable Path draft;

  @Option(
      names = "--prompt-lookup",
      description =
          "Guesses tokens that followed the last ones where they occurred before in prompt and text,"
              + " and checks them in one pass. Pays for texts that repeat their prompt. The text stays"
              + " the same.")
  private boolean promptLookup;

  @Option(
      names = "--draft-tokens",
      paramLabel = "N",
      description =
          "Guesses at most N tokens at a time, 0 to 30; fewer where many are wrong; 0 guesses none"
              + " (default: 15).")
  @Range(min = 0, max = Speculation.MOST_DRAFT_TOKENS)
  private @Nullable Integer draftTokens;

  /**
   * Checks the options against each other and against the kind of model.
   *
   * @param isDecoder whether the model is a decoder
   * @throws IllegalArgumentException if an option would have no effect
   */
  public void check(boolean isDecoder) {
    if (draft != null && promptLookup) {
      throw new IllegalArgumentException(
          "--draft: must come without --prompt-lookup, got both; leave one out");
    }
    if (draftTokens != null && !isGiven()) {
      throw new IllegalArgumentException(
          "--draft-tokens: must come with --draft or --prompt-lookup, got it alone");
    }
    if (isGiven() && !isDecoder) {
      throw new IllegalArgumentException(
          name() + ": must come with a decoder, got an encoder-decoder; leave it out");
    }
  }

  private boolean isGiven() {
    return draft != null || promptLookup;
  }

  private String name() {
    return draft == null ? "--prompt-lookup" : "--draft";
  }

  /** Loads the draft model; null without one. */
  public @Nullable TextModel openDraft() {
    return draft == null ? null : TextModel.load(ModelFolder.require(draft));
  }

  /**
   * Returns who guesses for a model.
   *
   * @param loadedDraft from {@link #openDraft}; must stay open
   * @throws IllegalArgumentException if the draft model has another vocabulary, or if the options
   *     ask for a search without guesses
   */
  public Speculation of(
      TextModel model, @Nullable TextModel loadedDraft, GenerationOptions options) {
    if (!isGiven()) {
      return Speculation.NONE;
    }
    int beams = options.beams().numBeams();
    if (beams > 1 || options.sampling().isContrastive()) {
      throw new IllegalArgumentException(
          "%s: must come with greedy search or sampling, got %s"
              .formatted(
                  name(),
                  beams > 1
                      ? beams + " beams; pass --beams 1"
                      : "contrastive search; leave one out"));
    }
    Speculation speculation =
        loadedDraft == null ? Speculation.promptLookup() : draftedBy(loadedDraft, model);
    return draftTokens == null ? speculation : speculation.withMaxDraftTokens(draftTokens);
  }

  private static Speculation draftedBy(TextModel draft, TextModel model) {
    try {
      return model.draftedBy(draft);
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      throw new IllegalArgumentException(message.replaceFirst("^draft model", "--draft"), e);
    }
  }
}
