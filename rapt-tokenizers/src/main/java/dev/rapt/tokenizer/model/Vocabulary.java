package dev.rapt.tokenizer.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tokens and their ids, which may have gaps. */
public final class Vocabulary {
  private static final int MAX_ID = 1 << 26; // the table of ids is an array

  private final Map<String, Integer> ids;
  private final @Nullable String[] tokens;

  /** Collects tokens; the last of equal tokens wins. */
  public static final class Builder {
    private final Map<String, Integer> ids;

    /** Creates a builder with an initial capacity in tokens. */
    public Builder(int expectedSize) {
      ids = HashMap.newHashMap(expectedSize);
    }

    private Builder(Map<String, Integer> ids) {
      this.ids = new HashMap<>(ids);
    }

    /** Adds a token. */
    public void add(String token, int id) {
      ids.put(token, id);
    }

    /**
     * Returns the vocabulary; the builder must not be used afterwards.
     *
     * @throws IllegalArgumentException if an id is negative or beyond 2^26
     */
    public Vocabulary build() {
      return new Vocabulary(this);
    }
  }

  /**
   * @throws IllegalArgumentException if an id is negative or beyond 2^26
   */
  public Vocabulary(Map<String, Integer> ids) {
    this(new Builder(ids));
  }

  private Vocabulary(Builder builder) {
    ids = builder.ids;
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
    for (Map.Entry<String, Integer> entry : ids.entrySet()) {
      tokens[entry.getValue()] = entry.getKey();
    }
  }

  /** Returns the number of tokens. */
  public int size() {
    return ids.size();
  }

  /** Returns the largest id plus one. */
  public int idLimit() {
    return tokens.length;
  }

  /** Returns the id of a token, or -1. */
  public int idOf(String token) {
    return ids.getOrDefault(token, -1);
  }

  /** Returns the token of an id, or null. */
  public @Nullable String tokenOf(int id) {
    return id >= 0 && id < tokens.length ? tokens[id] : null;
  }

  /** Returns all tokens and their ids, in no particular order. */
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
