package dev.rapt.tokenizer.model;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tokens and their ids, which may have gaps. A hash table of plain arrays: a vocabulary of 256,000
 * tokens is read at each start, and the nodes of a map would take a fifth of that time.
 */
public final class Vocabulary {
  private static final int MAX_ID = 1 << 26; // the table of ids is an array
  private static final int MAX_TOKENS = 1 << 28;

  /** Open addressing with linear probing; at least half of the slots are empty. */
  private final @Nullable String[] slots;

  private final int[] slotIds;
  private final @Nullable String[] tokens;
  private final int size;

  /** Collects tokens; the last of equal tokens wins. */
  public static final class Builder {
    private @Nullable String[] slots;
    private int[] slotIds;
    private int size;
    private int maxId = -1;

    /** Creates a builder with an initial capacity in tokens. */
    public Builder(int expectedSize) {
      int capacity = capacityFor(expectedSize);
      slots = new String[capacity];
      slotIds = new int[capacity];
    }

    private static int capacityFor(int tokens) {
      return Integer.highestOneBit(Math.clamp(tokens, 8, MAX_TOKENS) - 1) << 2;
    }

    /**
     * Adds a token.
     *
     * @throws IllegalArgumentException if the id is negative or beyond 2^26
     */
    public void add(String token, int id) {
      if (id < 0 || id > MAX_ID) {
        throw new IllegalArgumentException(
            "id of " + token + ": must be in 0 to " + MAX_ID + ", got " + id);
      }
      maxId = Math.max(maxId, id);
      if (2 * (size + 1) > slots.length) {
        grow();
      }
      int slot = slotOf(slots, token);
      size += slots[slot] == null ? 1 : 0;
      slots[slot] = token;
      slotIds[slot] = id;
    }

    private void grow() {
      @Nullable String[] oldSlots = slots;
      int[] oldIds = slotIds;
      slots = new String[2 * oldSlots.length];
      slotIds = new int[slots.length];
      for (int i = 0; i < oldSlots.length; i++) {
        String token = oldSlots[i];
        if (token != null) {
          int slot = slotOf(slots, token);
          slots[slot] = token;
          slotIds[slot] = oldIds[i];
        }
      }
    }

    /** Returns the vocabulary; the builder must not be used afterwards. */
    public Vocabulary build() {
      return new Vocabulary(this);
    }
  }

  /**
   * Creates a vocabulary of these tokens.
   *
   * @throws IllegalArgumentException if an id is negative or beyond 2^26
   */
  public Vocabulary(Map<String, Integer> ids) {
    this(builderOf(ids));
  }

  private static Builder builderOf(Map<String, Integer> ids) {
    Builder builder = new Builder(ids.size());
    ids.forEach(builder::add);
    return builder;
  }

  private Vocabulary(Builder builder) {
    slots = builder.slots;
    slotIds = builder.slotIds;
    size = builder.size;
    tokens = new String[builder.maxId + 1];
    for (int slot = 0; slot < slots.length; slot++) {
      if (slots[slot] != null) {
        tokens[slotIds[slot]] = slots[slot];
      }
    }
  }

  /** Returns the slot of a token, or the empty one where it would be. */
  private static int slotOf(@Nullable String[] slots, String token) {
    int mask = slots.length - 1;
    int slot = (token.hashCode() * 0x9E3779B9) >>> 7 & mask;
    for (String found = slots[slot]; found != null && !found.equals(token); found = slots[slot]) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Returns the number of tokens. */
  public int size() {
    return size;
  }

  /** Returns the largest id plus one. */
  public int idLimit() {
    return tokens.length;
  }

  /** Returns the id of a token, or -1. */
  public int idOf(String token) {
    int slot = slotOf(slots, token);
    return slots[slot] == null ? -1 : slotIds[slot];
  }

  /** Returns the token of an id, or null. */
  public @Nullable String tokenOf(int id) {
    return id >= 0 && id < tokens.length ? tokens[id] : null;
  }

  /** Returns a copy of all tokens and their ids, in no particular order. */
  public Map<String, Integer> asMap() {
    Map<String, Integer> ids = HashMap.newHashMap(size);
    for (int slot = 0; slot < slots.length; slot++) {
      String token = slots[slot];
      if (token != null) {
        ids.put(token, slotIds[slot]);
      }
    }
    return Collections.unmodifiableMap(ids);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Vocabulary vocabulary
        && size == vocabulary.size
        && asMap().equals(vocabulary.asMap());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(tokens);
  }
}
