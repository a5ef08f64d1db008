package dev.rapt.bench.tokenizer;

import dev.rapt.bench.Check;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.tokenizer.train.SplitPattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Training of byte-level BPE, in seconds; the first run counts, as it does for users. */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(3)
@State(Scope.Benchmark)
public class TrainingBenchmark {
  /** A file of UTF-8 text; empty for made-up words. */
  @Param("")
  String text = "";

  /** How text is split into words: the pattern of GPT-2, of GPT-4, and so on. */
  @Param("GPT2")
  SplitPattern pattern = SplitPattern.GPT2;

  @Param({"8192", "50257"})
  int vocabSize;

  private Path corpus = Path.of("");

  /** Writes the text to a file. */
  @Setup
  public void prepare() throws IOException {
    corpus = Files.write(Files.createTempFile("corpus", ".txt"), SampleText.of(text));
  }

  /** Deletes the file. */
  @TearDown
  public void delete() throws IOException {
    Files.delete(corpus);
  }

  /**
   * Trains a tokenizer; its vocabulary is as large as asked for, or smaller where the text ends.
   */
  @Benchmark
  public Tokenizer train() throws IOException {
    Tokenizer tokenizer =
        new ByteLevelBpeTrainer(
                ByteLevelBpeTrainer.Options.of(vocabSize).withPattern(pattern), (_, _, _) -> {})
            .train(List.of(corpus));
    double half = vocabSize / 2.0;
    Check.close("vocabulary", tokenizer.vocabSize(), half, half);
    return tokenizer;
  }
}
