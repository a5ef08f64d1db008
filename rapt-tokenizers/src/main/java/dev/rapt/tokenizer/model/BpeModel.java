package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.bpe.MergeTable;
import dev.rapt.tokenizer.bpe.PairMerger;
import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.Utf8;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Byte pair encoding (BPE) over characters: pairs merge in the order of their ranks. Over the byte
 * alphabet it is byte-level BPE.
 */
public final class BpeModel implements VocabularyModel {

  /**
   * Options of a BPE model.
   *
   * @param unkToken token of characters that are not in the vocabulary; null drops them
   * @param continuingSubwordPrefix prefix of every symbol but the first of a word
   * @param endOfWordSuffix suffix of the last symbol of a word
   * @param fuseUnk whether consecutive unknown characters become one token
   * @param byteFallback whether unknown characters become tokens like {@code <0x0A>}
   * @param ignoreMerges whether a word that is in the vocabulary becomes that token without merging
   */
  public record Options(
      @Nullable String unkToken,
      @Nullable String continuingSubwordPrefix,
      @Nullable String endOfWordSuffix,
      boolean fuseUnk,
      boolean byteFallback,
      boolean ignoreMerges) {

    /** Returns the options of byte-level BPE: no unknown token, no prefix, no suffix. */
    public static Options byteLevel() {
      return new Options(null, null, null, false, false, false);
    }
  }

  private final Vocabulary vocabulary;
  private final int[] left;
  private final int[] right;
  private final MergeTable merges;
  private final Options options;
  private final int unkId;
  private final boolean dividesAtMarks;
  private final int[] byteFallbackIds = new int[256];

  /**
   * @param left ids of the left parts of the merges, in order of rank
   * @param right ids of the right parts
   * @throws IllegalArgumentException if the result of a merge is not in the vocabulary
   */
  public BpeModel(Vocabulary vocabulary, int[] left, int[] right, Options options) {
    this(
        vocabulary,
        left.clone(),
        right.clone(),
        results(vocabulary, left, right, options),
        options);
  }

  private BpeModel(Vocabulary vocabulary, int[] left, int[] right, int[] results, Options options) {
    this.vocabulary = vocabulary;
    this.left = left;
    this.right = right;
    this.options = options;
    this.merges = new MergeTable(left, right, results);
    this.dividesAtMarks = dividesAtMarks();
    this.unkId = options.unkToken() == null ? -1 : vocabulary.idOf(options.unkToken());
    HexFormat hex = HexFormat.of().withUpperCase();
    for (int b = 0; b < 256; b++) {
      byteFallbackIds[b] = vocabulary.idOf("<0x" + hex.toHexDigits((byte) b) + ">");
    }
  }

  /**
   * Returns a model whose results of merges have been looked up.
   *
   * @param left ids of the left parts of the merges, in order of rank
   * @param right ids of the right parts
   * @param joined ids of both parts together, which are the results unless symbols have a prefix
   */
  public static BpeModel of(
      Vocabulary vocabulary, int[] left, int[] right, int[] joined, Options options) {
    return options.continuingSubwordPrefix() == null
        ? new BpeModel(vocabulary, left, right, joined, options)
        : new BpeModel(vocabulary, left, right, options);
  }

  private boolean dividesAtMarks() {
    if (vocabulary.idOf(SpaceMarks.TOKEN) < 0
        || options.ignoreMerges()
        || options.continuingSubwordPrefix() != null
        || options.endOfWordSuffix() != null) {
      return false;
    }
    for (int i = 0; i < left.length; i++) {
      String a = Objects.requireNonNull(vocabulary.tokenOf(left[i]));
      String b = Objects.requireNonNull(vocabulary.tokenOf(right[i]));
      if (SpaceMarks.areCrossedBy(a, b)) {
        return false;
      }
    }
    return true;
  }

