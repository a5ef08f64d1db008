package dev.rapt.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Element-wise operations on a matrix product before it is stored: f(a b + bias) + addend.
 *
 * @param addend of the size and type of the product, row-major; nothing is added if null
 */
public record Epilogue(Activation activation, @Nullable Matrix addend) {
  /** Nothing. */
  public static final Epilogue NONE = new Epilogue(Activation.IDENTITY, null);

  /** Whether the product is stored as it is. */
  public boolean isNone() {
    return activation == Activation.IDENTITY && addend == null;
  }

  /** What belongs to rows [rowFrom, rowTo) and columns [colFrom, colTo) of the product. */
  public Epilogue slice(long rowFrom, long rowTo, long colFrom, long colTo) {
    return addend == null
        ? this
        : new Epilogue(activation, addend.rows(rowFrom, rowTo).cols(colFrom, colTo));
  }
}
