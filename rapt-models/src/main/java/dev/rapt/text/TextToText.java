package dev.rapt.text;

import dev.rapt.generate.Generator;
import dev.rapt.generate.decoding.Seq2SeqDecoding;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.generate.search.Generation;
import dev.rapt.generate.search.TokenListener;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An encoder-decoder with its tokenizer: makes one text from another. Owns the model. If the
 * encoder has global attention (LED), the first token of each source is global, as its authors
 * recommend.
 *
 * <pre>{@code
 * try (TextToText model = TextToText.load(Path.of("opus-mt-en-de"))) {
 *   System.out.println(model.generate("A house by the sea.", model.defaults()));
 * }
 * }</pre>
 */
public final class TextToText implements AutoCloseable {
  private static final TokenListener CONTINUE = (_, _, _) -> true;

  /**
   * A text as the model reads it.
   *
   * @param text the text itself
   * @param ids its ids, with prefix and language token
   * @param isCut whether the text was longer than the model reads, so that its end is left out
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Source(String text, int[] ids, boolean isCut) {}

  private final Seq2SeqLm model;
  private final Tokenizer tokenizer;
  private final Tokenizer targetTokenizer;
  private final GenerationOptions defaults;
  private final int startTokenId;

  /**
   * A model with its tokenizer.
   *
   * @param model is closed with this object
   * @param defaults the options that come with the model
   */
  public TextToText(Seq2SeqLm model, Tokenizer tokenizer, GenerationOptions defaults) {
    this(model, tokenizer, tokenizer, defaults, model.config().decoderStartTokenId());
  }

  /**
   * A model with a tokenizer for sources and another for targets.
   *
   * @param model is closed with this object
   * @param defaults the options that come with the model
   */
  public static TextToText of(
      Seq2SeqLm model, Tokenizer source, Tokenizer target, GenerationOptions defaults) {
    return new TextToText(model, source, target, defaults, model.config().decoderStartTokenId());
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
   * Loads a Hugging Face folder or a GGUF file.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a file is missing or damaged
   */
  public static TextToText load(Path folder) {
    StoredModel stored = StoredModel.of(folder);
    Tokenizer tokenizer = stored.tokenizer();
    Tokenizer targetTokenizer = stored.targetTokenizer();
    GenerationOptions defaults = GenerationOptions.of(stored);
    Seq2SeqLm model = Seq2SeqLm.load(stored);
    int start = startTokenId(stored, model);
    return new TextToText(model, tokenizer, targetTokenizer, defaults, start);
  }

  /** The start token in generation_config.json, else the one in config.json. */
  private static int startTokenId(StoredModel stored, Seq2SeqLm model) {
    int fallback = model.config().decoderStartTokenId();
    return stored
        .generationConfig()
        .map(json -> json.intOr("decoder_start_token_id", fallback))
        .orElse(fallback);
  }

  /** The model. */
  public Seq2SeqLm model() {
    return model;
  }

  /** The tokenizer of the sources. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** The options that come with the model. */
  public GenerationOptions defaults() {
    return defaults;
  }

  /** The token with which targets begin. */
  public int startTokenId() {
    return startTokenId;
  }

  /** Most tokens of a source that the model reads. */
  public int maxSourceTokens() {
    return model.config().endsAtMaxPositions()
        ? model.config().maxSourcePositions()
        : Integer.MAX_VALUE;
  }

  /** Generates the target of a source. */
  public String generate(String source, GenerationOptions options) {
    return generate(List.of(tokenizer.encode(source)), options, CONTINUE).first().text();
  }

  /**
   * Generates the targets of sources given as ids, as one batch.
   *
   * @throws IllegalArgumentException if a source is empty or longer than the model can read
   */
  public Generation generate(
      List<int[]> sources, GenerationOptions options, TokenListener listener) {
    return generate(sources, startTokenId, options, listener);
  }

  /**
   * Generates the targets of sources given as ids, as one batch.
   *
   * @param startToken token with which the targets begin: a language, in the first mBART
   * @throws IllegalArgumentException if a source is empty or longer than the model can read
   */
  public Generation generate(
      List<int[]> sources, int startToken, GenerationOptions options, TokenListener listener) {
    Seq2SeqDecoding decoding = new Seq2SeqDecoding(model, sources);
    if (model.config().hasGlobalTokens()) {
      decoding =
          decoding.withGlobalTokens(sources.stream().map(TextToText::firstIsGlobal).toList());
    }
    return new Generator(decoding, TextDetokenizer.of(targetTokenizer))
        .generate(decoding.prompts(startToken), options, listener);
  }

  private static int[] firstIsGlobal(int[] source) {
    int[] marks = new int[source.length];
    marks[0] = 1;
    return marks;
  }

  /** Encodes a text; cuts it to what the model reads, but keeps the last token, usually EOS. */
  public Source source(String text, SourceFormat format) {
    int[] ids = format.encode(tokenizer, text);
    if (ids.length <= maxSourceTokens()) {
      return new Source(text, ids, false);
    }
    int[] cut = Arrays.copyOf(ids, maxSourceTokens());
    cut[cut.length - 1] = ids[ids.length - 1];
    return new Source(text, cut, true);
  }

  /**
   * Generates the targets of many sources in batches of similar lengths, the longest first.
   *
   * @param batchSize sources of a batch, at least 1
   * @param progress receives the number of sources that are done
   * @return for each source its sequences, the best first
   */
  public List<List<GeneratedSequence>> generate(
      List<Source> sources,
      SourceFormat format,
      GenerationOptions options,
      int batchSize,
      BatchProgress progress) {
    Integer language = format.targetLanguage();
    int startToken = language != null && format.languageAtEnd() ? language : startTokenId;
    GenerationOptions forced =
        language == null || format.languageAtEnd()
            ? options
            : options.toBuilder().forcedBosTokenId(language).build();
    List<Integer> order =
        IntStream.range(0, sources.size())
            .boxed()
            .sorted(Comparator.comparingInt((Integer i) -> -sources.get(i).ids.length))
            .toList();
    List<List<GeneratedSequence>> all = new ArrayList<>();
    sources.forEach(_ -> all.add(new ArrayList<>()));
    for (int from = 0; from < order.size(); from += batchSize) {
      List<Integer> batch = order.subList(from, Math.min(order.size() - from, batchSize) + from);
      List<int[]> ids = batch.stream().map(i -> sources.get(i).ids).toList();
      for (GeneratedSequence sequence : generate(ids, startToken, forced, CONTINUE).sequences()) {
        all.get(batch.get(sequence.promptIndex())).add(sequence);
      }
      progress.done(from + batch.size(), order.size());
    }
    return all;
  }

  @Override
  public void close() {
    model.close();
  }
}
