package dev.rapt.nn;

/**
 * A value that depends on a pass alone and that several layers share, such as its rotary angles.
 * Each key is computed once per pass; see {@link Pass#value}.
 *
 * @param <T> type of the value
 */
public interface PassValue<T> {
  /** Computes the value; its tensors live in the scope of the pass. */
  T compute(Pass pass);
}
