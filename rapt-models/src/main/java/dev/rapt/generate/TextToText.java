package dev.rapt.generate;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * An encoder-decoder with its tokenizer: a text in, another out. Owns the model. Where an encoder
 * has global tokens (LED), the first token of each source is one, as its authors have it.
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
  private final Tokenizer targetTokenizer;
  private final GenerationOptions defaults;
  private final int startTokenId;

  /**
   * A model, which is closed with this, and its tokenizer.
   *
   * @param defaults options to begin with
   */
  public TextToText(Seq2SeqLm model, Tokenizer tokenizer, GenerationOptions defaults) {
    this(model, tokenizer, tokenizer, defaults, model.config().decoderStartTokenId());
  }

  private TextToText(
      Seq2SeqLm model,
      Tokenizer tokenizer,
      Tokenizer targetTokenizer,
      GenerationOptions defaults,
      int startTokenId) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.targetTokenizer = targetTokenizer;
    this.defaults = defaults;
    this.startTokenId = startTokenId;
  }

  /**
   * Loads a Hugging Face folder.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a file is missing or damaged
   */
  public static TextToText load(Path folder) {
    Tokenizer tokenizer = Tokenizer.load(folder);
    Tokenizer targetTokenizer = Tokenizer.loadTarget(folder);
    GenerationOptions defaults = GenerationOptions.of(folder);
    Seq2SeqLm model = Seq2SeqLm.load(folder);
    int start = startTokenId(folder, model);
    return new TextToText(model, tokenizer, targetTokenizer, defaults, start);
  }

  /** The token that generation_config.json names, else the one of config.json. */
  private static int startTokenId(Path folder, Seq2SeqLm model) {
    Path file = folder.resolve("generation_config.json");
    int fallback = model.config().decoderStartTokenId();
    return Files.exists(file)
        ? ConfigReader.of(file).intOr("decoder_start_token_id", fallback)
        : fallback;
  }

  /** The model. */
  public Seq2SeqLm model() {
    return model;
  }

  /** The tokenizer of sources. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** The options that come with the model. */
  public GenerationOptions defaults() {
    return defaults;
  }

  /** The token that targets begin with. */
  public int startTokenId() {
    return startTokenId;
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
    return generate(sources, startTokenId, options, listener);
  }

  /**
   * Generates for sources in ids, as one batch.
   *
   * @param startToken token that the targets begin with: a language, in the first mBART
   * @throws IllegalArgumentException if a source is empty or longer than the model can read
   */
  public Generation generate(
      List<int[]> sources, int startToken, GenerationOptions options, TokenListener listener) {
    Seq2SeqDecoding decoding = new Seq2SeqDecoding(model, sources);
    if (model.config().hasGlobalTokens()) {
      decoding = decoding.withGlobalTokens(sources.stream().map(TextToText::firstAlone).toList());
    }
    return new Generator(decoding, TextDetokenizer.of(targetTokenizer))
        .generate(decoding.prompts(startToken), options, listener);
  }

  private static int[] firstAlone(int[] source) {
    int[] marks = new int[source.length];
    marks[0] = 1;
    return marks;
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
