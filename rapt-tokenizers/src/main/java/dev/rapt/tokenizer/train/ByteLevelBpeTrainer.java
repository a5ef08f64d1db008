package dev.rapt.tokenizer.train;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.pretokenize.SplitScanner;
import dev.rapt.tokenizer.text.ByteAlphabet;
import dev.rapt.tokenizer.text.SplitBehavior;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.types.AddedToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Trains byte-level BPE. The result depends only on the text and the options, not on the number of
 * threads, and equals that of the Hugging Face trainer for the same texts.
 *
 * @implNote Files are read in chunks: memory grows with the number of different words, not with the
 *     length of the files.
 */
public final class ByteLevelBpeTrainer {
  private static final String END_OF_TEXT = "<|endoftext|>";
  private static final int SMALLEST_FITTING = 512;
  private static final int LARGEST_FITTING = 32_768;

  /** Least bytes of text for each token of a fitting vocabulary. */
  private static final long BYTES_PER_TOKEN = 1000;

  /**
   * Options of a training.
   *
   * @param vocabSize number of tokens, including special tokens and the 256 bytes; the result has
   *     fewer if no pair is frequent enough
   * @param specialTokens special tokens; they get the first ids
   * @param minFrequency number of occurrences that a pair needs to be merged
   * @param pattern how text is split into words
   * @param numThreads number of threads that count words
   */
  public record Options(
      int vocabSize,
      List<String> specialTokens,
      long minFrequency,
      SplitPattern pattern,
      int numThreads) {
    /** Checks the sizes. */
    public Options {
      specialTokens = List.copyOf(specialTokens);
      if (vocabSize < 256 + specialTokens.size()) {
        throw new IllegalArgumentException(
            "vocab size: must be at least 256 plus the number of special tokens, got "
                + vocabSize
                + " with "
                + specialTokens.size()
                + " special tokens");
      }
      if (minFrequency < 0 || numThreads < 1) {
        throw new IllegalArgumentException(
            "training: min frequency must be at least 0 and threads at least 1, got "
                + minFrequency
                + " and "
                + numThreads);
      }
    }

    /**
     * Returns the default options: the GPT-2 pattern, a minimum frequency of 2, the special token
     * {@code <|endoftext|>}, all processors.
     *
     * @param vocabSize number of tokens
     * @return the options
     */
    public static Options of(int vocabSize) {
      int processors = Runtime.getRuntime().availableProcessors();
      return new Options(vocabSize, List.of(END_OF_TEXT), 2, SplitPattern.GPT2, processors);
    }

    /**
     * Returns a copy with other special tokens.
     *
     * @param tokens special tokens
     * @return the options
     */
    public Options withSpecialTokens(List<String> tokens) {
      return new Options(vocabSize, tokens, minFrequency, pattern, numThreads);
    }

    /**
     * Returns a copy with another minimum frequency.
     *
     * @param frequency number of occurrences that a pair needs to be merged
     * @return the options
     */
    public Options withMinFrequency(long frequency) {
      return new Options(vocabSize, specialTokens, frequency, pattern, numThreads);
    }

    /**
     * Returns a copy with another split pattern.
     *
     * @param newPattern how text is split into words
     * @return the options
     */
    public Options withPattern(SplitPattern newPattern) {
      return new Options(vocabSize, specialTokens, minFrequency, newPattern, numThreads);
    }

    /**
     * Returns a copy with another number of threads.
     *
     * @param threads number of threads that count words
     * @return the options
     */
    public Options withNumThreads(int threads) {
      return new Options(vocabSize, specialTokens, minFrequency, pattern, threads);
    }
  }

  private final Options options;
  private final TrainingProgress progress;

  /**
   * Creates a trainer that reports no progress.
   *
   * @param options options of the training
   */
  public ByteLevelBpeTrainer(Options options) {
    this(options, TrainingProgress.none());
  }

  /**
   * Creates a trainer.
   *
   * @param options options of the training
   * @param progress receives the progress
   */
  public ByteLevelBpeTrainer(Options options, TrainingProgress progress) {
    this.options = options;
    this.progress = progress;
  }

  /**
   * Returns a vocabulary size that fits the amount of text: the largest power of two from 512 to
   * 32,768 that leaves 1000 bytes for each token, and at least 512.
   *
   * @throws IOException if the size of a file cannot be read
   */
  public static int fittingVocabSize(List<Path> files) throws IOException {
    long bytes = 0;
    for (Path file : files) {
      bytes += Files.size(file);
    }
    long size = SMALLEST_FITTING;
    while (size < LARGEST_FITTING && bytes >= 2 * size * BYTES_PER_TOKEN) {
      size *= 2;
    }
    return Math.toIntExact(size);
  }

