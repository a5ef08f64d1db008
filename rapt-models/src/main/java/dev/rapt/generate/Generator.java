package dev.rapt.generate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Generates with one model. Immutable: may be used by many threads if the model may.
 *
 * <pre>{@code
 * Generator generator = new Generator(model, detokenizers);
 * Generation result = generator.generate(Prompts.of(tokenizer.encode("Once upon")), options);
 * System.out.println(result.first().text());
 * }</pre>
 */
public final class Generator {
  private static final TokenListener GO_ON = (sequence, token, text) -> true;

  private final DecodingModel model;
  private final Detokenizer.@Nullable Factory detokenizers;
  private final List<LogitsProcessor> processors;

  /** A generator of ids alone: without text, and so without stop strings. */
  public Generator(DecodingModel model) {
    this(model, null, List.of());
  }

  /** A generator of text. */
  public Generator(DecodingModel model, Detokenizer.Factory detokenizers) {
    this(model, detokenizers, List.of());
  }

  private Generator(
      DecodingModel model,
      Detokenizer.@Nullable Factory detokenizers,
      List<LogitsProcessor> processors) {
    this.model = model;
    this.detokenizers = detokenizers;
    this.processors = List.copyOf(processors);
  }

  /** The same with processors of one's own, applied before temperature and truncation. */
  public Generator withProcessors(List<LogitsProcessor> more) {
    return new Generator(model, detokenizers, more);
  }

  /**
   * Generates for a batch of prompts.
   *
   * @throws IllegalArgumentException if a prompt is empty, longer than the model's context or holds
   *     unknown ids, if an option names an unknown id, or if there are stop strings but no
   *     detokenizer
   */
  public Generation generate(Prompts prompts, GenerationOptions options) {
    return generate(prompts, options, GO_ON);
  }

  /**
   * Generates for a batch of prompts and tells the listener of each token when it is chosen; in
   * beam search, of all tokens at the end.
   */
  public Generation generate(Prompts prompts, GenerationOptions options, TokenListener listener) {
    prompts.check(model);
    options.requireIdsBelow(model.vocabSize());
    if (!options.stopStrings().isEmpty() && detokenizers == null) {
      throw new IllegalArgumentException(
          "stopStrings: must be empty for a generator without detokenizer, got "
              + options.stopStrings());
    }
    if (options.beams().numBeams() > 1) {
      return new BeamSearch(this, prompts, options).run(listener);
    }
    if (options.sampling().isContrastive()) {
      return new ContrastiveSearch(this, prompts, options, listener).run();
    }
    return new TokenSearch(this, prompts, options, listener).run();
  }

  DecodingModel model() {
    return model;
  }

  TextSoFar newText(GenerationOptions options) {
    return new TextSoFar(detokenizers == null ? null : detokenizers.open(), options.stopStrings());
  }

  List<LogitsProcessor> chain(Prompts prompts, int prompt, GenerationOptions options) {
    return ProcessorChain.of(
        options, prompts.row(prompt).length, prompts.encoderIds(prompt), processors);
  }

  /**
   * Greatest length that a row of this prompt may reach: by the options, and by the model, whose
   * last token is never fed back.
   */
  int maxLength(Prompts prompts, int prompt, GenerationOptions options) {
    int promptLength = prompts.row(prompt).length;
    int padding = promptLength - prompts.numTokens(prompt);
    int unread = options.sampling().isContrastive() ? 0 : 1; // which reads every candidate
    long byModel = (long) model.maxPositions() + padding + unread;
    return (int) Math.min(options.lengths().maxLengthFor(promptLength), byModel);
  }

  /** Most new tokens of any prompt: what the cache must have room for. */
  int maxNewTokens(Prompts prompts, GenerationOptions options) {
    int most = 1;
    for (int i = 0; i < prompts.size(); i++) {
      most = Math.max(most, maxLength(prompts, i, options) - prompts.row(i).length);
    }
    return most;
  }
}