  private static int[] results(Vocabulary vocabulary, int[] left, int[] right, Options options) {
    String prefix = options.continuingSubwordPrefix();
    int[] results = new int[left.length];
    for (int i = 0; i < left.length; i++) {
      String a = vocabulary.tokenOf(left[i]);
      String b = vocabulary.tokenOf(right[i]);
      if (a == null || b == null) {
        throw new IllegalArgumentException(
            "merges["
                + i
                + "]: both ids must be in the vocabulary, got "
                + left[i]
                + " and "
                + right[i]);
      }
      if (prefix != null) {
        b = b.substring(Math.min(prefix.length(), b.length()));
      }
      results[i] = vocabulary.idOf(a.concat(b));
      if (results[i] < 0) {
        throw new IllegalArgumentException(
            "merges[" + i + "]: the result must be in the vocabulary, got " + a + b);
      }
    }
    return results;
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  public Options options() {
    return options;
  }

  public MergeTable merges() {
    return merges;
  }

  public int numMerges() {
    return left.length;
  }

  /** Returns whether another model has the same merges in the same order. */
  public boolean hasMergesOf(BpeModel other) {
    return Arrays.equals(left, other.left) && Arrays.equals(right, other.right);
  }

  /** Returns the id of the left part of a merge. */
  public int left(int rank) {
    return left[rank];
  }

  /** Returns the id of the right part of a merge. */
  public int right(int rank) {
    return right[rank];
  }

  @Override
  public int nextBoundary(AlignedText piece, int from) {
    return dividesAtMarks ? SpaceMarks.next(piece, from) : piece.length();
  }

  @Override
  public void tokenize(AlignedText piece, TokenSink sink) {
    if (piece.isEmpty()) {
      return;
    }
    if (options.ignoreMerges()) {
      int id = vocabulary.idOf(piece.toString());
      if (id >= 0) {
        sink.accept(id, 0, piece.length());
        return;
      }
    }
    Symbols symbols = new Symbols(piece.length());
    addSymbols(piece, symbols);
    PairMerger merger = symbols.merger;
    int added = merger.size();
    merger.merge(merges);
    for (int i = 0; i < merger.size(); i++) {
      int last = (i + 1 < merger.size() ? merger.first(i + 1) : added) - 1;
      sink.accept(merger.id(i), symbols.starts[merger.first(i)], symbols.ends[last]);
    }
  }

  private void addSymbols(AlignedText piece, Symbols symbols) {
    int n = piece.length();
    int unknownFrom = -1;
    for (int i = 0; i < n; i++) {
      int id = vocabulary.idOf(symbolAt(piece, i));
      if (id < 0
          && options.byteFallback()
          && symbols.addBytes(symbolAt(piece, i), i, byteFallbackIds)) {
        continue; // a pending unknown token stays open, as in the reference
      }
      if (id < 0) {
        if (options.unkToken() == null) {
          continue;
        }
        if (unkId < 0) {
          throw new IllegalArgumentException(
              "BPE: unk_token must be in the vocabulary, got "
                  + options.unkToken()
                  + " for "
                  + piece.substring(i, i + 1));
        }
        if (unknownFrom >= 0 && !options.fuseUnk()) {
          symbols.add(unkId, unknownFrom, i);
          unknownFrom = i;
        } else if (unknownFrom < 0) {
          unknownFrom = i;
        }
        continue;
      }
      if (unknownFrom >= 0) {
        symbols.add(unkId, unknownFrom, i);
        unknownFrom = -1;
      }
      symbols.add(id, i, i + 1);
    }
    if (unknownFrom >= 0) {
      symbols.add(unkId, unknownFrom, n);
    }
  }

  private String symbolAt(AlignedText piece, int i) {
    String symbol = Character.toString(piece.codePoint(i));
    String prefix = options.continuingSubwordPrefix();
    String suffix = options.endOfWordSuffix();
    if (prefix != null && i > 0) {
      symbol = prefix + symbol;
    }
    return suffix != null && i == piece.length() - 1 ? symbol + suffix : symbol;
  }

  /** The initial symbols of a word and the code points they cover. */
  private static final class Symbols {
    private final PairMerger merger = new PairMerger();
    private int[] starts;
    private int[] ends;

    Symbols(int capacity) {
      starts = new int[capacity];
      ends = new int[capacity];
    }

    void add(int id, int start, int end) {
      if (merger.size() == starts.length) {
        starts = Arrays.copyOf(starts, starts.length * 2);
        ends = Arrays.copyOf(ends, starts.length);
      }
      starts[merger.size()] = start;
      ends[merger.size()] = end;
      merger.add(id);
    }

    /** Adds the bytes of a symbol if all of them are tokens. */
    boolean addBytes(String symbol, int at, int[] byteIds) {
      byte[] bytes = Utf8.encode(AlignedText.of(symbol), 0);
      for (byte b : bytes) {
        if (byteIds[b & 0xFF] < 0) {
          return false;
        }
      }
      for (byte b : bytes) {
        add(byteIds[b & 0xFF], at, at + 1);
      }
      return true;
    }
  }
}
