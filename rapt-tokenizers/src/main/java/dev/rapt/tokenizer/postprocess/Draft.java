package dev.rapt.tokenizer.postprocess;

import dev.rapt.tokenizer.types.Padding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** An encoding under construction: parallel arrays, and the parts cut off by truncation. */
public final class Draft {
  private int size;
  private int[] ids;
  private int[] typeIds;
  private int[] starts;
  private int[] ends;
  private int[] wordIds;
  private byte[] masks;
  private byte[] spaces;
  private String[] tokens;
  private List<Draft> overflowing = new ArrayList<>();

  private static final int SPECIAL = 1;
  private static final int ATTENDED = 2;
  private static final int FIRST = 4;
  private static final int SECOND = 8;

  /** Creates an empty encoding. */
  public Draft() {
    this(16);
  }

  /** Creates an empty encoding with an initial capacity in tokens. */
  public Draft(int capacity) {
    ids = new int[capacity];
    typeIds = new int[capacity];
    starts = new int[capacity];
    ends = new int[capacity];
    wordIds = new int[capacity];
    masks = new byte[capacity];
    spaces = new byte[capacity];
    tokens = new String[capacity];
  }

  /**
   * Adds a token of the text {@code typeId} (0 or 1). Offsets in code points; wordId -1 for none.
   */
  public void add(int id, String token, int typeId, int start, int end, int wordId) {
    add(id, token, typeId, start, end, wordId, TokenSpaces.UNKNOWN);
  }

  /**
   * Adds a token of the text {@code typeId} (0 or 1) whose white space is known.
   *
   * @param tokenSpaces from {@link TokenSpaces#of}
   */
  public void add(
      int id, String token, int typeId, int start, int end, int wordId, byte tokenSpaces) {
    int mask = typeId == 0 ? ATTENDED | FIRST : ATTENDED | SECOND;
    put(id, token, typeId, start, end, wordId, mask);
    spaces[size - 1] = tokenSpaces;
  }

  /** Adds a special token, which covers no text. */
  public void addSpecial(int id, String token, int typeId) {
    put(id, token, typeId, 0, 0, -1, SPECIAL | ATTENDED);
  }

  private void put(int id, String token, int typeId, int start, int end, int wordId, int mask) {
    if (size == ids.length) {
      grow(size * 2);
    }
    ids[size] = id;
    typeIds[size] = typeId;
    starts[size] = start;
    ends[size] = end;
    wordIds[size] = wordId;
    masks[size] = (byte) mask;
    spaces[size] = TokenSpaces.UNKNOWN;
    tokens[size++] = token;
  }

  private void grow(int capacity) {
    ids = Arrays.copyOf(ids, capacity);
    typeIds = Arrays.copyOf(typeIds, capacity);
    starts = Arrays.copyOf(starts, capacity);
    ends = Arrays.copyOf(ends, capacity);
    wordIds = Arrays.copyOf(wordIds, capacity);
    masks = Arrays.copyOf(masks, capacity);
    spaces = Arrays.copyOf(spaces, capacity);
    tokens = Arrays.copyOf(tokens, capacity);
  }

  public int size() {
    return size;
  }

  public int[] ids() {
    return Arrays.copyOf(ids, size);
  }

  public int[] typeIds() {
    return Arrays.copyOf(typeIds, size);
  }

  public int[] starts() {
    return Arrays.copyOf(starts, size);
  }

  public int[] ends() {
    return Arrays.copyOf(ends, size);
  }

  public int[] wordIds() {
    return Arrays.copyOf(wordIds, size);
  }

  /** Returns the masks of all tokens, to be read by {@link #isSpecial} and the like. */
  public byte[] masks() {
    return Arrays.copyOf(masks, size);
  }

  /** Returns whether a mask is that of a special token. */
  public static boolean isSpecial(byte mask) {
    return (mask & SPECIAL) != 0;
  }

  /** Returns whether a mask is that of a token which is no padding. */
  public static boolean isAttended(byte mask) {
    return (mask & ATTENDED) != 0;
  }

  /** Returns 0 or 1 for a token of the first or second text, -1 for a special token. */
  public static int sequenceId(byte mask) {
    return (mask & FIRST) != 0 ? 0 : (mask & SECOND) != 0 ? 1 : -1;
  }

  public List<String> tokens() {
    return Collections.unmodifiableList(Arrays.asList(Arrays.copyOf(tokens, size)));
  }

  public List<Draft> overflowing() {
    return overflowing;
  }

