package dev.rapt.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Epilogue of a matrix product: element-wise operations that are applied before it is stored, f(a b
 * + bias) + addend.
 *
 * @param addend a matrix of the size and type of the product, row-major, or null for none
 */
public record Epilogue(Activation activation, @Nullable Matrix addend) {
  /** No epilogue. */
  public static final Epilogue NONE = new Epilogue(Activation.IDENTITY, null);

  /** Whether the product is stored unchanged. */
  public boolean isNone() {
    return activation == Activation.IDENTITY && addend == null;
  }

  /** Returns the epilogue of rows [rowFrom, rowTo) and columns [colFrom, colTo) of the product. */
  public Epilogue slice(long rowFrom, long rowTo, long colFrom, long colTo) {
    return addend == null
        ? this
        : new Epilogue(activation, addend.rows(rowFrom, rowTo).cols(colFrom, colTo));
  }
}
