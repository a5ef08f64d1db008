package dev.rapt.gguf.architecture;

import dev.rapt.gguf.GgufRows;
import dev.rapt.nn.Parameter;
import dev.rapt.quant.PackedWeight;
import dev.rapt.quant.ggml.GgmlType;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A tensor of a GGUF file, made of parameters of a model.
 *
 * @param parameters one, or one for each expert
 * @param layout how the rows of the file are found in the parameters
 * @param heads number of heads of a projection whose rows are put in pairs, else 0
 * @param slice part of the rows of each expert in a stack of gate and up: 0 for the first half, 1
 *     for the second, -1 for all
 */
record ParameterRows(
    String name,
    GgmlType type,
    Shape shape,
    List<Parameter> parameters,
    TensorLayout layout,
    int heads,
    int slice)
    implements GgufRows {

  @Override
  public void read(long row, float[] out) {
    long perExpert = shape.rank() < 2 ? 1 : shape.dim(shape.rank() - 2);
    long within = row % perExpert;
    long expert = row / perExpert;
    switch (layout) {
      case SAME -> same(row, expert, within, out);
      case PLUS_ONE -> {
        values(parameters.getFirst(), 0, row, false, out);
        for (int i = 0; i < out.length; i++) {
          out[i] += 1;
        }
      }
      case QUERIES, KEYS -> paired(row, out);
      case TRANSPOSED -> values(parameters.getFirst(), 0, row, shape.rank() == 2, out);
      case EXPERTS_TRANSPOSED -> values(parameters.getFirst(), expert, within, true, out);
      case EVEN, ODD -> oneOfTwo(row, expert, within, out);
    }
  }

  private void same(long row, long expert, long within, float[] out) {
    if (parameters.size() > 1) {
      values(parameters.get((int) expert), 0, within, false, out);
    } else if (slice >= 0) {
      values(parameters.getFirst(), expert, slice * shape.dim(1) + within, false, out);
    } else if (shape.rank() == 3) {
      values(parameters.getFirst(), expert, within, false, out);
    } else {
      values(parameters.getFirst(), 0, row, false, out);
    }
  }

  /** Puts rows i and i + width / 2 of each head one after the other. */
  private void paired(long row, float[] out) {
    if (shape.rank() == 1) {
      float[] plain = new float[out.length];
      values(parameters.getFirst(), 0, 0, false, plain);
      int width = out.length / heads;
      for (int i = 0; i < out.length; i++) {
        out[i] = plain[(int) source(i, width)];
      }
      return;
    }
    values(parameters.getFirst(), 0, source(row, shape.dim(0) / heads), false, out);
  }

  private static long source(long row, long width) {
    long within = row % width;
    return row - within + within / 2 + (within % 2) * (width / 2);
  }

  /** Takes the gates, or the others, of columns in turn. */
  private void oneOfTwo(long row, long expert, long within, float[] out) {
    int odd = layout == TensorLayout.ODD ? 1 : 0;
    if (shape.rank() == 3) {
      values(parameters.getFirst(), expert, 2 * within + odd, true, out);
      return;
    }
    float[] both = new float[2 * out.length];
    values(parameters.getFirst(), 0, row, false, both);
    for (int i = 0; i < out.length; i++) {
      out[i] = both[2 * i + odd];
    }
  }

  /**
   * Reads a row of a matrix of a parameter.
   *
   * @param matrix index in a stack, else 0
   * @param isColumn whether it is a column of the parameter's matrix
   */
  private static void values(
      Parameter parameter, long matrix, long row, boolean isColumn, float[] out) {
    PackedWeight packed = parameter.packed();
    if (packed == null) {
      plain(parameter.stored(), matrix, row, isColumn, out);
      return;
    }
    if (packed.transposed() != isColumn) {
      throw new IllegalArgumentException(
          parameter.name() + ": a packed weight must be stored by rows of its outputs");
    }
    MemorySegment values = MemorySegment.ofArray(out);
    packed.unpackRows((int) matrix, row, row + 1, DType.F32, values);
  }

  private static void plain(Tensor tensor, long matrix, long row, boolean isColumn, float[] out) {
    int rank = tensor.shape().rank();
    long cols = tensor.dim(rank - 1);
    long size = rank < 2 ? cols : tensor.dim(rank - 2) * cols;
    long first = matrix * size + (isColumn ? row : row * cols);
    long step = isColumn ? cols : 1;
    for (int i = 0; i < out.length; i++) {
      out[i] = element(tensor, first + i * step);
    }
  }

  private static float element(Tensor tensor, long i) {
    MemorySegment memory = tensor.memory();
    return switch (tensor.dtype()) {
      case BF16 -> Float.intBitsToFloat(memory.getAtIndex(ValueLayout.JAVA_SHORT, i) << 16);
      case F16 -> Float.float16ToFloat(memory.getAtIndex(ValueLayout.JAVA_SHORT, i));
      default -> memory.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    };
  }
}
