package dev.rapt.tokenizer.train;

import dev.rapt.tokenizer.types.IdBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * The merge loop of BPE training: the most frequent pair first, the smallest ids on a tie. If the
 * merged token exists already, the order of steps is that of the Hugging Face trainer (tokenizers
 * 0.23, models/bpe/trainer.rs), so that the merges are equal.
 */
final class PairMerging {
  /** A pair to merge, and the words that contain it. */
  private record Candidate(long pair, long count, IdBuffer words) implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      int byCount = Long.compare(other.count, count);
      return byCount != 0 ? byCount : Long.compare(pair, other.pair);
    }
  }

  private final List<String> tokens;
  private final Map<String, Integer> ids = new HashMap<>();
  private final WordCounts counts;
  private final int[] symbols;
  private final int[] starts;
  private final int[] lengths;
  private final PairTable pairCounts = new PairTable(1 << 16);
  private final PriorityQueue<Candidate> queue = new PriorityQueue<>();
  private final IdBuffer left = new IdBuffer(1 << 10);
  private final IdBuffer right = new IdBuffer(1 << 10);

  // Pairs created by the current merge: index in newWords plus one.
  private PairTable newPairs = new PairTable(1 << 8);
  private final List<Long> newKeys = new ArrayList<>();
  private final List<IdBuffer> newWords = new ArrayList<>();

  /**
   * @param tokens special tokens and the alphabet; merged tokens are appended
   * @param byteIds id of each byte
   */
  PairMerging(List<String> tokens, int[] byteIds, WordCounts counts) {
    this.tokens = tokens;
    this.counts = counts;
    for (int id = 0; id < tokens.size(); id++) {
      ids.put(tokens.get(id), id);
    }
    starts = new int[counts.size()];
    lengths = new int[counts.size()];
    int total = 0;
    for (int word = 0; word < counts.size(); word++) {
      starts[word] = total;
      lengths[word] = counts.length(word);
      total = Math.addExact(total, lengths[word]);
    }
    symbols = new int[total];
    for (int word = 0; word < counts.size(); word++) {
      for (int i = 0; i < lengths[word]; i++) {
        symbols[starts[word] + i] = byteIds[counts.byteAt(word, i) & 0xFF];
      }
    }
  }

  /** Returns the ids of the left parts of the merges, in order. */
  int[] left() {
    return left.toArray();
  }

  /** Returns the ids of the right parts of the merges, in order. */
  int[] right() {
    return right.toArray();
  }

  /** Merges until there are {@code vocabSize} tokens or no pair is frequent enough. */
  void run(int vocabSize, long minFrequency, TrainingProgress progress) {
    for (int word = 0; word < lengths.length; word++) {
      for (int i = starts[word]; i + 1 < starts[word] + lengths[word]; i++) {
        change(symbols[i], symbols[i + 1], 1, word);
      }
    }
    enqueueNewPairs();
    while (tokens.size() < vocabSize) {
      Candidate top = queue.poll();
      if (top == null) {
        break;
      }
      long count = pairCounts.get(top.pair());
      if (top.count() != count) {
        queue.add(new Candidate(top.pair(), count, top.words()));
        continue;
      }
      if (count < 1 || count < minFrequency) {
        break;
      }
      merge((int) (top.pair() >>> 32), (int) top.pair(), top.words());
      enqueueNewPairs();
      if ((tokens.size() & 0xFF) == 0 || tokens.size() == vocabSize) {
        progress.report(TrainingProgress.Stage.MERGE_PAIRS, tokens.size(), vocabSize);
      }
    }
  }

  private void merge(int a, int b, IdBuffer words) {
    String token = tokens.get(a).concat(tokens.get(b));
    Integer known = ids.putIfAbsent(token, tokens.size());
    int merged = known == null ? tokens.size() : known;
    if (known == null) {
      tokens.add(token);
    }
    left.add(a);
    right.add(b);
    for (int i = 0; i < words.size(); i++) {
      mergeIn(words.get(i), a, b, merged);
    }
  }

  private void mergeIn(int word, int a, int b, int merged) {
    int start = starts[word];
    int end = start + lengths[word];
    int out = start;
    int i = start;
    while (i < end) {
      if (symbols[i] != a || i + 1 == end || symbols[i + 1] != b) {
        symbols[out++] = symbols[i++];
        continue;
      }
      if (out > start) {
        change(symbols[out - 1], a, -1, word);
        change(symbols[out - 1], merged, 1, word);
      }
      i += 2;
      if (i < end) {
        change(b, symbols[i], -1, word);
        change(merged, symbols[i], 1, word);
      }
      symbols[out++] = merged;
    }
    lengths[word] = out - start;
  }

  private void change(int a, int b, int sign, int word) {
    long key = PairTable.key(a, b);
    pairCounts.add(key, sign * counts.count(word));
    if (sign < 0) {
      return;
    }
    long place = newPairs.get(key);
    if (place == 0) {
      newKeys.add(key);
      newWords.add(new IdBuffer(0));
      place = newWords.size();
      newPairs.add(key, place);
    }
    IdBuffer words = newWords.get((int) place - 1);
    if (words.size() == 0 || words.get(words.size() - 1) != word) {
      words.add(word);
    }
  }

  private void enqueueNewPairs() {
    for (int i = 0; i < newKeys.size(); i++) {
      long key = newKeys.get(i);
      long count = pairCounts.get(key);
      if (count > 0) {
        queue.add(new Candidate(key, count, newWords.get(i)));
      }
    }
    if (!newKeys.isEmpty()) {
      newPairs = new PairTable(1 << 8);
      newKeys.clear();
      newWords.clear();
    }
  }
}
