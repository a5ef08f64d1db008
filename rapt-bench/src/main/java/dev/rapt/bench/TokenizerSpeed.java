package dev.rapt.bench;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.tokenizer.train.SplitPattern;
import dev.rapt.tokenizer.train.TrainingProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Speed of tokenizers: {@code train TEXT PATTERN VOCAB_SIZE OUT.json} says how long training takes;
 * {@code encode TOKENIZER.json TEXT WARM_UP_TEXT PASSES} encodes a file on one thread, in documents
 * of about 8 KB. A tokenizer remembers words it has seen, so each pass has one that was loaded
 * anew; the code is warmed up on other text. bench/tokenize_peers.py does the same with other
 * libraries.
 */
public final class TokenizerSpeed {
  private static final int DOCUMENT_BYTES = 8192;
  private static final long WARM_UP_NANOS = 6_000_000_000L;

  private TokenizerSpeed() {}

  /** Runs one of the measurements. */
  public static void main(String[] args) throws IOException {
    switch (args.length == 5 ? args[0] : "") {
      case "train" ->
          train(
              Path.of(args[1]),
              SplitPattern.valueOf(args[2].toUpperCase(Locale.ROOT)),
              Integer.parseInt(args[3]),
              Path.of(args[4]));
      case "encode" ->
          encode(Path.of(args[1]), Path.of(args[2]), Path.of(args[3]), Integer.parseInt(args[4]));
      default ->
          System.err.println(
              "usage: train TEXT gpt2|gpt4|qwen|o200k VOCAB_SIZE OUT.json"
                  + " | encode TOKENIZER.json TEXT WARM_UP_TEXT PASSES");
    }
  }

  private static void train(Path text, SplitPattern pattern, int vocabSize, Path out)
      throws IOException {
    long start = System.nanoTime();
    TrainingProgress silent = (_, _, _) -> {};
    Tokenizer tokenizer =
        new ByteLevelBpeTrainer(
                ByteLevelBpeTrainer.Options.of(vocabSize).withPattern(pattern), silent)
            .train(List.of(text));
    double seconds = (System.nanoTime() - start) / 1e9;
    tokenizer.save(out);
    System.out.printf(
        Locale.ROOT,
        "rapt: %d tokens from %.1f MB in %.1f s%n",
        tokenizer.vocabSize(),
        Files.size(text) / 1e6,
        seconds);
  }

  private static void encode(Path file, Path text, Path warmUpText, int passes) throws IOException {
    byte[] other = Files.readAllBytes(warmUpText);
    IdBuffer ids = new IdBuffer(1 << 16);
    long start = System.nanoTime();
    while (System.nanoTime() - start < WARM_UP_NANOS) {
      encode(file, other, ids);
    }
    byte[] bytes = Files.readAllBytes(text);
    double[] speeds = new double[passes];
    for (int pass = 0; pass < passes; pass++) {
      ids.clear();
      speeds[pass] = encode(file, bytes, ids);
    }
    double first = speeds[0];
    Arrays.sort(speeds);
    System.out.printf(
        Locale.ROOT,
        "rapt: %.1f MB/s (median of %d; first %.1f, best %.1f), %d tokens, hash %d%n",
        speeds[passes / 2],
        passes,
        first,
        speeds[passes - 1],
        ids.size(),
        Arrays.hashCode(ids.toArray()));
  }

  /** MB/s of a tokenizer that has seen nothing. */
  private static double encode(Path file, byte[] text, IdBuffer ids) {
    Tokenizer tokenizer = Tokenizer.load(file);
    List<Integer> ends = documentEnds(text);
    long start = System.nanoTime();
    int from = 0;
    for (int end : ends) {
      tokenizer.encodeUtf8(text, from, end, ids);
      from = end;
    }
    return text.length / 1e6 / ((System.nanoTime() - start) / 1e9);
  }

  /** Ends of documents, each behind a newline. */
  private static List<Integer> documentEnds(byte[] bytes) {
    List<Integer> ends = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n' && i + 1 - from >= DOCUMENT_BYTES) {
        ends.add(i + 1);
        from = i + 1;
      }
    }
    ends.add(bytes.length);
    return ends;
  }
}