  /**
   * Trains on UTF-8 files of any size. A word never spans two files.
   *
   * @param files the files
   * @return the tokenizer
   * @throws IOException if a file cannot be read
   */
  public Tokenizer train(List<Path> files) throws IOException {
    long total = 0;
    for (Path file : files) {
      total += Files.size(file);
    }
    try (ChunkReader reader = new ChunkReader(files)) {
      return trainOn(count(reader::next, total));
    }
  }

  /**
   * Trains on texts. A word never spans two texts.
   *
   * @param texts the texts
   * @return the tokenizer
   */
  public Tokenizer trainOnTexts(Iterable<? extends CharSequence> texts) {
    WordCounts counts = new WordCounts();
    long done = 0;
    for (CharSequence text : texts) {
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      addWords(bytes, counts);
      done += bytes.length;
      progress.report(TrainingProgress.Stage.COUNT_WORDS, done, -1);
    }
    return trainOn(counts);
  }

  private WordCounts count(Callable<byte @org.jspecify.annotations.Nullable []> source, long total)
      throws IOException {
    long[] done = new long[1];
    Callable<WordCounts> worker =
        () -> {
          WordCounts counts = new WordCounts();
          for (byte[] chunk = source.call(); chunk != null; chunk = source.call()) {
            addWords(chunk, counts);
            synchronized (done) {
              done[0] += chunk.length;
              progress.report(TrainingProgress.Stage.COUNT_WORDS, done[0], total);
            }
          }
          return counts;
        };
    try (ExecutorService workers = Executors.newFixedThreadPool(options.numThreads())) {
      List<Future<WordCounts>> parts = new ArrayList<>();
      for (int i = 0; i < options.numThreads(); i++) {
        parts.add(workers.submit(worker));
      }
      WordCounts all = parts.getFirst().get();
      for (Future<WordCounts> part : parts.subList(1, parts.size())) {
        all.addAll(part.get());
      }
      return all;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException("training: counting words failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("training: interrupted while counting words", e);
    }
  }

  private void addWords(byte[] text, WordCounts counts) {
    SplitScanner scanner = options.pattern().scanner();
    for (int at = 0; at < text.length; ) {
      int end = scanner.next(text, at, text.length);
      counts.add(text, at, end, 1);
      at = end;
    }
  }

  private Tokenizer trainOn(WordCounts counts) {
    List<String> tokens = new ArrayList<>(options.specialTokens());
    int[] byteIds = new int[256];
    for (int c = 0; c < 0x144; c++) { // the byte alphabet in order of its characters
      int b = ByteAlphabet.byteOf(c);
      if (b >= 0) {
        byteIds[b] = tokens.size();
        tokens.add(Character.toString(c));
      }
    }
    PairMerging merging = new PairMerging(tokens, byteIds, counts);
    merging.run(options.vocabSize(), options.minFrequency(), progress);
    Map<String, Integer> ids = HashMap.newHashMap(tokens.size());
    for (int id = 0; id < tokens.size(); id++) {
      ids.put(tokens.get(id), id);
    }
    BpeModel model =
        new BpeModel(
            new Vocabulary(ids), merging.left(), merging.right(), BpeModel.Options.byteLevel());
    return tokenizer(model);
  }

  private Tokenizer tokenizer(BpeModel model) {
    List<AddedToken> added = new ArrayList<>();
    for (String token : options.specialTokens()) {
      added.add(AddedToken.special(added.size(), token));
    }
    Map<String, String> names = new LinkedHashMap<>();
    if (options.specialTokens().contains(END_OF_TEXT)) {
      for (String name : List.of("bos_token", "eos_token", "unk_token")) {
        names.put(name, END_OF_TEXT);
      }
    }
    TokenizerDefinition definition =
        new TokenizerDefinition(
            null,
            null,
            added,
            null,
            preTokenizer(),
            new PostProcessor.ByteLevel(true, false, true),
            new TokenDecoder.ByteLevel(true, true, true),
            model);
    return Tokenizer.of(definition, names);
  }

  private PreTokenizer preTokenizer() {
    if (options.pattern() == SplitPattern.GPT2) {
      return new PreTokenizer.ByteLevel(false, true, true);
    }
    List<PreTokenizer> parts = new ArrayList<>();
    for (String pattern : options.pattern().scanner().patterns()) {
      TextPattern regex = new TextPattern.Regex(pattern);
      parts.add(new PreTokenizer.Split(regex, SplitBehavior.ISOLATED, false));
    }
    parts.add(new PreTokenizer.ByteLevel(false, true, false));
    return new PreTokenizer.Sequence(parts);
  }
}