  void setTypeIds(int typeId) {
    Arrays.fill(typeIds, 0, size, typeId);
  }

  private Draft slice(int from, int to) {
    Draft part = new Draft();
    part.append(this, from, to);
    return part;
  }

  private void append(Draft other, int from, int to) {
    int count = to - from;
    if (size + count > ids.length) {
      grow(Math.max(size + count, size * 2));
    }
    System.arraycopy(other.ids, from, ids, size, count);
    System.arraycopy(other.typeIds, from, typeIds, size, count);
    System.arraycopy(other.starts, from, starts, size, count);
    System.arraycopy(other.ends, from, ends, size, count);
    System.arraycopy(other.wordIds, from, wordIds, size, count);
    System.arraycopy(other.masks, from, masks, size, count);
    System.arraycopy(other.spaces, from, spaces, size, count);
    System.arraycopy(other.tokens, from, tokens, size, count);
    size += count;
  }

  private Draft joined(Draft other) {
    Draft result = slice(0, size);
    result.append(other, 0, other.size);
    return result;
  }

  /**
   * Appends {@code next}; the overflowing parts of each are combined with the whole of the other.
   */
  void append(Draft next) {
    List<Draft> combined = new ArrayList<>();
    for (Draft mine : overflowing) {
      combined.add(mine.joined(next));
      for (Draft theirs : next.overflowing) {
        combined.add(mine.joined(theirs));
      }
    }
    for (Draft theirs : next.overflowing) {
      combined.add(joined(theirs));
    }
    append(next, 0, next.size);
    overflowing = combined;
  }

  /**
   * Truncates to {@code maxLength} tokens; the rest goes to {@link #overflowing}, in parts of that
   * length which share {@code stride} tokens with the previous part.
   */
  void truncate(int maxLength, int stride, boolean fromLeft) {
    if (maxLength >= size) {
      return;
    }
    if (maxLength == 0) {
      Draft whole = slice(0, size);
      whole.overflowing = overflowing;
      size = 0;
      overflowing = new ArrayList<>(List.of(whole));
      return;
    }
    if (stride >= maxLength) {
      throw new IllegalArgumentException(
          "truncation: stride must be less than the length left for text, got "
              + stride
              + " and "
              + maxLength);
    }
    List<Draft> parts = new ArrayList<>();
    int step = maxLength - stride;
    if (fromLeft) {
      for (int to = size; to > 0; to -= step) {
        int from = Math.max(0, to - maxLength);
        parts.add(slice(from, to));
        if (from == 0) {
          break;
        }
      }
    } else {
      for (int from = 0; from < size; from += step) {
        int to = Math.min(size, from + maxLength);
        parts.add(slice(from, to));
        if (to == size) {
          break;
        }
      }
    }
    Draft first = parts.removeFirst();
    size = 0;
    append(first, 0, first.size);
    overflowing = parts;
  }

  /** Pads this encoding and its overflowing parts to {@code length}. */
  void pad(int length, Padding padding) {
    for (Draft part : overflowing) {
      part.pad(length, padding);
    }
    if (length <= size) {
      return;
    }
    Draft filler = new Draft();
    for (int i = size; i < length; i++) {
      filler.put(padding.padId(), padding.padToken(), padding.padTypeId(), 0, 0, -1, SPECIAL);
    }
    if (padding.left()) {
      filler.append(this, 0, size);
      size = 0;
      append(filler, 0, filler.size);
    } else {
      append(filler, 0, filler.size);
    }
  }

  /** Excludes white space at the ends of tokens from their offsets. */
  void trimOffsets(boolean addPrefixSpace) {
    for (int i = 0; i < size; i++) {
      byte counts = spaces[i];
      boolean known = counts != TokenSpaces.UNKNOWN;
      int leading = known ? TokenSpaces.leading(counts) : TokenSpaces.leading(tokens[i]);
      int trailing = known ? TokenSpaces.trailing(counts) : TokenSpaces.trailing(tokens[i]);
      boolean first = i == 0 || starts[i] == 0;
      if (first && addPrefixSpace && leading == 1) {
        leading = 0; // the prepended space is not in the text
      }
      if (leading > 0) {
        starts[i] = Math.min(starts[i] + leading, ends[i]);
      }
      if (trailing > 0 && ends[i] >= trailing) {
        ends[i] = Math.max(ends[i] - trailing, starts[i]);
      }
    }
    for (Draft part : overflowing) {
      part.trimOffsets(addPrefixSpace);
    }
  }
}
