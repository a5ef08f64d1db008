package dev.rapt.verify.report;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The comparison of a computed tensor with the recorded one.
 *
 * @param largestError largest |got - want| / max(1, |want|); 0 for integers that are equal
 * @param problem why they do not agree; null if they agree
 */
public record Comparison(double largestError, @Nullable String problem) {
  /**
   * Compares element by element; integers must be equal.
   *
   * @param want the recorded tensor
   * @param got the computed tensor
   * @param atol |got - want| &lt;= atol * max(1, |want|) must hold
   * @param mask has the leading dimensions of want; its zeros mark elements that are not compared.
   *     Null compares all
   */
  public static Comparison of(
      TensorEntry want, TensorEntry got, double atol, @Nullable TensorEntry mask) {
    if (!want.shape().equals(got.shape())) {
      return problem("shape must be %s, got %s".formatted(want.shape(), got.shape()));
    }
    if (want.dtype().isFloat() != got.dtype().isFloat()) {
      return problem(
          "type must be %s, got %s".formatted(want.dtype().label(), got.dtype().label()));
    }
    long count = want.shape().numElements();
    long perMask = mask == null ? 1 : count / Math.max(1, mask.shape().numElements());
    double largest = 0;
    long worst = -1;
    long compared = 0;
    for (long i = 0; i < count; i++) {
      if (mask != null && value(mask, i / perMask) == 0) {
        continue;
      }
      compared++;
      double error = error(value(want, i), value(got, i));
      if (!(error <= largest)) { // NaN is the worst
        largest = error;
        worst = i;
        if (Double.isNaN(error)) {
          break;
        }
      }
    }
    if (compared == 0) {
      return problem("must compare at least one element of %s, got none".formatted(want.shape()));
    }
    double allowed = want.dtype().isFloat() ? atol : 0;
    if (largest <= allowed) {
      return new Comparison(largest, null);
    }
    return new Comparison(
        largest,
        String.format(
            Locale.ROOT,
            "element %d of %s: must be %s within %.0e, got %s (largest error %.1e)",
            worst,
            want.shape(),
            value(want, worst),
            allowed,
            value(got, worst),
            largest));
  }

  private static Comparison problem(String problem) {
    return new Comparison(Double.NaN, problem);
  }

  /** |got - want| / max(1, |want|); 0 where they are equal or both NaN. */
  public static double error(double want, double got) {
    if (want == got || (Double.isNaN(want) && Double.isNaN(got))) {
      return 0;
    }
    return Math.abs(got - want) / Math.max(1, Math.abs(want));
  }

  /** Element i as a double, which represents all recorded integers exactly. */
  public static double value(TensorEntry tensor, long i) {
    MemorySegment data = tensor.data();
    long at = i * tensor.dtype().byteSize();
    return switch (tensor.dtype()) {
      case F64 -> data.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at);
      case F32 -> data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
      case BF16 -> Float.intBitsToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) << 16);
      case F16 -> Float.float16ToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
      case I64, U64 -> data.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
      case I32 -> data.get(ValueLayout.JAVA_INT_UNALIGNED, at);
      case U32 -> Integer.toUnsignedLong(data.get(ValueLayout.JAVA_INT_UNALIGNED, at));
      case I16 -> data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at);
      case U16 -> Short.toUnsignedInt(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
      case I8 -> data.get(ValueLayout.JAVA_BYTE, at);
      case U8, BOOL -> Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, at));
      case F8_E4M3, F8_E5M2 ->
          throw new IllegalArgumentException(
              tensor.name() + ": cannot compare elements of type " + tensor.dtype().label());
    };
  }

  /** A matrix of ids (B, T). */
  public static int[][] toMatrix(TensorEntry tensor) {
    if (tensor.shape().rank() != 2 || tensor.dtype().isFloat() || tensor.dtype() == DType.BOOL) {
      throw new IllegalArgumentException(
          "%s: must be a matrix of integers, got %s %s"
              .formatted(tensor.name(), tensor.dtype().label(), tensor.shape()));
    }
    int cols = Math.toIntExact(tensor.shape().dim(1));
    int[][] rows = new int[Math.toIntExact(tensor.shape().dim(0))][cols];
    for (int row = 0; row < rows.length; row++) {
      for (int col = 0; col < cols; col++) {
        rows[row][col] = (int) value(tensor, (long) row * cols + col);
      }
    }
    return rows;
  }
}
