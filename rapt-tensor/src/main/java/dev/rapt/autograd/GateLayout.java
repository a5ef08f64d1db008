package dev.rapt.autograd;

/** Where gate and up lie among the 2F columns of one fused projection. */
public enum GateLayout {
  /** The gate is the first F columns, up the last F. */
  HALVES,
  /** The gate is the even columns, up the odd ones, as in gpt-oss. */
  INTERLEAVED
}
