package dev.rapt.nn;

/**
 * A value that follows from a pass alone and that several layers share, such as the rotary angles
 * of its positions. Equal keys have one value per pass; see {@link Pass#value}.
 *
 * @param <T> type of the value
 */
public interface PassValue<T> {
  /** Computes the value; its tensors live in the scope of the pass. */
  T compute(Pass pass);
}
