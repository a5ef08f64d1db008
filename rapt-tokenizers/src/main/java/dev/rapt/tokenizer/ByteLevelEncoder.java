package dev.rapt.tokenizer;

import dev.rapt.tokenizer.added.AddedTokenMatcher;
import dev.rapt.tokenizer.bpe.ByteBpe;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.postprocess.Draft;
import dev.rapt.tokenizer.postprocess.TokenSpaces;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.pretokenize.SplitScanner;
import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.ByteAlphabet;
import dev.rapt.tokenizer.text.SplitBehavior;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.IdBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Encodes UTF-8 for byte-level BPE: the fast path. Thread-safe. */
final class ByteLevelEncoder {
  private final ByteBpe bpe;
  private final BpeModel model;
  private final @Nullable Normalizer normalizer;
  private final PreTokenizer preTokenizer;
  private final @Nullable SplitScanner scanner;
  private final boolean addPrefixSpace;
  private final AddedTokenMatcher rawTokens;
  private final AddedTokenMatcher normalizedTokens;

  /** Idle states; at most as many as calls ever ran concurrently. */
  private final ConcurrentLinkedQueue<ByteBpe.State> states = new ConcurrentLinkedQueue<>();

  /** Made when offsets are first asked for. */
  private volatile @Nullable TokenSpaces spaces;

  private ByteLevelEncoder(
      ByteBpe bpe,
      BpeModel model,
      TokenizerDefinition definition,
      PreTokenizer preTokenizer,
      AddedTokenMatcher rawTokens,
      AddedTokenMatcher normalizedTokens) {
    this.bpe = bpe;
    this.model = model;
    this.normalizer = definition.normalizer();
    this.preTokenizer = preTokenizer;
    this.scanner = scannerOf(preTokenizer);
    this.addPrefixSpace =
        scanner != null && preTokenizer instanceof PreTokenizer.ByteLevel b && b.addPrefixSpace();
    this.rawTokens = rawTokens;
    this.normalizedTokens = normalizedTokens;
  }

  /** Returns the encoder of a tokenizer, or null unless it is byte-level BPE. */
  static @Nullable ByteLevelEncoder of(
      TokenizerDefinition definition,
      AddedTokenMatcher rawTokens,
      AddedTokenMatcher normalizedTokens) {
    PreTokenizer preTokenizer = definition.preTokenizer();
    if (!(definition.model() instanceof BpeModel model)
        || preTokenizer == null
        || !mapsToBytes(preTokenizer)
        || model.options().continuingSubwordPrefix() != null
        || model.options().endOfWordSuffix() != null) {
      return null;
    }
    byte[][] tokens = new byte[model.idLimit()][];
    for (int id = 0; id < tokens.length; id++) {
      String token = model.tokenOf(id);
      tokens[id] = token == null ? new byte[0] : ByteAlphabet.bytesOf(token);
    }
    if (!ByteBpe.coversAllBytes(tokens)) {
      return null;
    }
    ByteBpe bpe = new ByteBpe(tokens, model.merges(), model.options().ignoreMerges());
    return new ByteLevelEncoder(bpe, model, definition, preTokenizer, rawTokens, normalizedTokens);
  }

  private static boolean mapsToBytes(PreTokenizer preTokenizer) {
    return switch (preTokenizer) {
      case PreTokenizer.ByteLevel _ -> true;
      case PreTokenizer.Sequence sequence ->
          sequence.parts().stream().filter(ByteLevelEncoder::mapsToBytes).count() == 1;
      default -> false;
    };
  }

  private static @Nullable SplitScanner scannerOf(PreTokenizer preTokenizer) {
    if (preTokenizer instanceof PreTokenizer.ByteLevel byteLevel) {
      return byteLevel.useRegex() ? SplitScanner.GPT2 : null;
    }
    if (!(preTokenizer instanceof PreTokenizer.Sequence sequence)
        || !(sequence.parts().getLast() instanceof PreTokenizer.ByteLevel byteLevel)
        || byteLevel.useRegex()
        || byteLevel.addPrefixSpace()) {
      return null;
    }
    List<String> patterns = new ArrayList<>();
    for (PreTokenizer part : sequence.parts().subList(0, sequence.parts().size() - 1)) {
      if (!(part instanceof PreTokenizer.Split split)
          || split.behavior() != SplitBehavior.ISOLATED
          || !(split.pattern() instanceof TextPattern.Regex regex)) {
        return null;
      }
      patterns.add(regex.source());
    }
    return SplitScanner.forPatterns(patterns);
  }

  /** Appends the ids of UTF-8 text. */
  void encode(byte[] utf8, int from, int to, IdBuffer out) {
    ByteBpe.State pooled = states.poll();
    ByteBpe.State state = pooled == null ? new ByteBpe.State() : pooled;
    try {
      if (rawTokens.isEmpty()) {
        normalizeAndEncode(utf8, from, to, state, out);
      } else {
        rawTokens.find(utf8, from, to, new Sink(utf8, out, false, state));
      }
    } finally {
      states.add(state);
    }
  }

