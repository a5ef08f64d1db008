package dev.rapt.bench;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.bpe.IdBuffer;
import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.tokenizer.train.TrainingProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Speed of tokenizers: {@code train TEXT VOCAB_SIZE OUT.json} says how long training takes; {@code
 * encode TOKENIZER.json TEXT PASSES} encodes a file on one thread, in documents of about 8 KB, and
 * prints the median of the passes. bench/tokenize_peers.py does the same with other libraries.
 */
public final class TokenizerSpeed {
  private static final int DOCUMENT_BYTES = 8192;
  private static final int WARM_UP_PASSES = 3;

  private TokenizerSpeed() {}

  /** Runs one of the two measurements. */
  public static void main(String[] args) throws IOException {
    switch (args.length == 4 ? args[0] : "") {
      case "train" -> train(Path.of(args[1]), Integer.parseInt(args[2]), Path.of(args[3]));
      case "encode" -> encode(Path.of(args[1]), Path.of(args[2]), Integer.parseInt(args[3]));
      default ->
          System.err.println(
              "usage: train TEXT VOCAB_SIZE OUT.json | encode TOKENIZER.json TEXT PASSES");
    }
  }

  private static void train(Path text, int vocabSize, Path out) throws IOException {
    long start = System.nanoTime();
    TrainingProgress silent = (_, _, _) -> {};
    Tokenizer tokenizer =
        new ByteLevelBpeTrainer(ByteLevelBpeTrainer.Options.of(vocabSize), silent)
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

  private static void encode(Path file, Path text, int passes) throws IOException {
    byte[] bytes = Files.readAllBytes(text);
    List<Integer> ends = documentEnds(bytes);
    IdBuffer ids = new IdBuffer(bytes.length);
    double[] speeds = new double[passes];
    for (int pass = -WARM_UP_PASSES; pass < passes; pass++) {
      Tokenizer tokenizer = Tokenizer.load(file); // anew: it remembers words it has seen
      ids.clear();
      long start = System.nanoTime();
      int from = 0;
      for (int end : ends) {
        tokenizer.encodeUtf8(bytes, from, end, ids);
        from = end;
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      if (pass >= 0) {
        speeds[pass] = bytes.length / 1e6 / seconds;
      }
    }
    Arrays.sort(speeds);
    System.out.printf(
        Locale.ROOT,
        "rapt: %.1f MB/s (median of %d, best %.1f), %d tokens, hash %d%n",
        speeds[passes / 2],
        passes,
        speeds[passes - 1],
        ids.size(),
        Arrays.hashCode(ids.toArray()));
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
