package dev.rapt.generate.search;

import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.decoding.Decoding;
import dev.rapt.generate.decoding.DecodingModel;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.logits.LogitsProcessor;
import dev.rapt.generate.options.GenerationOptionException;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.speculate.Speculation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call of generation: what to continue, with which model and how.
 *
 * @param model gives the logits
 * @param detokenizers one for each sequence; null generates ids alone
 * @param processors of the caller, applied before temperature and truncation
 * @param constraint what continuations must match; null for none
 * @param prompts what is continued, a batch
 * @param options decide which search runs and how it chooses tokens
 * @param listener receives each token
 * @param speculation who guesses tokens, if anyone
 */
public record SearchRequest(
    DecodingModel model,
    Detokenizer.@Nullable Factory detokenizers,
    List<LogitsProcessor> processors,
    @Nullable TokenConstraint constraint,
    Prompts prompts,
    GenerationOptions options,
    TokenListener listener,
    Speculation speculation) {

  /**
   * Runs beam search, contrastive search, or greedy search and sampling, as the options say.
   *
   * @throws GenerationOptionException if there is speculation with beam search or contrastive
   *     search
   * @throws IllegalArgumentException if a prompt is empty, longer than the model's context or holds
   *     unknown ids, if an option names an unknown id, or if there are stop strings but no
   *     detokenizer, or if a constraint meets forced tokens or the vocabulary of another model
   */
  public Generation run() {
    check();
    if (speculation.isOn()
        && (options.beams().numBeams() > 1 || options.sampling().isContrastive())) {
      throw new GenerationOptionException(
          options.beams().numBeams() > 1 ? "numBeams" : "penaltyAlpha",
          "must be left out with speculative decoding, which is for greedy search and sampling");
    }
    if (options.beams().numBeams() > 1) {
      return new BeamSearch(this).run();
    }
    if (options.sampling().isContrastive()) {
      return new ContrastiveSearch(this).run();
    }
    return speculation.isOn() ? new SpeculativeSearch(this).run() : new TokenSearch(this).run();
  }

  /**
   * Checks prompts and options against the model.
   *
   * @throws IllegalArgumentException as {@link #run} does
   */
  public void check() {
    prompts.check(model);
    options.requireIdsBelow(model.vocabSize());
    if (!options.stopStrings().isEmpty() && detokenizers == null) {
      throw new GenerationOptionException(
          "stopStrings",
          "must be empty for a generator without detokenizer, got " + options.stopStrings());
    }
    if (constraint != null) {
      constraint.requireVocabulary(model.vocabSize());
      requireUnforced(options.constraints());
    }
  }

  /** Forced tokens would break a constraint. */
  private static void requireUnforced(GenerationOptions.Constraints forced) {
    if (forced.forcedBosTokenId().isPresent() || !forced.forcedEosTokenIds().isEmpty()) {
      boolean atBegin = forced.forcedBosTokenId().isPresent();
      throw new GenerationOptionException(
          atBegin ? "forcedBosTokenId" : "forcedEosTokenIds",
          "must be left out with a constraint on the text, got "
              + (atBegin ? forced.forcedBosTokenId().getAsInt() : forced.forcedEosTokenIds()));
    }
  }

  /** The state of the constraint for a new sequence; null without constraint. */
  TokenConstraint.@Nullable State newConstraintState() {
    return constraint == null ? null : constraint.start();
  }

  /** Runs the prompts; the cache has room for this many new tokens of each. */
  Decoding start(int maxNewTokens) {
    return prompts.start(model, options.padTokenId(), maxNewTokens);
  }

  /** Runs one prompt alone. */
  Decoding startAlone(int prompt) {
    int maxNewTokens = maxLength(prompt) - prompts.row(prompt).length;
    return prompts.only(prompt).start(model, options.padTokenId(), maxNewTokens);
  }

  /** The text of a new sequence that continues a prompt. */
  StoppableText newText(int prompt) {
    return new StoppableText(
        detokenizers == null ? null : detokenizers.open(prompts.tokens(prompt)),
        options.stopStrings());
  }

  /** The processors of one prompt's rows, in the order in which they apply. */
  List<LogitsProcessor> chain(int prompt) {
    return LogitsProcessor.chain(
        options, prompts.row(prompt).length, prompts.encoderIds(prompt), processors);
  }

  /**
   * Greatest length that a row of this prompt may reach: by the options, and by the model, whose
   * last token is never fed back.
   */
  int maxLength(int prompt) {
    int promptLength = prompts.row(prompt).length;
    int padding = promptLength - prompts.numTokens(prompt);
    int unread = options.sampling().isContrastive() ? 0 : 1; // contrastive search runs every token
    long byModel = (long) model.maxPositions() + padding + unread;
    return (int) Math.min(options.lengths().maxLengthFor(promptLength), byModel);
  }

  /** Most new tokens of any prompt: what the cache must have room for. */
  int maxNewTokens() {
    int most = 1;
    for (int i = 0; i < prompts.size(); i++) {
      most = Math.max(most, maxLength(i) - prompts.row(i).length);
    }
    return most;
  }
}
