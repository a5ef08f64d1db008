package dev.rapt.generate;

import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.decoding.DecodingModel;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.logits.LogitsProcessor;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.Detokenizer;
import dev.rapt.generate.search.Generation;
import dev.rapt.generate.search.SearchRequest;
import dev.rapt.generate.search.TokenListener;
import dev.rapt.generate.speculate.Speculation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Generates with one model. Immutable; several threads may use it at once if the model allows it.
 *
 * <pre>{@code
 * Generator generator = new Generator(model, detokenizers);
 * Generation result = generator.generate(Prompts.of(tokenizer.encode("Once upon")), options);
 * System.out.println(result.first().text());
 * }</pre>
 */
public final class Generator {
  private static final TokenListener CONTINUE = (sequence, token, text) -> true;

  private final DecodingModel model;
  private final Detokenizer.@Nullable Factory detokenizers;
  private final List<LogitsProcessor> processors;
  private final @Nullable TokenConstraint constraint;
  private final Speculation speculation;

  /** A generator of ids alone: it returns no text and takes no stop strings. */
  public Generator(DecodingModel model) {
    this(model, null, List.of(), null, Speculation.NONE);
  }

  /** A generator of text. */
  public Generator(DecodingModel model, Detokenizer.Factory detokenizers) {
    this(model, detokenizers, List.of(), null, Speculation.NONE);
  }

  private Generator(
      DecodingModel model,
      Detokenizer.@Nullable Factory detokenizers,
      List<LogitsProcessor> processors,
      @Nullable TokenConstraint constraint,
      Speculation speculation) {
    this.model = model;
    this.detokenizers = detokenizers;
    this.processors = List.copyOf(processors);
    this.constraint = constraint;
    this.speculation = speculation;
  }

  /** Returns a copy that also applies these processors, before temperature and truncation. */
  public Generator withProcessors(List<LogitsProcessor> more) {
    return new Generator(model, detokenizers, more, constraint, speculation);
  }

  /**
   * Returns a copy that guesses several tokens and checks them in one pass of the model. The
   * results are those without guesses, sooner where many guesses are right. Prompts are then
   * continued one after the other.
   */
  public Generator withSpeculation(Speculation guesses) {
    return new Generator(model, detokenizers, processors, constraint, guesses);
  }

  /**
   * Returns a copy whose continuations match a constraint. It forbids tokens before penalties,
   * temperature and truncation apply. A sequence that reaches its length limit may be incomplete;
   * its finish reason is LENGTH. Without end tokens a sequence ends where nothing more may follow.
   */
  public Generator withConstraint(TokenConstraint onTokens) {
    return new Generator(model, detokenizers, processors, onTokens, speculation);
  }

  /**
   * Generates for a batch of prompts.
   *
   * @throws IllegalArgumentException if a prompt is empty, longer than the model's context or holds
   *     unknown ids, if an option names an unknown id, or if there are stop strings but no
   *     detokenizer, or if a constraint meets forced tokens or the vocabulary of another model
   */
  public Generation generate(Prompts prompts, GenerationOptions options) {
    return generate(prompts, options, CONTINUE);
  }

  /**
   * Generates for a batch of prompts. The listener receives each token when it is chosen; in beam
   * search it receives all tokens at the end.
   *
   * @throws IllegalArgumentException as {@link #generate(Prompts, GenerationOptions)} does
   */
  public Generation generate(Prompts prompts, GenerationOptions options, TokenListener listener) {
    return new SearchRequest(
            model, detokenizers, processors, constraint, prompts, options, listener, speculation)
        .run();
  }
}
