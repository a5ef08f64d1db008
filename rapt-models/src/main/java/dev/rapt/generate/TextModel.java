package dev.rapt.generate;

import dev.rapt.model.CausalLm;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * A model with its tokenizer: text in, text out. Owns the model.
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

  /**
   * A model, which is closed with this, and its tokenizer.
   *
   * @param defaults options to begin with
   */
  public TextModel(CausalLm model, Tokenizer tokenizer, GenerationOptions defaults) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.defaults = defaults;
  }

  /**
   * Loads a Hugging Face folder.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a file is missing or damaged
   */
  public static TextModel load(Path folder) {
    TokenizerLoading tokenizer = TokenizerLoading.start(() -> Tokenizer.load(folder));
    GenerationOptions defaults = GenerationOptions.of(folder);
    CausalLm model = CausalLm.load(folder);
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

  /**
   * Writes on from a prompt: sampled among the 50 likeliest tokens at temperature 0.8, from the
   * seed 0, so that equal calls give equal texts.
   *
   * @param maxNewTokens most tokens to write; no more than the context has room for are
   * @return the new text, without the prompt
   */
  public String generate(String prompt, int maxNewTokens) {
    int[] ids = encode(prompt);
    int room = model.config().maxPositions() - ids.length;
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

  /** Generates for ids, for batches, and tells of tokens while they are made. */
  public Generator generator() {
    return new Generator(new CausalLmDecoding(model), TextDetokenizer.of(tokenizer));
  }

  /** Writes on from a prompt; returns the new text, without the prompt. */
  public String generate(String prompt, GenerationOptions options) {
    return generator().generate(Prompts.of(List.of(encode(prompt))), options).first().text();
  }

  /** Ids of a prompt; what begins a text stands for an empty one. */
  private int[] encode(String prompt) {
    int[] ids = tokenizer.encode(prompt);
    if (ids.length > 0) {
      return ids;
    }
    OptionalInt special = tokenizer.bosId().isPresent() ? tokenizer.bosId() : tokenizer.eosId();
    return new int[] {special.orElse(0)};
  }

  @Override
  public void close() {
    model.close();
  }
}
