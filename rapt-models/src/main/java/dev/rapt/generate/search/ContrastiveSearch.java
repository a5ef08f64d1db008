package dev.rapt.generate.search;

import dev.rapt.generate.decoding.Decoding;
import dev.rapt.generate.logits.Logits;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Contrastive search. Of the k most likely tokens it chooses the one with the largest (1 - alpha) p
 * - alpha max cos, where p is the probability of the token and cos the similarity of its hidden
 * state to that of an earlier token. A Contrastive Framework for Neural Text Generation,
 * arXiv:2202.06417, section 4.2.
 */
final class ContrastiveSearch {
  /** A sequence, the unit vectors of its tokens' hidden states, and the next logits. */
  private static final class Traced {
    final SearchRow row;
    final List<float[]> directions = new ArrayList<>();
    float[] logits = {};
    int[] candidates = {};
    double[] probs = {};

    Traced(SearchRow row) {
      this.row = row;
    }
  }

  private final SearchRequest request;
  private final int vocabSize;
  private final int numCandidates;

  ContrastiveSearch(SearchRequest request) {
    this.request = request;
    vocabSize = request.model().vocabSize();
    numCandidates = Math.min(request.options().sampling().topK(), vocabSize);
  }

  Generation run() {
    List<Traced> rows = new ArrayList<>();
    for (int prompt = 0; prompt < request.prompts().size(); prompt++) {
      rows.add(new Traced(new SearchRow(request, prompt, prompt, 0)));
    }
    List<Traced> active = rows.stream().filter(traced -> traced.row.finish == null).toList();
    if (!active.isEmpty()) {
      // One position more than in other searches: candidates run before one is chosen.
      try (Decoding decoding = request.start(request.maxNewTokens() + 1)) {
        begin(decoding, active);
        int[] sources = active.stream().mapToInt(traced -> traced.row.prompt).toArray();
        search(decoding, active, sources);
      }
    }
    return new Generation(rows.stream().map(traced -> traced.row.result()).toList());
  }

  /** Reads the hidden states of the prompts' tokens, without padding, and the first logits. */
  private void begin(Decoding decoding, List<Traced> active) {
    Tensor hidden = decoding.hidden(); // (prompts, T, D)
    int seqLen = Math.toIntExact(hidden.dim(1));
    for (Traced traced : active) {
      int prompt = traced.row.prompt;
      boolean[] mask = request.prompts().mask(prompt);
      for (int t = 0; t < mask.length; t++) {
        if (mask[t]) {
          long position = (long) prompt * seqLen + seqLen - mask.length + t;
          traced.directions.add(direction(hidden, position));
        }
      }
      traced.logits = logits(decoding.logits(), prompt);
    }
  }

  private void search(Decoding decoding, List<Traced> active, int[] sources) {
    while (true) {
      int k = numCandidates;
      int[] rows = new int[active.size() * k];
      int[] tokens = new int[rows.length];
      for (int i = 0; i < active.size(); i++) {
        propose(active.get(i));
        Arrays.fill(rows, i * k, (i + 1) * k, sources[i]);
        System.arraycopy(active.get(i).candidates, 0, tokens, i * k, k);
      }
      decoding.select(rows);
      decoding.step(tokens);
      List<Traced> open = new ArrayList<>();
      int[] chosenRows = new int[active.size()];
      for (int i = 0; i < active.size(); i++) {
        int chosen = choose(active.get(i), decoding, i * k);
        if (active.get(i).row.finish == null) {
          chosenRows[open.size()] = i * k + chosen;
          open.add(active.get(i));
        }
      }
      if (open.isEmpty()) {
        return;
      }
      active = open;
      sources = Arrays.copyOf(chosenRows, open.size());
    }
  }

  private void propose(Traced traced) {
    float[] scores = traced.logits.clone();
    traced.row.process(scores);
    double[] probs = Logits.softmax(scores);
    traced.candidates = Logits.topIndices(scores, numCandidates);
    traced.probs = Arrays.stream(traced.candidates).mapToDouble(token -> probs[token]).toArray();
  }

  /** Appends the best candidate and returns its index; the candidates' rows begin at this one. */
  private int choose(Traced traced, Decoding decoding, int firstRow) {
    Tensor hidden = decoding.hidden(); // (rows, 1, D)
    double alpha = request.options().sampling().penaltyAlpha();
    int best = 0;
    double bestScore = Double.NEGATIVE_INFINITY;
    float[] bestDirection = {};
    for (int c = 0; c < numCandidates; c++) {
      float[] direction = direction(hidden, firstRow + c);
      double degeneration = -1;
      for (float[] before : traced.directions) {
        degeneration = Math.max(degeneration, dot(before, direction));
      }
      double score = (1 - alpha) * traced.probs[c] - alpha * degeneration;
      if (traced.probs[c] > 0 && score > bestScore) {
        best = c;
        bestScore = score;
        bestDirection = direction;
      }
    }
    if (bestScore == Double.NEGATIVE_INFINITY) {
      throw Logits.allForbidden(traced.row.length - traced.row.promptLength);
    }
    float[] logits = traced.logits;
    traced.directions.add(bestDirection);
    traced.logits = logits(decoding.logits(), firstRow + best);
    traced.row.append(traced.candidates[best], logits);
    return best;
  }

  private float[] logits(MemorySegment logits, int row) {
    float[] copy = new float[vocabSize];
    TokenSearch.copyRow(logits, row, copy);
    return copy;
  }

  /** A hidden state divided by its norm. */
  private static float[] direction(Tensor hidden, long position) {
    int width = Math.toIntExact(hidden.lastDim());
    float[] vector = new float[width];
    TokenSearch.copyRow(hidden.memory(), Math.toIntExact(position), vector);
    double length = Math.sqrt(dot(vector, vector));
    for (int i = 0; i < width; i++) {
      vector[i] = length == 0 ? 0 : (float) (vector[i] / length);
    }
    return vector;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
