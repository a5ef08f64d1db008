package dev.rapt.tokenizer.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tokens and their ids, which need not be without gaps. */
public final class Vocabulary {
  private static final int MAX_ID = 1 << 26; // a table of all ids is kept

  private final Map<String, Integer> ids;
  private final @Nullable String[] tokens;

  /**
   * @throws IllegalArgumentException if an id is negative or beyond 2^26
   */
  public Vocabulary(Map<String, Integer> ids) {
    this.ids = new HashMap<>(ids);
    int max = -1;
    for (Map.Entry<String, Integer> entry : ids.entrySet()) {
      int id = entry.getValue();
      if (id < 0 || id > MAX_ID) {
        throw new IllegalArgumentException(
            "id of " + entry.getKey() + ": must be in 0 to " + MAX_ID + ", got " + id);
      }
      max = Math.max(max, id);
    }
    tokens = new String[max + 1];
    ids.forEach((token, id) -> tokens[id] = token);
  }

  /** Number of tokens. */
  public int size() {
    return ids.size();
  }

  /** One more than the largest id. */
  public int idLimit() {
    return tokens.length;
  }

  /** The id of a token, or -1. */
  public int idOf(String token) {
    return ids.getOrDefault(token, -1);
  }

  /** The token of an id, or null. */
  public @Nullable String tokenOf(int id) {
    return id >= 0 && id < tokens.length ? tokens[id] : null;
  }

  /** All tokens with their ids, in no order. */
  public Map<String, Integer> asMap() {
    return java.util.Collections.unmodifiableMap(ids);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Vocabulary vocabulary && ids.equals(vocabulary.ids);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(tokens);
  }
}