  /**
   * Encodes a text with offsets, without special tokens; returns null where normalisation changes
   * the text or its words have no scanner.
   *
   * @param typeId 0 for the first text, 1 for the second
   * @param limit number of tokens at which the text may end, after a word
   */
  @Nullable Draft encode(CharSequence text, int typeId, int limit) {
    byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
    if (scanner == null || (normalizer != null && changes(normalizer, utf8, 0, utf8.length))) {
      return null;
    }
    ByteBpe.State pooled = states.poll();
    ByteBpe.State state = pooled == null ? new ByteBpe.State() : pooled;
    try {
      ByteLevelDraft tokens =
          new ByteLevelDraft(
              bpe,
              model,
              spaces(),
              scanner,
              state,
              utf8,
              utf8.length == text.length(),
              typeId,
              limit);
      rawTokens.find(
          utf8,
          0,
          utf8.length,
          new AddedTokenMatcher.Sink() {
            @Override
            public void text(int from, int to) {
              tokens.addText(from, to, normalizedTokens, addPrefixSpace);
            }

            @Override
            public void token(AddedToken token, int from, int to) {
              tokens.addToken(token, from, to);
            }
          });
      return tokens.draft();
    } finally {
      states.add(state);
    }
  }

  private TokenSpaces spaces() {
    TokenSpaces present = spaces;
    if (present == null) {
      present = new TokenSpaces(model.idLimit(), model::tokenOf);
      spaces = present;
    }
    return present;
  }

  private void normalizeAndEncode(byte[] s, int from, int to, ByteBpe.State state, IdBuffer out) {
    byte[] bytes = s;
    int start = from;
    int end = to;
    if (normalizer != null && changes(normalizer, s, from, to)) {
      String text = new String(s, from, to - from, StandardCharsets.UTF_8);
      String normalized =
          normalizer instanceof Normalizer.Unicode unicode
              ? unicode.form().normalize(text)
              : normalizer.apply(AlignedText.of(text)).toString();
      bytes = normalized.getBytes(StandardCharsets.UTF_8);
      start = 0;
      end = bytes.length;
    }
    if (normalizedTokens.isEmpty()) {
      encodeText(bytes, start, end, state, out);
    } else {
      normalizedTokens.find(bytes, start, end, new Sink(bytes, out, true, state));
    }
  }

  private static boolean changes(Normalizer normalizer, byte[] s, int from, int to) {
    if (!(normalizer instanceof Normalizer.Unicode unicode)) {
      return true;
    }
    int ascii = from;
    while (ascii < to && s[ascii] >= 0) {
      ascii++;
    }
    return ascii < to
        && !unicode.form().isNormalized(new String(s, from, to - from, StandardCharsets.UTF_8));
  }

  private void encodeText(byte[] s, int from, int to, ByteBpe.State state, IdBuffer out) {
    if (from == to) {
      return;
    }
    if (scanner == null) {
      encodePieces(new String(s, from, to - from, StandardCharsets.UTF_8), state, out);
      return;
    }
    if (addPrefixSpace && s[from] != ' ') {
      byte[] prefixed = new byte[to - from + 1];
      prefixed[0] = ' ';
      System.arraycopy(s, from, prefixed, 1, to - from);
      s = prefixed;
      from = 0;
      to = prefixed.length;
    }
    for (int at = from; at < to; ) {
      int end = scanner.next(s, at, to);
      bpe.encode(s, at, end, state, out);
      at = end;
    }
  }

  private void encodePieces(String text, ByteBpe.State state, IdBuffer out) {
    List<AlignedText> pieces = preTokenizer.split(AlignedText.of(text));
    byte[] bytes = new byte[256];
    for (AlignedText piece : pieces) {
      if (piece.length() > bytes.length) {
        bytes = new byte[piece.length() * 2];
      }
      for (int i = 0; i < piece.length(); i++) {
        bytes[i] = (byte) ByteAlphabet.byteOf(piece.codePoint(i));
      }
      bpe.encode(bytes, 0, piece.length(), state, out);
    }
  }

  private final class Sink implements AddedTokenMatcher.Sink {
    private final byte[] s;
    private final IdBuffer out;
    private final boolean normalized;
    private final ByteBpe.State state;

    Sink(byte[] s, IdBuffer out, boolean normalized, ByteBpe.State state) {
      this.s = s;
      this.out = out;
      this.normalized = normalized;
      this.state = state;
    }

    @Override
    public void text(int from, int to) {
      if (normalized) {
        encodeText(s, from, to, state, out);
      } else {
        normalizeAndEncode(s, from, to, state, out);
      }
    }

    @Override
    public void token(AddedToken token, int from, int to) {
      out.add(token.id());
    }
  }
}
