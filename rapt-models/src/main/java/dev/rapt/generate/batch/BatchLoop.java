package dev.rapt.generate.batch;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Ops;
import dev.rapt.generate.search.FinishReason;
import dev.rapt.kernel.Workers;
import dev.rapt.model.CausalLm;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The steps of a {@link Batcher}, on its thread. In each step, every sequence that is decoded runs
 * one token, and prompts share what is left of the budget of tokens, in one ragged pass.
 */
final class BatchLoop {
  /** What a sequence runs in a step. */
  private record Share(RunningSequence sequence, int tokens) {}

  private final CausalLm model;
  private final BatchOptions options;
  private final SequenceCaches caches;
  private final StepBudget budget;
  private final WaitingLine waiting = new WaitingLine();

  /** Sequences with a KV cache, in the order of their submission. */
  private final List<RunningSequence> running = new ArrayList<>();

  private long steps;
  private long newTokens;
  private long preemptions;

  BatchLoop(CausalLm model, BatchOptions options, SequenceCaches caches) {
    this.model = model;
    this.options = options;
    this.caches = caches;
    budget = new StepBudget(options.tokensPerStep());
  }

  void submit(RunningSequence sequence) {
    waiting.add(sequence);
  }

  boolean isIdle() {
    return running.isEmpty() && waiting.size() == 0;
  }

  BatchMetrics metrics() {
    return new BatchMetrics(
        running.size(),
        waiting.size(),
        steps,
        caches.promptTokens(),
        caches.cachedTokens(),
        newTokens,
        preemptions,
        caches.usedBytes(),
        caches.budgetBytes());
  }

  /** Runs one step. */
  void step() {
    endInterrupted(System.nanoTime());
    admit();
    List<Share> shares = plan();
    if (shares.isEmpty()) {
      return;
    }
    long start = System.nanoTime();
    BatchStepEvent event = new BatchStepEvent();
    event.begin();
    try {
      run(shares);
    } catch (RuntimeException e) {
      shares.forEach(share -> fail(share.sequence, e));
      return;
    }
    int prompt =
        shares.stream().filter(share -> share.tokens > 1).mapToInt(share -> share.tokens).sum();
    int decoding = (int) shares.stream().filter(share -> share.tokens == 1).count();
    budget.measured(decoding, prompt, (System.nanoTime() - start) / 1e9);
    record(event, decoding, prompt);
    steps++;
    for (Share share : shares) {
      if (share.sequence.row.ended()) {
        end(share.sequence);
      }
    }
  }

  private void record(BatchStepEvent event, int decoding, int promptTokens) {
    event.end();
    if (event.shouldCommit()) {
      event.decoding = decoding;
      event.promptTokens = promptTokens;
      event.running = running.size();
      event.waiting = waiting.size();
      event.cacheBytes = caches.usedBytes();
      event.commit();
    }
  }

  private void endInterrupted(long now) {
    waiting.removeIf(sequence -> {
      FinishReason reason = sequence.interruption(now);
      if (reason != null) {
        sequence.row.end(reason);
        sequence.completion.finish(sequence.row.result());
      }
      return reason != null;
    });
    for (RunningSequence sequence : List.copyOf(running)) {
      FinishReason reason = sequence.interruption(now);
      if (reason != null) {
        sequence.row.end(reason);
        end(sequence);
      }
    }
  }

  private void end(RunningSequence sequence) {
    running.remove(sequence);
    caches.close(sequence);
    sequence.completion.finish(sequence.row.result());
  }

  private void fail(RunningSequence sequence, RuntimeException failure) {
    running.remove(sequence);
    sequence.stop();
    sequence.completion.fail(failure);
  }

  /** Starts waiting sequences while there is room. */
  private void admit() {
    if (running.size() >= options.maxSequences()) {
      return; // before the waiting ones are sorted
    }
    for (RunningSequence sequence : waiting.inOrder()) {
      if (running.size() >= options.maxSequences()) {
        return;
      }
      if (!waitsForPrefix(sequence)) {
        caches.open(sequence);
        if (!caches.reserve(sequence, 1) && !running.isEmpty()) {
          sequence.stop(); // until others have ended
          return;
        }
        waiting.start(sequence);
        running.add(sequence);
        running.sort(Comparator.comparingLong(s -> s.number));
      }
    }
  }

