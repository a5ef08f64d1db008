package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.types.IdBuffer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code model.vocab} and {@code model.merges} of a BPE tokenizer.json straight from its
 * bytes, several times as fast as through a JSON parser. It knows the usual notation only and gives
 * up on anything else, errors included; the parser then reads the file again.
 */
final class TableScanner {
  private static final int MAX_DIGITS = 9;
  private static final long HASH_FACTOR = 0x9E3779B97F4A7C15L;
  private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

  private final byte[] s;
  private int at;

  // places of the tables in the file; 0 if there is none
  private int vocabFrom;
  private int vocabTo;
  private int mergesFrom;
  private int mergesTo;

  // tokens as they are written between quotes, and a hash table of them
  private final IdBuffer starts = new IdBuffer(1 << 16);
  private final IdBuffer ends = new IdBuffer(1 << 16);
  private final IdBuffer ids = new IdBuffer(1 << 16);
  private int[] slots = {};

  /**
   * The tables.
   *
   * @param rest the file with null in place of the tables
   */
  record Tables(ByteBuffer rest, Vocabulary vocabulary, Merges merges) {}

  /** Merges in order of rank: ids of both parts and of the result. */
  record Merges(IdBuffer left, IdBuffer right, IdBuffer result) {}

  /** Something that the scanner does not know. */
  private static final class Unusual extends Exception {
    private static final long serialVersionUID = 1;

    Unusual() {
      super(null, null, false, false);
    }
  }

  private TableScanner(byte[] s) {
    this.s = s;
  }

  /** Returns the tables of a tokenizer.json, or null if the parser must read it. */
  static @Nullable Tables read(byte[] file) {
    try {
      return new TableScanner(file).tables();
    } catch (Unusual | IndexOutOfBoundsException e) {
      return null;
    }
  }

  private Tables tables() throws Unusual {
    findTables();
    if (vocabTo == 0 || mergesTo == 0) {
      throw new Unusual();
    }
    scanVocabulary();
    ForkJoinTask<@Nullable Vocabulary> building = ForkJoinPool.commonPool().submit(this::vocabulary);
    index();
    Merges merges = merges();
    Vocabulary vocabulary = building.join();
    if (vocabulary == null) {
      throw new Unusual();
    }
    return new Tables(rest(), vocabulary, merges);
  }

  private void findTables() throws Unusual {
    expect('{');
    do {
      String key = key();
      if (key.equals("model") && next() == '{') {
        findTablesOfModel();
      } else {
        skipValue();
      }
    } while (more('}'));
  }

  private void findTablesOfModel() throws Unusual {
    expect('{');
    do {
      String key = key();
      char first = next();
      int from = at;
      skipValue();
      if (key.equals("vocab") && first == '{') {
        requireFirst(vocabTo);
        vocabFrom = from;
        vocabTo = at;
      } else if (key.equals("merges") && first == '[') {
        requireFirst(mergesTo);
        mergesFrom = from;
        mergesTo = at;
      }
    } while (more('}'));
  }

  private static void requireFirst(int end) throws Unusual {
    if (end != 0) {
      throw new Unusual();
    }
  }

  private ByteBuffer rest() {
    boolean vocabFirst = vocabFrom < mergesFrom;
    int firstFrom = vocabFirst ? vocabFrom : mergesFrom;
    int firstTo = vocabFirst ? vocabTo : mergesTo;
    int secondFrom = vocabFirst ? mergesFrom : vocabFrom;
    int secondTo = vocabFirst ? mergesTo : vocabTo;
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    rest.write(s, 0, firstFrom);
    rest.writeBytes(NULL);
    rest.write(s, firstTo, secondFrom - firstTo);
    rest.writeBytes(NULL);
    rest.write(s, secondTo, s.length - secondTo);
    return ByteBuffer.wrap(rest.toByteArray());
  }

  /** Finds where the tokens lie, and their ids. */
  private void scanVocabulary() throws Unusual {
    at = vocabFrom;
    expect('{');
    if (next() == '}') {
      throw new Unusual();
    }
    do {
      starts.add(string());
      ends.add(at - 1);
      expect(':');
      ids.add(number());
    } while (more('}'));
  }

  /** Builds the vocabulary, beside the thread that reads the merges; null if it is unusual. */
  private @Nullable Vocabulary vocabulary() {
    Vocabulary.Builder builder = new Vocabulary.Builder(ids.size());
    try {
      for (int k = 0; k < ids.size(); k++) {
        builder.add(text(starts.get(k), ends.get(k)), ids.get(k));
      }
      return builder.build();
    } catch (Unusual | IllegalArgumentException e) {
      return null;
    }
  }

  private Merges merges() throws Unusual {
    at = mergesFrom;
    IdBuffer left = new IdBuffer(1 << 16);
    IdBuffer right = new IdBuffer(1 << 16);
    IdBuffer result = new IdBuffer(1 << 16);
    expect('[');
    if (next() == ']') {
      return new Merges(left, right, result);
    }
    do {
      boolean isPair = next() == '[';
      if (isPair) {
        at++;
      }
      int from = string();
      int end = at - 1;
      int middle = end;
      int second = end;
      if (isPair) {
        expect(',');
        second = string();
        end = at - 1;
        expect(']');
      } else {
        while (middle > from && s[middle - 1] != ' ') {
          middle--;
        }
        second = middle--;
      }
      left.add(idOf(from, middle, middle, middle));
      right.add(idOf(second, end, end, end));
      result.add(idOf(from, middle, second, end));
    } while (more(']'));
    return new Merges(left, right, result);
  }

