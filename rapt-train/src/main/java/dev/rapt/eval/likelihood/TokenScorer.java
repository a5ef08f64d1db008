package dev.rapt.eval.likelihood;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Ops;
import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelOutputException;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;

/**
 * Scores tokens after a prefix. Requests with the same prefix share its pass: the keys and values
 * of the prefix are computed once and then repeated for each continuation.
 */
final class TokenScorer {
  /** Most logits that are computed at once. */
  private static final long MAX_LOGITS = 1L << 24;

  private final CausalLm model;
  private final int batchSize;

  /**
   * Creates a scorer.
   *
   * @param batchSize most sequences that are read at once
   */
  TokenScorer(CausalLm model, int batchSize) {
    this.model = model;
    this.batchSize = batchSize;
  }

  /** Requests with one prefix, by their indices. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Group(int[] prefix, List<Integer> requests, int numRead) {}

  /** The positions whose next token is scored, with the request of each. */
  private static final class Targets {
    final List<Integer> rows = new ArrayList<>();
    final List<Integer> tokens = new ArrayList<>();
    final List<Integer> requests = new ArrayList<>();

    void add(int row, int token, int request) {
      rows.add(row);
      tokens.add(token);
      requests.add(request);
    }
  }

  /** Scores requests; the order of the results is that of the requests. */
  List<Likelihood> score(List<TokenRequest> requests, DoubleConsumer progress) {
    double[] sums = new double[requests.size()];
    boolean[] greedy = new boolean[requests.size()];
    Arrays.fill(greedy, true);
    List<Group> alone = new ArrayList<>();
    List<Group> shared = new ArrayList<>();
    for (Group group : groups(requests)) {
      (group.requests.size() == 1 ? alone : shared).add(group);
    }
    int done = 0;
    for (int from = 0; from < alone.size(); from += batchSize) {
      List<Group> batch = alone.subList(from, Math.min(alone.size(), from + batchSize));
      whole(batch, requests, sums, greedy);
      done += batch.size();
      progress.accept((double) done / requests.size());
    }
    for (int from = 0; from < shared.size(); ) {
      int to = from;
      int rows = 0;
      while (to < shared.size()
          && (to == from || rows + shared.get(to).requests.size() <= batchSize)) {
        rows += shared.get(to++).requests.size();
      }
      afterPrefixes(shared.subList(from, to), requests, sums, greedy);
      done += rows;
      from = to;
      progress.accept((double) done / requests.size());
    }
    List<Likelihood> likelihoods = new ArrayList<>();
    for (int i = 0; i < sums.length; i++) {
      likelihoods.add(new Likelihood(sums[i], requests.get(i).targets().length, greedy[i]));
    }
    return likelihoods;
  }

  /** Groups the requests by prefix, the longest first. */
  private static List<Group> groups(List<TokenRequest> requests) {
    Map<List<Integer>, Group> groups = new LinkedHashMap<>();
    for (int i = 0; i < requests.size(); i++) {
      int[] prefix = requests.get(i).prefix();
      List<Integer> key = IntStream.of(prefix).boxed().toList();
      groups.computeIfAbsent(key, _ -> new Group(prefix, new ArrayList<>(), 0)).requests.add(i);
    }
    return groups.values().stream()
        .map(group ->
            new Group(
                group.prefix,
                group.requests,
                group.requests.stream().mapToInt(i -> requests.get(i).numRead()).max().orElse(0)))
        .sorted(Comparator.comparingInt(group -> -group.numRead))
        .toList();
  }

  /** Scores requests whose prefixes are all different in one pass, padded on the right. */
  private void whole(
      List<Group> batch, List<TokenRequest> requests, double[] sums, boolean[] greedy) {
    int T = batch.getFirst().numRead;
    int[] ids = new int[batch.size() * T];
    Targets targets = new Targets();
    for (int b = 0; b < batch.size(); b++) {
      int index = batch.get(b).requests.getFirst();
      TokenRequest request = requests.get(index);
      int prefix = request.prefix().length;
      System.arraycopy(request.prefix(), 0, ids, b * T, prefix);
      int[] scored = request.targets();
      System.arraycopy(scored, 0, ids, b * T + prefix, scored.length - 1);
      for (int i = 0; i < scored.length; i++) {
        targets.add(b * T + prefix - 1 + i, scored[i], index);
      }
    }
    try (Scope scope = model.scope().child()) {
      Tensor tokens = scope.ints(ids, batch.size(), T);
      Tensor hidden = model.hidden(tokens, Pass.over(tokens).build()); // (B, T, D)
      add(hidden, targets, sums, greedy);
    }
  }

