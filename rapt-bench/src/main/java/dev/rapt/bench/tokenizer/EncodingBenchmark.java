package dev.rapt.bench.tokenizer;

import dev.rapt.bench.Bytes;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.tokenizer.types.IdBuffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Encoding text in documents of about 8 KB on one thread, in GB/s. A tokenizer remembers words it
 * has seen, so each call uses one that was just loaded. bench/tokenize_peers.py measures other
 * libraries on the same files; the setup prints the number of tokens and their hash, to compare.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(3)
@State(Scope.Benchmark)
public class EncodingBenchmark {
  private static final int DOCUMENT_BYTES = 8192;
  private static final int VOCAB_SIZE = 8192;

  /** A tokenizer.json; empty for byte-level BPE of 8192 tokens, trained on the text. */
  @Param("")
  String tokenizer = "";

  /** A file of UTF-8 text; empty for made-up words. */
  @Param("")
  String text = "";

  private final IdBuffer ids = new IdBuffer(1 << 16);
  private byte[] utf8 = {};
  private List<Integer> ends = List.of();
  private @Nullable Path trained;
  private @Nullable Tokenizer fresh;

  /**
   * Reads the text, trains a tokenizer if none is given, and checks that decoding restores text.
   */
  @Setup
  public void prepare() throws IOException {
    utf8 = SampleText.of(text);
    ends = documentEnds(utf8);
    if (tokenizer.isEmpty()) {
      trained = Files.createTempFile("tokenizer", ".json");
      Path corpus = Files.write(Files.createTempFile("corpus", ".txt"), utf8);
      new ByteLevelBpeTrainer(ByteLevelBpeTrainer.Options.of(VOCAB_SIZE), (_, _, _) -> {})
          .train(List.of(corpus))
          .save(trained);
      Files.delete(corpus);
    }
    load();
    ids.clear();
    encodeAll(Objects.requireNonNull(fresh));
    int[] all = ids.toArray();
    System.out.println(all.length + " tokens, hash " + Arrays.hashCode(all));
    String decoded = fresh.decode(all);
    if (trained != null && !decoded.equals(new String(utf8, StandardCharsets.UTF_8))) {
      throw new IllegalStateException("decode: must restore the text that was encoded");
    }
  }

  /** Loads the tokenizer, which then has seen no words. */
  @Setup(Level.Invocation)
  public void load() {
    fresh = Tokenizer.load(trained == null ? Path.of(tokenizer) : trained);
    ids.clear();
  }

  /** Deletes the tokenizer that the setup has trained. */
  @TearDown
  public void delete() throws IOException {
    if (trained != null) {
      Files.delete(trained);
    }
  }

  /** All documents, one after another. */
  @Benchmark
  public int encode(Bytes bytes) {
    encodeAll(Objects.requireNonNull(fresh));
    bytes.gigabytes += utf8.length;
    return ids.size();
  }

  private void encodeAll(Tokenizer loaded) {
    int from = 0;
    for (int end : ends) {
      loaded.encodeUtf8(utf8, from, end, ids);
      from = end;
    }
  }

  /** Ends of documents, each after a newline. */
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
