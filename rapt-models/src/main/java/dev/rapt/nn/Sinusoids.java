package dev.rapt.nn;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/**
 * Sinusoidal positions. Attention Is All You Need, arXiv:1706.03762, section 3.5. Layouts differ in
 * the order of dimensions, {@link Layout#TENSOR2TENSOR} also in its frequencies.
 *
 * @param layout order of sines and cosines
 * @param offset index of the first position
 * @param padId padding token, which gets zeros and is not counted; -1 for none
 */
public record Sinusoids(Layout layout, int offset, int padId) {
  /** Order and frequencies of sines and cosines. */
  public enum Layout {
    /** Element 2i is the sine, 2i + 1 the cosine, of frequency 10000^(-2i / D): the paper. */
    INTERLEAVED,
    /**
     * Sines in the first half, cosines in the second, with the paper's frequencies: Marian,
     * Pegasus.
     */
    HALVES,
    /**
     * Sines in the first half, cosines in the second, with frequencies 10000^(-i / (D / 2 - 1)):
     * tensor2tensor, fairseq, M2M100.
     */
    TENSOR2TENSOR
  }

  /** Positions of fairseq. */
  public static final Sinusoids FAIRSEQ = new Sinusoids(Layout.TENSOR2TENSOR, 0, -1);

  /** Positions of the paper. */
  public static final Sinusoids PAPER = new Sinusoids(Layout.INTERLEAVED, 0, -1);

  /** Positions of Marian and Pegasus. */
  public static final Sinusoids HALVES = new Sinusoids(Layout.HALVES, 0, -1);

  /** Returns the table (rows, width) of the first positions, row-major. */
  public float[] table(int rows, int width) {
    float[] table = new float[Math.multiplyExact(rows, width)];
    for (int i = 0; i < table.length; i++) {
      table[i] = value(i / width + offset, i % width, width);
    }
    return table;
  }

  /** Returns the position encodings (B, T, D) of a pass over these ids (B, T). */
  public Tensor encode(Tensor ids, Pass pass, int hiddenSize) {
    if (pass.isRagged() && padId >= 0) {
      return pass.eachSequence(
          ids.reshape(1, -1, 1), (own, part) -> encode(own.reshape(1, -1), part, hiddenSize));
    }
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

  /** Returns element i of the vector of a position. */
  public float value(int position, int i, int hiddenSize) {
    int half = (hiddenSize + 1) / 2;
    return switch (layout) {
      case INTERLEAVED -> wave(position, i / 2, i % 2 == 0, hiddenSize);
      case HALVES -> wave(position, i < half ? i : i - half, i < half, hiddenSize);
      case TENSOR2TENSOR -> {
        if (hiddenSize % 2 == 1 && i == hiddenSize - 1) {
          yield 0; // the last element of an odd width
        }
        int pairs = hiddenSize / 2;
        // angles in f32 as in the reference: the rounding is visible at large positions
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

  /** Returns the positions of the tokens, not counting padding; -1 for padding. */
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
