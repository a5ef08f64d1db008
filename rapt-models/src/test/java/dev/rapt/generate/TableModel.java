package dev.rapt.generate;

import dev.rapt.generate.decoding.Decoding;
import dev.rapt.generate.decoding.DecodingModel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A model whose logits are a fixed function of the last two tokens without padding; the recorded
 * results in golden/generate use the same function.
 */
final class TableModel implements DecodingModel {
  private static final int V = 12;

  private final int maxPositions;
  final List<Integer> rowsPerStep = new ArrayList<>();
  int open;

  TableModel(int maxPositions) {
    this.maxPositions = maxPositions;
  }

  static float logit(long a, long b, long token) {
    long mask = 0xffffffffL;
    long hash = (a * 7919 + b * 104729 + token * 1299709 + 12345) & mask;
    hash = (hash * 1664525 + 1013904223) & mask;
    hash = ((hash ^ (hash >> 13)) * 1103515245 + 12345) & mask;
    return (float) (((hash >> 8) & 0xffff) / 65536.0 * 6.0 - 3.0);
  }

  @Override
  public int vocabSize() {
    return V;
  }

  @Override
  public int maxPositions() {
    return maxPositions;
  }

  @Override
  public Decoding start(int[][] ids, boolean[][] mask, int capacity) {
    List<List<Integer>> rows = new ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      List<Integer> row = new ArrayList<>();
      for (int j = 0; j < ids[i].length; j++) {
        if (mask[i][j]) {
          row.add(ids[i][j]);
        }
      }
      rows.add(row);
    }
    open++;
    return new TableDecoding(rows, capacity);
  }

  private final class TableDecoding implements Decoding {
    private final Arena arena = Arena.ofConfined();
    private List<List<Integer>> rows;
    private final int capacity;
    private int numLogits = 1;
    private int marked;

    TableDecoding(List<List<Integer>> rows, int capacity) {
      this.rows = rows;
      this.capacity = capacity;
    }

    @Override
    public int numRows() {
      return rows.size();
    }

    @Override
    public MemorySegment logits() {
      rowsPerStep.add(rows.size());
      MemorySegment logits = arena.allocate(4L * V * rows.size() * numLogits, 4);
      for (int i = 0; i < rows.size() * numLogits; i++) {
        List<Integer> row = rows.get(i / numLogits);
        int last = row.size() - numLogits + i % numLogits;
        int before = last > 0 ? row.get(last - 1) : 0;
        for (int token = 0; token < V; token++) {
          logits.setAtIndex(
              ValueLayout.JAVA_FLOAT, (long) i * V + token, logit(before, row.get(last), token));
        }
      }
      return logits;
    }

    @Override
    public void step(int[] tokens) {
      assert tokens.length == rows.size();
      numLogits = 1;
      for (int i = 0; i < tokens.length; i++) {
        rows.get(i).add(tokens[i]);
        assert rows.get(i).size() <= Math.min(capacity, maxPositions) : "beyond the cache";
      }
    }

    @Override
    public void stepAll(int[] tokens, int count) {
      assert rows.size() == 1;
      for (int token : tokens) {
        step(new int[] {token});
      }
      numLogits = count;
    }

    @Override
    public void mark() {
      marked = rows.getFirst().size();
    }

    @Override
    public void undo(int numPositions) {
      List<Integer> row = rows.getFirst();
      assert row.size() - numPositions >= marked : "before the mark";
      row.subList(row.size() - numPositions, row.size()).clear();
    }

    @Override
    public void select(int[] selected) {
      rows =
          new ArrayList<>(
              Arrays.stream(selected)
                  .mapToObj(i -> (List<Integer>) new ArrayList<>(rows.get(i)))
                  .toList());
    }

    @Override
    public void close() {
      open--;
      arena.close();
    }
  }
}
