package dev.rapt.nn;

import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/** Fixed sine and cosine positions. Attention Is All You Need, arXiv:1706.03762, section 3.5. */
public final class Sinusoids {
  private Sinusoids() {}

  /**
   * A table (rows, width) whose row holds all sines of its position, then all cosines; frequencies
   * fall from 1 to 1/10000, both included. Source: fairseq, {@code SinusoidalPositionalEmbedding}.
   */
  public static float[] halves(int rows, int width) {
    int half = width / 2;
    float[] table = new float[Math.multiplyExact(rows, width)];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < half; i++) {
        double angle = row * Math.exp(-i * Math.log(10000) / (half - 1));
        table[row * width + i] = (float) Math.sin(angle);
        table[row * width + half + i] = (float) Math.cos(angle);
      }
    }
    return table;
  }

  /** Encodings (B, T, D) of the positions of a pass: element 2i is a sine, 2i + 1 a cosine. */
  public static Tensor of(Pass pass, int hiddenSize) {
    int[] positions = pass.positions();
    Tensor table = pass.scope().empty(DType.F32, pass.batchSize(), pass.seqLen(), hiddenSize);
    for (int row = 0; row < positions.length; row++) {
      for (int i = 0; i < hiddenSize; i++) {
        double angle = positions[row] / Math.pow(10000, (i - i % 2) / (double) hiddenSize);
        double value = i % 2 == 0 ? Math.sin(angle) : Math.cos(angle);
        table
            .memory()
            .setAtIndex(ValueLayout.JAVA_FLOAT, (long) row * hiddenSize + i, (float) value);
      }
    }
    return table;
  }
}
