package dev.rapt.generate.search;

import java.util.Arrays;
import java.util.List;

/**
 * The result of a generation.
 *
 * @param sequences numReturnSequences for each prompt, in the order of the prompts; within a
 *     prompt, the best beam first; fewer of a prompt whose constraint allows fewer
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
   * All sequences as one matrix (numSequences, longest), padded on the right.
   *
   * @param fill id that pads shorter sequences
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
