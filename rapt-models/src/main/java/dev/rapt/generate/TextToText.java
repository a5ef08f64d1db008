package dev.rapt.generate;

import dev.rapt.model.Seq2SeqLm;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * An encoder-decoder with its tokenizer: a text in, another out. Owns the model.
 *
 * <pre>{@code
 * try (TextToText model = TextToText.load(Path.of("opus-mt-en-de"))) {
 *   System.out.println(model.generate("A house by the sea.", model.defaults()));
 * }
 * }</pre>
 */
public final class TextToText implements AutoCloseable {
  private final Seq2SeqLm model;
  private final Tokenizer tokenizer;
  private final GenerationOptions defaults;

  /**
   * A model, which is closed with this, and its tokenizer.
   *
   * @param defaults options to begin with
   */
  public TextToText(Seq2SeqLm model, Tokenizer tokenizer, GenerationOptions defaults) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.defaults = defaults;
  }

  /**
   * Loads a Hugging Face folder.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a file is missing or damaged
   */
  public static TextToText load(Path folder) {
    Tokenizer tokenizer = Tokenizer.load(folder);
    GenerationOptions defaults = GenerationOptions.of(folder);
    return new TextToText(Seq2SeqLm.load(folder), tokenizer, defaults);
  }

  /** The model. */
  public Seq2SeqLm model() {
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

  /** Most tokens of a source. */
  public int maxSourceTokens() {
    return model.config().endsAtMaxPositions()
        ? model.config().maxSourcePositions()
        : Integer.MAX_VALUE;
  }

  /** The text that the model makes of a source. */
  public String generate(String source, GenerationOptions options) {
    return generate(List.of(tokenizer.encode(source)), options, (_, _, _) -> true).first().text();
  }

  /**
   * Generates for sources in ids, as one batch.
   *
   * @throws IllegalArgumentException if a source is empty or longer than the model can read
   */
  public Generation generate(
      List<int[]> sources, GenerationOptions options, TokenListener listener) {
    Seq2SeqDecoding decoding = new Seq2SeqDecoding(model, sources);
    return new Generator(decoding, TextDetokenizer.of(tokenizer))
        .generate(decoding.prompts(), options, listener);
  }

  /** A source cut to what the model can read; the last token, commonly the end, is kept. */
  public int[] fitting(int[] source) {
    if (source.length <= maxSourceTokens()) {
      return source;
    }
    int[] cut = Arrays.copyOf(source, maxSourceTokens());
    cut[cut.length - 1] = source[source.length - 1];
    return cut;
  }

  @Override
  public void close() {
    model.close();
  }
}
