package dev.rapt.model.decoder;

/** How a model knows the order of tokens. */
public enum PositionEncoding {
  /** A learned vector for each position, added to the embedding. */
  LEARNED,
  /** Fixed sines and cosines, added to the embedding. arXiv:1706.03762. */
  SINUSOIDAL,
  /** Rotation of queries and keys. arXiv:2104.09864. */
  ROPE,
  /** A penalty for distance on the attention scores. arXiv:2108.12409. */
  ALIBI,
  /** Nothing but the causal mask. arXiv:2305.19466. */
  NONE
}