  /**
   * Whether another sequence is reading a prompt that begins as this one, so that it pays to wait.
   */
  private boolean waitsForPrefix(RunningSequence sequence) {
    if (!caches.sharesPrefixes()) {
      return false;
    }
    int[] own = sequence.row.ids();
    int most = sequence.row.length() - 1;
    int held = -1;
    for (RunningSequence other : running) {
      if (other.isPrefilling()) {
        int common = common(own, other.row.ids(), Math.min(most, other.row.length()));
        common -= common % options.pageSize();
        if (common > other.cache().length()) {
          held = held < 0 ? caches.held(own, most) : held;
          if (common > held) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static int common(int[] a, int[] b, int most) {
    int length = 0;
    while (length < most && a[length] == b[length]) {
      length++;
    }
    return length;
  }

  /** Decides what each sequence runs, and takes the memory for it. */
  private List<Share> plan() {
    List<Share> shares = new ArrayList<>();
    for (RunningSequence sequence : List.copyOf(running)) {
      if (running.contains(sequence) && !sequence.isPrefilling() && reserve(sequence, 1)) {
        shares.add(new Share(sequence, 1));
      }
    }
    shares.removeIf(share -> !running.contains(share.sequence)); // preempted for an older one
    int left = budget.promptTokens(shares.size());
    for (RunningSequence sequence : List.copyOf(running)) {
      if (left > 0 && running.contains(sequence) && sequence.isPrefilling()) {
        int tokens = Math.min(left, sequence.pending());
        if (reserve(sequence, tokens)) {
          shares.add(new Share(sequence, tokens));
          left -= tokens;
        }
      }
    }
    shares.removeIf(share -> !running.contains(share.sequence));
    return shares;
  }

  /**
   * Takes memory for new positions of a sequence; where there is too little, the newest sequences
   * give theirs back and wait.
   *
   * @return whether the sequence can run; if it is alone and cannot, it has ended
   */
  private boolean reserve(RunningSequence sequence, int positions) {
    while (!caches.reserve(sequence, positions)) {
      RunningSequence newest = running.getLast();
      if (running.size() == 1) {
        sequence.row.end(FinishReason.LENGTH);
        end(sequence);
        return false;
      }
      running.remove(newest);
      newest.stop();
      waiting.addPreempted(newest);
      preemptions++;
      if (newest == sequence) {
        return false;
      }
    }
    return true;
  }

  private void run(List<Share> shares) {
    try (Scope step = caches.scope().child()) {
      int[] lengths = shares.stream().mapToInt(Share::tokens).toArray();
      int[] ids =
          shares.stream().flatMapToInt(s -> IntStream.of(s.sequence.next(s.tokens))).toArray();
      List<KvCache> own = shares.stream().map(share -> share.sequence.cache()).toList();
      Tensor tokens = step.ints(ids, 1, ids.length);
      int[] whole = shares.stream().mapToInt(share -> share.sequence.row.length()).toArray();
      Pass pass = Pass.ragged(tokens, own, lengths, whole);
      Tensor hidden = model.hidden(tokens, pass); // (1, N, D)
      List<RunningSequence> ready = new ArrayList<>();
      List<Integer> lastRows = new ArrayList<>();
      int end = 0;
      for (Share share : shares) {
        end += share.tokens;
        share.sequence.cache().advance(share.tokens);
        if (share.tokens > 1) {
          caches.share(share.sequence);
        }
        if (share.sequence.pending() == 0) {
          ready.add(share.sequence);
          lastRows.add(end - 1);
        }
      }
      if (!ready.isEmpty()) {
        choose(step, hidden, ready, lastRows.stream().mapToInt(i -> i).toArray());
      }
    }
  }

  /** Chooses the next token of each sequence from the last hidden state of its tokens. */
  private void choose(Scope step, Tensor hidden, List<RunningSequence> ready, int[] lastRows) {
    Tensor last =
        Ops.embedding(
            hidden.reshape(-1, hidden.lastDim()), step.ints(lastRows, lastRows.length)); // (R, D)
    MemorySegment logits = Casts.toFloat(step, model.logits(last)).memory(); // (R, V)
    int vocabSize = model.config().vocabSize();
    RuntimeException[] failures = new RuntimeException[ready.size()];
    Workers.shared()
        .run(
            ready.size(),
            i -> {
              float[] scores = new float[vocabSize];
              MemorySegment.copy(
                  logits,
                  ValueLayout.JAVA_FLOAT_UNALIGNED,
                  4L * i * vocabSize,
                  scores,
                  0,
                  vocabSize);
              try {
                ready.get(i).row.advance(scores);
              } catch (RuntimeException e) { // of a processor of this request
                failures[i] = e;
              }
            });
    newTokens += ready.size();
    for (int i = 0; i < failures.length; i++) {
      if (failures[i] != null) {
        fail(ready.get(i), failures[i]);
      }
    }
  }

  /** Ends everything: what runs as it is, what waits by failing. */
  void close(RuntimeException reason) {
    waiting.removeIf(sequence -> {
      sequence.completion.fail(reason);
      return true;
    });
    for (RunningSequence sequence : List.copyOf(running)) {
      sequence.row.end(FinishReason.CANCELLED);
      end(sequence);
    }
    caches.close();
  }
}
