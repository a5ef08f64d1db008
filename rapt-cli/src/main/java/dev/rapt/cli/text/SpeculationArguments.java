package dev.rapt.cli.text;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.options.OptionGroup;
import dev.rapt.cli.options.Range;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.speculate.Speculation;
import dev.rapt.model.CausalLm;
import dev.rapt.model.MultiTokenPrediction;
import dev.rapt.text.TextModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
      names = "--mtp",
      description =
          "Guesses tokens with the modules for multi-token prediction in the model's folder, one"
              + " for each module, and checks them in one pass; rapt pretrain --predict-tokens"
              + " trains such modules. The text stays the same.")
  private boolean mtp;

  @Option(
      names = "--draft-tokens",
      paramLabel = "N",
      description =
          "Guesses at most N tokens at a time, 0 to 30; fewer where many are wrong; 0 guesses none"
              + " (default: 15; with --mtp, the number of modules).")
  @Range(min = 0, max = Speculation.MOST_DRAFT_TOKENS)
  private @Nullable Integer draftTokens;

  /**
   * Checks the options against each other and against the kind of model.
   *
   * @param isDecoder whether the model is a decoder
   * @throws IllegalArgumentException if an option would have no effect
   */
  public void check(boolean isDecoder) {
    List<String> given = given();
    if (given.size() > 1) {
      throw new IllegalArgumentException(
          "%s: must come without %s, got both; leave one out"
              .formatted(given.get(0), given.get(1)));
    }
    if (draftTokens != null && given.isEmpty()) {
      throw new IllegalArgumentException(
          "--draft-tokens: must come with --draft, --prompt-lookup or --mtp, got it alone");
    }
    if (!given.isEmpty() && !isDecoder) {
      throw new IllegalArgumentException(
          given.getFirst() + ": must come with a decoder, got an encoder-decoder; leave it out");
    }
  }

  /**
   * Checks that no option says who guesses.
   *
   * @param other option that they do not go with
   */
  public void requireNone(String other) {
    if (!given().isEmpty()) {
      throw new IllegalArgumentException(
          "%s: must come without %s, got both; leave one out".formatted(other, given().getFirst()));
    }
  }

  /** Names of the options that say who guesses. */
  private List<String> given() {
    List<String> names = new ArrayList<>();
    if (draft != null) {
      names.add("--draft");
    }
    if (promptLookup) {
      names.add("--prompt-lookup");
    }
    if (mtp) {
      names.add("--mtp");
    }
    return names;
  }

  /** Loads the draft model; null without one. */
  public @Nullable TextModel openDraft() {
    return draft == null ? null : TextModel.load(ModelFolder.require(draft));
  }

  /**
   * Returns who guesses for a model.
   *
   * @param folder of the model, or its file
   * @param loadedDraft from {@link #openDraft}; must stay open
   * @throws IllegalArgumentException if the draft model has another vocabulary, or if the options
   *     ask for a search without guesses
   */
  public Speculation of(
      TextModel model, Path folder, @Nullable TextModel loadedDraft, GenerationOptions options) {
    List<String> given = given();
    if (given.isEmpty()) {
      return Speculation.NONE;
    }
    int beams = options.beams().numBeams();
    if (beams > 1 || options.sampling().isContrastive()) {
      throw new IllegalArgumentException(
          "%s: must come with greedy search or sampling, got %s"
              .formatted(
                  given.getFirst(),
                  beams > 1
                      ? beams + " beams; pass --beams 1"
                      : "contrastive search; leave one out"));
    }
    Speculation speculation;
    if (loadedDraft != null) {
      speculation = draftedBy(loadedDraft, model);
    } else if (mtp) {
      CausalLm decoder = model.model();
      speculation = Speculation.multiToken(decoder, MultiTokenPrediction.load(decoder, folder));
    } else {
      speculation = Speculation.promptLookup();
    }
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
