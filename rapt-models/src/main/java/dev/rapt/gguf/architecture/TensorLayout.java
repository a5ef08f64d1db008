package dev.rapt.gguf.architecture;

import java.util.Locale;

/** How llama.cpp's converter stores a tensor of a Hugging Face checkpoint. */
enum TensorLayout {
  /** As it is; one of {@code X} experts in a stack (X, N, K) if the name has the number of it. */
  SAME,
  /** Rows of each query head in pairs, for interleaved RoPE. */
  QUERIES,
  /** Rows of each key head in pairs, for interleaved RoPE. */
  KEYS,
  /** (K, N) as (N, K): the linear layers of GPT-2. */
  TRANSPOSED,
  /** With 1 added: the norms of Gemma. */
  PLUS_ONE,
  /** The even columns of (X, K, 2 F) as (X, F, K): the gates of gpt-oss. */
  EVEN,
  /** The odd columns of (X, K, 2 F) as (X, F, K). */
  ODD,
  /** Experts (X, K, N) as (X, N, K). */
  EXPERTS_TRANSPOSED;

  /** Returns the layout of this name, in lower case with hyphens. */
  static TensorLayout named(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
