package dev.rapt.autograd;

/** Layout of gate and up in the 2F columns of a fused projection. */
public enum GateLayout {
  /** The first F columns are the gate, the last F are up. */
  HALVES,
  /** The even columns are the gate, the odd ones are up, as in gpt-oss. */
  INTERLEAVED
}
