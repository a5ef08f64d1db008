package dev.rapt.train.task.generate;

import dev.rapt.model.CausalLm;
import dev.rapt.train.Evaluator;
import dev.rapt.train.HeldOutLoss;
import dev.rapt.train.Measurement;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.ShuffledRows;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.objective.CausalLmObjective;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.task.CutTexts;
import dev.rapt.train.task.HeldOutRows;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TaskTemplate;
import dev.rapt.train.task.TuningSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Training of a decoder on conversations. */
final class InstructRun implements TaskRun<TokenBatch> {
  private final TaskSetup setup;
  private final CausalLm model;
  private final List<List<ChatRows.Row>> train;
  private final List<List<ChatRows.Row>> heldOut;
  private final int seqLen;
  private final long conversations;
  private final long unanswered;
  private final CutTexts cutTexts;

  InstructRun(
      TaskSetup setup,
      CausalLm model,
      List<ChatRows.Row> train,
      List<ChatRows.Row> heldOut,
      int seqLen,
      boolean packs) {
    this.setup = setup;
    this.model = model;
    this.seqLen = seqLen;
    conversations = train.size();
    unanswered = train.stream().filter(row -> row.predicted() == 0).count();
    cutTexts = CutTexts.of(train, heldOut, ChatRows.Row::isCut, seqLen);
    this.train = packed(train, packs);
    this.heldOut = packed(heldOut, packs);
    if (this.train.isEmpty() || this.heldOut.isEmpty()) {
      throw new IllegalArgumentException(
          "max length: must leave room for the answers, got %d tokens, in which no conversation comes to one; raise --max-length up to the context of the model, or take a model with a longer one"
              .formatted(seqLen));
    }
  }

  /** Puts conversations into sequences, in their order; those without a target are left out. */
  private List<List<ChatRows.Row>> packed(List<ChatRows.Row> rows, boolean packs) {
    List<List<ChatRows.Row>> sequences = new ArrayList<>();
    int size = 0;
    for (ChatRows.Row row : rows) {
      if (row.predicted() > 0) {
        if (sequences.isEmpty() || !packs || size + row.inputs().length > seqLen) {
          sequences.add(new ArrayList<>());
          size = 0;
        }
        sequences.getLast().add(row);
        size += row.inputs().length;
      }
    }
    return sequences;
  }

  @Override
  public CausalLm model() {
    return model;
  }

  @Override
  public Objective<TokenBatch> objective() {
    return new CausalLmObjective(model);
  }

  @Override
  public BatchSampler<TokenBatch> batches() {
    TuningSpec spec = setup.spec();
    return new ShuffledRows<>(train, spec.batchSize(), seqLen, spec.seed(), InstructRun::batch);
  }

  private static TokenBatch batch(List<List<ChatRows.Row>> sequences) {
    int B = sequences.size();
    int T = sequences.stream().mapToInt(InstructRun::length).max().orElse(0);
    int[] inputs = new int[B * T];
    int[] targets = new int[B * T];
    int[] starts = new int[B * T];
    Arrays.fill(targets, TokenBatch.IGNORED);
    for (int b = 0; b < B; b++) {
      int at = 0;
      for (ChatRows.Row row : sequences.get(b)) {
        int n = row.inputs().length;
        System.arraycopy(row.inputs(), 0, inputs, b * T + at, n);
        System.arraycopy(row.targets(), 0, targets, b * T + at, n);
        Arrays.fill(starts, b * T + at, b * T + at + n, at);
        at += n;
      }
      Arrays.fill(starts, b * T + at, (b + 1) * T, at); // padding sees itself alone
    }
    return new TokenBatch(B, T, inputs, targets, starts);
  }

  private static int length(List<ChatRows.Row> sequence) {
    return sequence.stream().mapToInt(row -> row.inputs().length).sum();
  }

  @Override
  public Evaluator evaluator() {
    return () -> {
      List<TokenBatch> batches =
          new HeldOutRows<>(heldOut)
              .batches(setup.spec().batchSize()).stream().map(InstructRun::batch).toList();
      Measurement loss = HeldOutLoss.of(model, batches, Long.MAX_VALUE);
      return new Measurement(
          loss.loss(), loss.targets(), Map.of("perplexity", Math.exp(loss.loss())), null);
    };
  }

  @Override
  public void writeFiles(Path folder) throws IOException {
    TaskTemplate.write(setup, folder);
  }

  @Override
  public List<String> summary() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%d conversations in %d sequences of at most %d tokens, %d sequences held out"
            .formatted(conversations, train.size(), seqLen, heldOut.size()));
    if (unanswered > 0) {
      lines.add(
          "%d conversations are left out, since no answer to learn begins within --max-length"
              .formatted(unanswered));
    }
    return lines;
  }

  @Override
  public List<String> details() {
    return List.of();
  }

  @Override
  public CutTexts cutTexts() {
    return cutTexts;
  }
}