  /** Reads prefixes, padded on the left, and then all their continuations, padded on the right. */
  private void afterPrefixes(
      List<Group> batch, List<TokenRequest> requests, double[] sums, boolean[] greedy) {
    int T = batch.stream().mapToInt(group -> group.prefix.length).max().orElseThrow();
    int longest =
        batch.stream()
            .flatMap(group -> group.requests.stream())
            .mapToInt(i -> requests.get(i).targets().length)
            .max()
            .orElseThrow();
    int[] ids = new int[batch.size() * T];
    int[] padding = new int[batch.size()];
    Targets first = new Targets();
    List<Integer> rows = new ArrayList<>();
    for (int b = 0; b < batch.size(); b++) {
      int[] prefix = batch.get(b).prefix;
      padding[b] = T - prefix.length;
      System.arraycopy(prefix, 0, ids, b * T + padding[b], prefix.length);
      for (int index : batch.get(b).requests) {
        first.add(b * T + T - 1, requests.get(index).targets()[0], index);
        rows.add(b);
      }
    }
    try (Scope scope = model.scope().child()) {
      KvCache cache = new KvCache(scope, model.config().numLayers(), batch.size(), T + longest - 1);
      Tensor tokens = scope.ints(ids, batch.size(), T);
      add(pass(tokens, padding, cache), first, sums, greedy);
      if (longest > 1) {
        int[] source = rows.stream().mapToInt(Integer::intValue).toArray();
        cache.select(source);
        int[] paddings = IntStream.of(source).map(b -> padding[b]).toArray();
        continuations(scope, cache, paddings, first.requests, longest - 1, requests, sums, greedy);
      }
    }
  }

  private void continuations(
      Scope scope,
      KvCache cache,
      int[] padding,
      List<Integer> indices,
      int T,
      List<TokenRequest> requests,
      double[] sums,
      boolean[] greedy) {
    int[] ids = new int[padding.length * T];
    Targets targets = new Targets();
    for (int b = 0; b < padding.length; b++) {
      int[] scored = requests.get(indices.get(b)).targets();
      System.arraycopy(scored, 0, ids, b * T, scored.length - 1);
      for (int i = 1; i < scored.length; i++) {
        targets.add(b * T + i - 1, scored[i], indices.get(b));
      }
    }
    add(pass(scope.ints(ids, padding.length, T), padding, cache), targets, sums, greedy);
  }

  /** Maps new ids (B, T) behind left padding to hidden states (B, T, D). */
  private Tensor pass(Tensor tokens, int[] padding, KvCache cache) {
    int T = Math.toIntExact(tokens.dim(1));
    int[] firstKeys = new int[padding.length * T];
    Arrays.setAll(firstKeys, i -> padding[i / T]);
    Tensor hidden =
        model.hidden(tokens, Pass.over(tokens).firstKeys(firstKeys).cache(cache).build());
    cache.advance(T);
    return hidden;
  }

  /** Adds the log-probabilities of the targets to the sums of their requests. */
  private void add(Tensor hidden, Targets targets, double[] sums, boolean[] greedy) {
    int V = model.config().vocabSize();
    int chunk = (int) Math.max(1, MAX_LOGITS / V);
    Tensor states = hidden.reshape(-1, hidden.lastDim()); // (B T, D)
    for (int from = 0; from < targets.rows.size(); from += chunk) {
      int to = Math.min(targets.rows.size(), from + chunk);
      int[] rows = targets.rows.subList(from, to).stream().mapToInt(Integer::intValue).toArray();
      try (Scope scope = hidden.scope().child()) {
        Tensor chosen = Ops.embedding(states, scope.ints(rows, rows.length)); // (N, D)
        Tensor logits = Casts.toFloat(scope, model.logits(chosen)); // (N, V)
        MemorySegment logProbs = Ops.logSoftmax(logits).memory();
        for (int n = 0; n < rows.length; n++) {
          int request = targets.requests.get(from + n);
          int target = targets.tokens.get(from + n);
          float logProb = logProbs.getAtIndex(ValueLayout.JAVA_FLOAT, (long) n * V + target);
          if (Float.isNaN(logProb)) {
            throw ModelOutputException.notFinite("logits", logProb);
          }
          sums[request] += logProb;
          greedy[request] = greedy[request] && isBest(logProbs, (long) n * V, V, target);
        }
      }
    }
  }

  /** Returns whether no token is likelier; the smallest id is best among equal ones. */
  private static boolean isBest(MemorySegment logProbs, long row, int V, int target) {
    float best = logProbs.getAtIndex(ValueLayout.JAVA_FLOAT, row + target);
    for (int v = 0; v < V; v++) {
      float other = logProbs.getAtIndex(ValueLayout.JAVA_FLOAT, row + v);
      if (other > best || (other == best && v < target)) {
        return false;
      }
    }
    return true;
  }
}