  private void index() throws Unusual {
    slots = new int[Integer.highestOneBit(Math.max(4, ids.size())) * 4];
    Arrays.fill(slots, -1);
    for (int k = 0; k < ids.size(); k++) {
      int slot = slot(starts.get(k), ends.get(k), 0, 0);
      if (slots[slot] >= 0) {
        throw new Unusual();
      }
      slots[slot] = k;
    }
  }

  /** Returns the id of the token that two parts of the file make together. */
  private int idOf(int from, int to, int from2, int to2) throws Unusual {
    int token = to < from ? -1 : slots[slot(from, to, from2, to2)];
    if (token < 0) {
      throw new Unusual();
    }
    return ids.get(token);
  }

  private int slot(int from, int to, int from2, int to2) {
    long hash = 1;
    for (int i = from; i < to; i++) {
      hash = (hash ^ s[i]) * HASH_FACTOR;
    }
    for (int i = from2; i < to2; i++) {
      hash = (hash ^ s[i]) * HASH_FACTOR;
    }
    int mask = slots.length - 1;
    int slot = (int) (hash >>> 32) & mask;
    int middle = to - from;
    int length = middle + to2 - from2;
    while (slots[slot] >= 0) {
      int start = starts.array()[slots[slot]], end = ends.array()[slots[slot]];
      if (end - start == length
          && Arrays.equals(s, start, start + middle, s, from, to)
          && Arrays.equals(s, start + middle, end, s, from2, to2)) {
        break;
      }
      slot = slot + 1 & mask;
    }
    return slot;
  }

  // JSON

  private char next() {
    while (s[at] == ' ' || s[at] == '\n' || s[at] == '\r' || s[at] == '\t') {
      at++;
    }
    return (char) s[at];
  }

  private void expect(char c) throws Unusual {
    if (next() != c) {
      throw new Unusual();
    }
    at++;
  }

  /** Returns whether another element follows; at the end, steps behind the closing bracket. */
  private boolean more(char close) throws Unusual {
    char c = next();
    at++;
    if (c != ',' && c != close) {
      throw new Unusual();
    }
    return c == ',';
  }

  private String key() throws Unusual {
    int from = string();
    String key = text(from, at - 1);
    expect(':');
    return key;
  }

  /** Steps behind a string; returns the place after its first quote. */
  private int string() throws Unusual {
    expect('"');
    int from = at;
    while (s[at] != '"') {
      if (s[at] >= 0 && s[at] < ' ') {
        throw new Unusual();
      }
      at += s[at] == '\\' ? 2 : 1;
    }
    at++;
    return from;
  }

  /** Returns the text of a string, with its escapes resolved. */
  private String text(int from, int to) throws Unusual {
    String raw = new String(s, from, to - from, StandardCharsets.UTF_8);
    if (raw.indexOf('\uFFFD') >= 0) {
      throw new Unusual(); // perhaps bytes that are no UTF-8
    }
    if (raw.indexOf('\\') < 0) {
      return raw;
    }
    StringBuilder text = new StringBuilder(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      char escaped = raw.charAt(++i);
      int simple = "\"\\/bfnrt".indexOf(escaped);
      if (simple >= 0) {
        text.append("\"\\/\b\f\n\r\t".charAt(simple));
      } else if (escaped == 'u' && i + 4 < raw.length()) {
        text.append(hex(raw, i + 1));
        i += 4;
      } else {
        throw new Unusual();
      }
    }
    return text.toString();
  }

  private static char hex(String raw, int from) throws Unusual {
    int value = 0;
    for (int i = from; i < from + 4; i++) {
      int digit = raw.charAt(i) < 0x80 ? Character.digit(raw.charAt(i), 16) : -1;
      if (digit < 0) {
        throw new Unusual();
      }
      value = value << 4 | digit;
    }
    return (char) value;
  }

  private int number() throws Unusual {
    next();
    int from = at;
    int value = 0;
    while (s[at] >= '0' && s[at] <= '9') {
      value = value * 10 + s[at++] - '0';
    }
    boolean hasLeadingZero = s[from] == '0' && at - from > 1;
    if (at == from || at - from > MAX_DIGITS || hasLeadingZero) {
      throw new Unusual();
    }
    return value;
  }

  /** Steps behind a value, whose brackets are counted but not matched. */
  private void skipValue() throws Unusual {
    int depth = 0;
    do {
      switch (next()) {
        case '"' -> string();
        case '{', '[' -> {
          depth++;
          at++;
        }
        case '}', ']' -> {
          depth--;
          at++;
        }
        case ',', ':' -> {
          if (depth == 0) {
            throw new Unusual();
          }
          at++;
        }
        default -> skipScalar();
      }
    } while (depth > 0);
    if (depth < 0) {
      throw new Unusual();
    }
  }

  private void skipScalar() throws Unusual {
    int from = at;
    while ((s[at] >= '0' && s[at] <= '9')
        || (s[at] >= 'a' && s[at] <= 'z')
        || s[at] == '-'
        || s[at] == '+'
        || s[at] == '.'
        || s[at] == 'E') {
      at++;
    }
    if (at == from) {
      throw new Unusual();
    }
  }
}
