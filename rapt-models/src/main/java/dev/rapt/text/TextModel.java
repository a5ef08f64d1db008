package dev.rapt.text;

import dev.rapt.generate.Generator;
import dev.rapt.generate.batch.BatchOptions;
import dev.rapt.generate.batch.Batcher;
import dev.rapt.generate.constrain.Grammar;
import dev.rapt.generate.constrain.GrammarConstraint;
import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.constrain.TokenVocabulary;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.Generation;
import dev.rapt.generate.search.TokenListener;
import dev.rapt.generate.speculate.Speculation;
import dev.rapt.model.CausalLm;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.UnknownCharacters;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A decoder with its tokenizer: continues a prompt. Owns the model.
 *
 * <pre>{@code
 * try (TextModel model = TextModel.load(Path.of("stories"))) {
 *   System.out.println(model.generate("Once upon a time", 100));
 * }
 * }</pre>
 */
public final class TextModel implements AutoCloseable {
  private static final double TEMPERATURE = 0.8;
  private static final int TOP_K = 50;

  private final CausalLm model;
  private final Tokenizer tokenizer;
  private final GenerationOptions defaults;
  private volatile @Nullable TokenVocabulary vocabulary; // made for the first constraint

  /**
   * A model with its tokenizer.
   *
   * @param model is closed with this object
   * @param defaults the options that come with the model
   */
  public TextModel(CausalLm model, Tokenizer tokenizer, GenerationOptions defaults) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.defaults = defaults;
  }

  /**
   * Loads a Hugging Face folder or a GGUF file.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a file is missing or damaged
   */
  public static TextModel load(Path path) {
    return load(StoredModel.of(path));
  }

  /**
   * Loads a model.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a file is missing or damaged
   */
  public static TextModel load(StoredModel stored) {
    TokenizerLoading tokenizer = TokenizerLoading.start(stored::tokenizer);
    GenerationOptions defaults = GenerationOptions.of(stored);
    CausalLm model = CausalLm.load(stored);
    return new TextModel(model, tokenizer.getFor(model), defaults);
  }

  /** The model. */
  public CausalLm model() {
    return model;
  }

  /** The tokenizer. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** The options that come with the model. */
  public GenerationOptions defaults() {
    return defaults;
  }

  /** Context length: most tokens of prompt and continuation together. */
  public int maxPositions() {
    return model.config().maxPositions();
  }

  /** Most tokens of a prompt that leave room for a continuation with these options; at least 1. */
  public int maxPromptTokens(GenerationOptions options) {
    int answer = Math.min(options.lengths().maxNewTokens().orElse(1), maxPositions() / 2);
    return Math.max(1, maxPositions() - answer);
  }

  /**
   * Continues a prompt: samples among the 50 most likely tokens at temperature 0.8, with seed 0, so
   * that equal calls return equal texts.
   *
   * @param maxNewTokens most new tokens; fewer if the context has no room for them
   * @return the continuation, without the prompt
   */
  public String generate(String prompt, int maxNewTokens) {
    int room = maxPositions() - encode(prompt).length;
    GenerationOptions options =
        defaults.toBuilder()
            .doSample(true)
            .temperature(TEMPERATURE)
            .topK(TOP_K)
            .seed(0)
            .maxNewTokens(Math.clamp(room, 1, maxNewTokens))
            .build();
    return generate(prompt, options);
  }

  /**
   * Continues a prompt; returns the continuation, without the prompt.
   *
   * @throws IllegalArgumentException if the prompt fills the context
   */
  public String generate(String prompt, GenerationOptions options) {
    return generate(encode(prompt), options, (_, _, _) -> true).sequences().getFirst().text();
  }

  /**
   * Continues a prompt with a text that matches a constraint; returns the continuation.
   *
   * @param constraint made by {@link #constraint} for this model's tokenizer
   * @throws IllegalArgumentException if the prompt fills the context
   */
  public String generate(String prompt, GenerationOptions options, TokenConstraint constraint) {
    return generate(encode(prompt), options, constraint, Speculation.NONE, (_, _, _) -> true)
        .first()
        .text();
  }

  /**
   * Continues a prompt given as ids.
   *
   * @throws IllegalArgumentException if the prompt fills the context
   */
  public Generation generate(int[] prompt, GenerationOptions options, TokenListener listener) {
    return generate(prompt, options, null, Speculation.NONE, listener);
  }

  /**
   * Continues a prompt given as ids.
   *
   * @param constraint what the continuation must match; null for none
   * @param speculation who guesses tokens that one pass checks; {@link Speculation#NONE} for nobody
   * @throws IllegalArgumentException if the prompt fills the context
   */
  public Generation generate(
      int[] prompt,
      GenerationOptions options,
      @Nullable TokenConstraint constraint,
      Speculation speculation,
      TokenListener listener) {
    requireRoomBehind(prompt);
    Generator generator = generator().withSpeculation(speculation);
    Generator constrained = constraint == null ? generator : generator.withConstraint(constraint);
    return constrained.generate(Prompts.of(prompt), options, listener);
  }

  /**
   * A constraint for this model. It caches what it computes: make one for each grammar and share
   * it.
   *
   * @throws IllegalArgumentException if the tokens cannot write any text of the grammar
   */
  public TokenConstraint constraint(Grammar grammar) {
    TokenVocabulary tokens = vocabulary;
    if (tokens == null) {
      tokens = TokenVocabulary.of(tokenizer);
      vocabulary = tokens;
    }
    return GrammarConstraint.of(grammar, tokens);
  }

  /**
   * Checks that the context has room for a token behind a prompt.
   *
   * @throws IllegalArgumentException if the prompt fills it
   */
  public void requireRoomBehind(int[] prompt) {
    if (prompt.length >= maxPositions()) {
      throw new IllegalArgumentException(
          "prompt: must have at most %d tokens, got %d; shorten it"
              .formatted(maxPositions() - 1, prompt.length));
    }
  }

  /** A generator for this model: for ids, for batches, and with a listener. */
  public Generator generator() {
    return generator(model, tokenizer);
  }

  /** Starts a batcher for this model, which must stay open: many completions at once. */
  public Batcher batcher(BatchOptions options) {
    return new Batcher(model, TextDetokenizer.of(tokenizer), options);
  }

  /** A generator of text for a model, which must stay open. */
  public static Generator generator(CausalLm model, Tokenizer tokenizer) {
    return new Generator(new CausalLmDecoding(model), TextDetokenizer.of(tokenizer));
  }

  /**
   * Speculative decoding of this model in which a smaller one guesses.
   *
   * @param draft must stay open
   * @throws IllegalArgumentException if its ids stand for other tokens
   */
  public Speculation draftedBy(TextModel draft) {
    int size = tokenizer.vocabSize();
    if (draft.tokenizer.vocabSize() != size) {
      throw new IllegalArgumentException(
          "draft model: must have the vocabulary of the model, %d tokens, got %d; use a smaller model of the same family"
              .formatted(size, draft.tokenizer.vocabSize()));
    }
    for (int id = 0; id < size; id++) {
      String token = tokenizer.idToToken(id).orElse("");
      String other = draft.tokenizer.idToToken(id).orElse("");
      if (!token.equals(other)) {
        throw new IllegalArgumentException(
            "draft model: must have the vocabulary of the model, where id %d is \"%s\", got \"%s\"; use a smaller model of the same family"
                .formatted(id, token, other));
      }
    }
    return Speculation.draftModel(draft.model);
  }

  /**
   * Ids of a prompt; the beginning-of-text prompt for an empty one.
   *
   * @throws IllegalArgumentException if the prompt has characters that a character-level tokenizer
   *     lacks
   */
  public int[] encode(String prompt) {
    UnknownCharacters unknown = UnknownCharacters.of(tokenizer).add(prompt);
    if (unknown.count() > 0) {
      throw new IllegalArgumentException("prompt: " + unknown.problem() + "; leave them out");
    }
    int[] ids = tokenizer.encode(prompt);
    return ids.length > 0 ? ids : beginning(tokenizer);
  }

  /** The prompt for a text from its beginning: BOS, else EOS, else a line break. */
  public static int[] beginning(Tokenizer tokenizer) {
    OptionalInt special = tokenizer.bosId().isPresent() ? tokenizer.bosId() : tokenizer.eosId();
    if (special.isPresent()) {
      return new int[] {special.getAsInt()};
    }
    int[] lineBreak = tokenizer.encode("\n");
    return lineBreak.length > 0 ? lineBreak : new int[] {0};
  }

  @Override
  public void close() {
    model.close();
  }
}
