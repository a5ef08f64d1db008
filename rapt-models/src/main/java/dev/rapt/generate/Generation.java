package dev.rapt.generate;

import java.util.Arrays;
import java.util.List;

/**
 * What was generated.
 *
 * @param sequences numReturnSequences for each prompt, prompt after prompt; of one prompt the best
 *     beam first
 */
public record Generation(List<GeneratedSequence> sequences) {
  /** Copies the list. */
  public Generation {
    sequences = List.copyOf(sequences);
  }

  /** The first sequence. */
  public GeneratedSequence first() {
    return sequences.getFirst();
  }

  /**
   * All sequences as one matrix (numSequences, longest), filled on the right.
   *
   * @param fill id behind the end of shorter sequences
   */
  public int[][] toMatrix(int fill) {
    int longest = sequences.stream().mapToInt(s -> s.ids().length).max().orElse(0);
    int[][] matrix = new int[sequences.size()][];
    for (int i = 0; i < matrix.length; i++) {
      int[] ids = sequences.get(i).ids();
      matrix[i] = Arrays.copyOf(ids, longest);
      Arrays.fill(matrix[i], ids.length, longest, fill);
    }
    return matrix;
  }
}
