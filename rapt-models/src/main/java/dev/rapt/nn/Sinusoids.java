package dev.rapt.nn;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/**
 * Fixed sine and cosine positions. Attention Is All You Need, arXiv:1706.03762, section 3.5. The
 * layouts are the same up to the order of a model's dimensions, but for the frequencies of {@link
 * Layout#TENSOR2TENSOR}.
 *
 * @param layout where sines and cosines stand
 * @param offset number of the first position
 * @param padId a token that has no position, or -1: it gets zeros, and is not counted
 */
public record Sinusoids(Layout layout, int offset, int padId) {
  /** Where sines and cosines stand, and their frequencies. */
  public enum Layout {
    /** Element 2i is a sine, 2i + 1 its cosine, of frequency 10000^(-2i / D): the paper. */
    INTERLEAVED,
    /** The same numbers, sines in the first half, cosines in the second: Marian, Pegasus. */
    HALVES,
    /** Halves, with frequency 10000^(-i / (D / 2 - 1)): tensor2tensor, fairseq, M2M100. */
    TENSOR2TENSOR
  }

  /** As fairseq has them. */
  public static final Sinusoids FAIRSEQ = new Sinusoids(Layout.TENSOR2TENSOR, 0, -1);

  /** As the paper has them. */
  public static final Sinusoids PAPER = new Sinusoids(Layout.INTERLEAVED, 0, -1);

  /** As Marian and Pegasus have them. */
  public static final Sinusoids HALVES = new Sinusoids(Layout.HALVES, 0, -1);

  /** A table (rows, width) of the vectors of the first positions, row-major. */
  public float[] table(int rows, int width) {
    float[] table = new float[Math.multiplyExact(rows, width)];
    for (int i = 0; i < table.length; i++) {
      table[i] = value(i / width + offset, i % width, width);
    }
    return table;
  }

  /** Encodings (B, T, D) of the positions of a pass over these ids (B, T). */
  public Tensor encode(Tensor ids, Pass pass, int hiddenSize) {
    int[] positions = padId < 0 ? pass.positions() : countedPositions(ids, pass.pastLen());
    Tensor table = pass.scope().empty(DType.F32, pass.batchSize(), pass.seqLen(), hiddenSize);
    for (int row = 0; row < positions.length; row++) {
      for (int i = 0; i < hiddenSize; i++) {
        float value = positions[row] < 0 ? 0 : value(positions[row] + offset, i, hiddenSize);
        table.memory().setAtIndex(ValueLayout.JAVA_FLOAT, (long) row * hiddenSize + i, value);
      }
    }
    return table;
  }

  /** Element i of the vector of a position. */
  public float value(int position, int i, int hiddenSize) {
    int half = (hiddenSize + 1) / 2;
    return switch (layout) {
      case INTERLEAVED -> wave(position, i / 2, i % 2 == 0, hiddenSize);
      case HALVES -> wave(position, i < half ? i : i - half, i < half, hiddenSize);
      case TENSOR2TENSOR -> {
        if (hiddenSize % 2 == 1 && i == hiddenSize - 1) {
          yield 0; // an odd element is left over
        }
        int pairs = hiddenSize / 2;
        // Angles in f32 as in the reference: at large positions the rounding shows.
        float step = (float) -(Math.log(10000) / (pairs - 1));
        float angle = position * (float) Math.exp((float) (i % pairs) * step);
        yield (float) (i < pairs ? Math.sin(angle) : Math.cos(angle));
      }
    };
  }

  private static float wave(int position, int pair, boolean isSine, int hiddenSize) {
    double angle = position / Math.pow(10000, 2.0 * pair / hiddenSize);
    return (float) (isSine ? Math.sin(angle) : Math.cos(angle));
  }

  /** Counts the tokens that are no padding; -1 for padding. */
  private int[] countedPositions(Tensor ids, int pastLen) {
    int seqLen = Math.toIntExact(ids.dim(1));
    int[] positions = new int[Math.toIntExact(ids.numElements())];
    int count = 0;
    for (int i = 0; i < positions.length; i++) {
      count = i % seqLen == 0 ? pastLen : count;
      positions[i] = ids.getInt(i) == padId ? -1 : count++;
    }
    return positions;
  }
}
