package dev.rapt.cli.run;

import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.train.TokenizerEncoder;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.EvaluationBatches;
import dev.rapt.train.batch.RandomWindows;
import dev.rapt.train.batch.ShuffledWindows;
import dev.rapt.train.batch.StreamWindows;
import dev.rapt.train.data.ShardOptions;
import dev.rapt.train.data.TokenDataset;
import dev.rapt.train.data.TokenShards;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The text of a run as tokens: training text and held-out text. */
public final class RunText implements AutoCloseable {
  private final RunSpec spec;
  private final TokenDataset train;
  private final TokenDataset heldOut;
  private final double bytesPerToken;
  private final List<TokenDataset> owned;

  private RunText(
      RunSpec spec,
      TokenDataset train,
      TokenDataset heldOut,
      double bytesPerToken,
      List<TokenDataset> owned) {
    this.spec = spec;
    this.train = train;
    this.heldOut = heldOut;
    this.bytesPerToken = bytesPerToken;
    this.owned = owned;
  }

  /**
   * Encodes the texts into memory-mapped shards in the folder of the run; opens those of an earlier
   * call if they exist.
   */
  public static RunText prepare(
      RunSpec spec, Path folder, TokenizerEncoder encoder, ProgressLine progress)
      throws IOException {
    List<TokenDataset> owned = new ArrayList<>();
    try {
      TokenShards shards = build(spec, spec.textPaths(), encoder, folder.resolve("data"), progress);
      TokenDataset all = open(shards, owned);
      double bytesPerToken = (double) shards.textBytes() / shards.tokens();
      TokenDataset train = all;
      TokenDataset heldOut;
      if (spec.heldOutTexts().isEmpty()) {
        TokenDataset.Split split = all.split(spec.heldOutShare());
        train = split.train();
        heldOut = split.validation();
      } else {
        TokenShards other =
            build(spec, spec.heldOutPaths(), encoder, folder.resolve("data-held-out"), progress);
        heldOut = open(other, owned);
        bytesPerToken = (double) other.textBytes() / other.tokens();
      }
      if (train.size() <= spec.seqLen()) {
        throw new CommandException(
            "text: must be longer than the context, got %d tokens to train on and a context of %d; use more text or a shorter --context"
                .formatted(train.size(), spec.seqLen()));
      }
      return new RunText(spec, train, heldOut, bytesPerToken, owned);
    } catch (IOException | RuntimeException e) {
      owned.forEach(TokenDataset::close);
      throw e;
    }
  }

  private static TokenDataset open(TokenShards shards, List<TokenDataset> owned)
      throws IOException {
    TokenDataset dataset = shards.dataset();
    owned.add(dataset);
    return dataset;
  }

  private static TokenShards build(
      RunSpec spec, List<Path> files, TokenizerEncoder encoder, Path folder, ProgressLine progress)
      throws IOException {
    TokenShards shards =
        TokenShards.build(
            files,
            encoder,
            folder,
            ShardOptions.defaults().withDocuments(spec.documentSplit()),
            (done, all, tokens) ->
                progress.update(
                    (double) done / all, "encoding: " + Format.count(tokens) + " tokens"));
    progress.clear();
    return shards;
  }

  /** The training text. */
  public TokenDataset train() {
    return train;
  }

  /** The held-out text. */
  public TokenDataset heldOut() {
    return heldOut;
  }

  /** Mean number of bytes of a token, which converts nats per token to bits per byte. */
  public double bytesPerToken() {
    return bytesPerToken;
  }

  /** The training batches. */
  public BatchSampler batches() {
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
    return new EvaluationBatches(
        new StreamWindows(heldOut, spec.seqLen(), spec.separatesDocuments()), spec.batchSize());
  }

  @Override
  public void close() {
    owned.forEach(TokenDataset::close);
  }
}
