package dev.rapt.cli;

import dev.rapt.generate.CausalLmDecoding;
import dev.rapt.generate.Detokenizer;
import dev.rapt.generate.Generation;
import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.Generator;
import dev.rapt.generate.Prompts;
import dev.rapt.generate.TokenListener;
import dev.rapt.generate.TokenizerLoading;
import dev.rapt.model.CausalLm;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.OptionalInt;

/** A model with its tokenizer, ready to write text. */
final class LoadedModel implements AutoCloseable {
  private final CausalLm model;
  private final Tokenizer tokenizer;
  private final GenerationOptions defaults;

  private LoadedModel(CausalLm model, Tokenizer tokenizer, GenerationOptions defaults) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.defaults = defaults;
  }

  /** Loads a Hugging Face folder. */
  static LoadedModel load(Path path) {
    Path folder = ModelFolder.require(path);
    TokenizerLoading tokenizer = TokenizerLoading.start(() -> ModelFolder.tokenizer(folder));
    GenerationOptions defaults = GenerationOptions.of(folder);
    CausalLm model = CausalLm.load(folder);
    return new LoadedModel(model, tokenizer.getFor(model), defaults);
  }

  /** The options of the folder. */
  GenerationOptions defaults() {
    return defaults;
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  /** Most tokens the model reads and writes together. */
  int maxPositions() {
    return model.config().maxPositions();
  }

  /** Ids of a prompt; what begins a text stands for an empty one. */
  int[] encode(String prompt) {
    int[] ids = tokenizer.encode(prompt);
    return ids.length > 0 ? ids : beginning(tokenizer);
  }

  /** What stands before a text: the special token for it, else a line break. */
  static int[] beginning(Tokenizer tokenizer) {
    OptionalInt special = tokenizer.bosId().isPresent() ? tokenizer.bosId() : tokenizer.eosId();
    if (special.isPresent()) {
      return new int[] {special.getAsInt()};
    }
    int[] lineBreak = tokenizer.encode("\n");
    return lineBreak.length > 0 ? lineBreak : new int[] {0};
  }

  /** Writes on from a prompt, which must leave room in the context. */
  Generation generate(int[] prompt, GenerationOptions options, TokenListener listener) {
    if (prompt.length >= maxPositions()) {
      throw new IllegalArgumentException(
          "prompt: at most %d tokens, got %d; shorten it"
              .formatted(maxPositions() - 1, prompt.length));
    }
    return writer(model, tokenizer).generate(Prompts.of(prompt), options, listener);
  }

  /** A generator of text for a model. */
  static Generator writer(CausalLm model, Tokenizer tokenizer) {
    return new Generator(new CausalLmDecoding(model), Detokenizer.Factory.of(tokenizer));
  }

  @Override
  public void close() {
    model.close();
  }
}
