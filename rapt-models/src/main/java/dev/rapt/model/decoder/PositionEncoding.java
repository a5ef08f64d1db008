package dev.rapt.model.decoder;

/** Position encodings of {@link Decoder}. */
public enum PositionEncoding {
  /** Learned absolute positions, added to the token embeddings. */
  LEARNED,
  /** Fixed sines and cosines, added to the token embeddings. arXiv:1706.03762, section 3.5. */
  SINUSOIDAL,
  /** Rotary position embedding (RoPE) of queries and keys. arXiv:2104.09864. */
  ROPE,
  /** ALiBi: attention scores fall linearly with distance. arXiv:2108.12409. */
  ALIBI,
  /** No position encoding (NoPE): order comes from the causal mask alone. arXiv:2305.19466. */
  NONE
}
