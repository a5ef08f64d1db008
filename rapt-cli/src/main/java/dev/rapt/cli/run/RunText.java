package dev.rapt.cli.run;

import dev.rapt.cli.files.TextFiles;
import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.tokenizer.UnknownCharacters;
import dev.rapt.train.TokenizerEncoder;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.EvaluationBatches;
import dev.rapt.train.batch.RandomWindows;
import dev.rapt.train.batch.ShuffledWindows;
import dev.rapt.train.batch.StreamWindows;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.data.ShardOptions;
import dev.rapt.train.data.TokenDataset;
import dev.rapt.train.data.TokenShards;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The text of a run as tokens: training text and held-out text. */
public final class RunText implements AutoCloseable {
  /** Folder of the encoded training text in the folder of a run. */
  static final String TRAIN = "data";

  /** Folder of the encoded held-out text. */
  static final String HELD_OUT = "data-held-out";

  /** Held-out tokens by which bytes per token are measured. */
  private static final long MEASURED_TOKENS = 1 << 20;

  private final Encoding encoding;
  private final TokenShards trainShards;
  private final @Nullable TokenShards heldOutShards;
  private final List<TokenDataset> owned;
  private final TokenDataset train;
  private final TokenDataset heldOut;

  /** Encodes the texts of a run into its folder. */
  record Encoding(RunSpec spec, Path folder, TokenizerEncoder encoder, ProgressLine progress) {
    /** Encodes texts into memory-mapped shards; opens those of an earlier call if they exist. */
    TokenShards build(List<Path> texts, String name) throws IOException {
      TokenShards shards =
          TokenShards.build(
              texts,
              encoder,
              folder.resolve(name),
              ShardOptions.defaults().withDocuments(spec.documentSplit()),
              (done, all, tokens) ->
                  progress.update(
                      (double) done / all, "encoding: " + Format.count(tokens) + " tokens"));
      progress.clear();
      return shards;
    }
  }

  private RunText(
      Encoding encoding,
      TokenShards trainShards,
      @Nullable TokenShards heldOutShards,
      List<TokenDataset> owned) {
    this.encoding = encoding;
    this.trainShards = trainShards;
    this.heldOutShards = heldOutShards;
    this.owned = owned;
    TokenDataset all = owned.getFirst();
    if (heldOutShards == null) {
      TokenDataset.Split split = all.split(encoding.spec.heldOutShare());
      train = split.train();
      heldOut = split.validation();
    } else {
      train = all;
      heldOut = owned.getLast();
    }
  }

  /**
   * Encodes the texts into memory-mapped shards in the folder of the run.
   *
   * @param heldOutTexts empty to hold out a share of the texts
   * @throws CommandException if a text has characters that the tokenizer lacks, or is too short
   */
  public static RunText prepare(
      RunSpec spec,
      List<Path> texts,
      List<Path> heldOutTexts,
      Path folder,
      TokenizerEncoder encoder,
      ProgressLine progress)
      throws IOException {
    for (Path text : Stream.concat(texts.stream(), heldOutTexts.stream()).toList()) {
      TextFiles.requireKnown(UnknownCharacters.of(encoder.tokenizer()).add(text), text);
    }
    Encoding encoding = new Encoding(spec, folder, encoder, progress);
    TokenShards train = encoding.build(texts, TRAIN);
    return of(
        encoding, train, heldOutTexts.isEmpty() ? null : encoding.build(heldOutTexts, HELD_OUT));
  }

  static RunText of(Encoding encoding, TokenShards train, @Nullable TokenShards heldOut)
      throws IOException {
    List<TokenDataset> owned = new ArrayList<>();
    try {
      owned.add(train.dataset());
      if (heldOut != null) {
        owned.add(heldOut.dataset());
      }
      RunText text = new RunText(encoding, train, heldOut, owned);
      int seqLen = encoding.spec.seqLen();
      if (text.train.size() <= seqLen) {
        throw new CommandException(
            "text: must be longer than the context, got %d tokens to train on and a context of %d; use more text or a shorter --context"
                .formatted(text.train.size(), seqLen));
      }
      if (text.heldOut.size() < 2) {
        throw new CommandException(
            "held-out text: must have at least 2 tokens, got %d; use more text or a larger --val-fraction"
                .formatted(text.heldOut.size()));
      }
      return text;
    } catch (IOException | RuntimeException e) {
      owned.forEach(TokenDataset::close);
      throw e;
    }
  }

  TokenShards trainShards() {
    return trainShards;
  }

  Optional<TokenShards> heldOutShards() {
    return Optional.ofNullable(heldOutShards);
  }

  /** The training text. */
  public TokenDataset train() {
    return train;
  }

  /** The held-out text. */
  public TokenDataset heldOut() {
    return heldOut;
  }

  /**
   * Mean number of bytes of a held-out token, which converts nats per token to bits per byte. Bytes
   * that are not in the tokens, such as line breaks between documents, do not count.
   */
  public double bytesPerToken() {
    int[] ids = new int[Math.toIntExact(Math.min(heldOut.size(), MEASURED_TOKENS))];
    heldOut.copy(0, ids, 0, ids.length);
    String text = encoding.encoder.tokenizer().decode(ids, true);
    return (double) text.getBytes(StandardCharsets.UTF_8).length / ids.length;
  }

  /** The training batches. */
  public BatchSampler<TokenBatch> batches() {
    RunSpec spec = encoding.spec;
    return spec.shuffles()
        ? new ShuffledWindows(
            new StreamWindows(train, spec.seqLen(), spec.separatesDocuments()),
            spec.batchSize(),
            spec.seed())
        : new RandomWindows(
            train, spec.batchSize(), spec.seqLen(), spec.seed(), spec.separatesDocuments());
  }

  /** The batches of evaluations. */
  public EvaluationBatches evaluationBatches() {
    RunSpec spec = encoding.spec;
    return new EvaluationBatches(
        new StreamWindows(heldOut, spec.seqLen(), spec.separatesDocuments()), spec.batchSize());
  }

  @Override
  public void close() {
    owned.forEach(TokenDataset::close);
  }
}
