package dev.rapt.tokenizer.decode;

import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.ByteAlphabet;
import dev.rapt.tokenizer.text.Matches;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.text.Utf8;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The decoder of a tokenizer: maps tokens to strings that, joined, are the text. */
public sealed interface TokenDecoder {

  /** Returns strings that, joined, are the text of {@code tokens}. */
  List<String> decode(List<String> tokens);

  /** Applies several decoders in order. */
  record Sequence(List<TokenDecoder> parts) implements TokenDecoder {
    public Sequence {
      parts = List.copyOf(parts);
    }

    @Override
    public List<String> decode(List<String> tokens) {
      for (TokenDecoder part : parts) {
        tokens = part.decode(tokens);
      }
      return tokens;
    }
  }

  /**
   * Maps characters of the byte alphabet to bytes, and these to text as UTF-8. A token with any
   * other character is kept as text. The flags are only read and written.
   */
  record ByteLevel(boolean addPrefixSpace, boolean trimOffsets, boolean useRegex)
      implements TokenDecoder {
    @Override
    public List<String> decode(List<String> tokens) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (String token : tokens) {
        bytes.writeBytes(bytesOf(token));
      }
      return List.of(bytes.toString(StandardCharsets.UTF_8));
    }

    /** Returns the bytes of one token. */
    public static byte[] bytesOf(String token) {
      byte[] mapped = ByteAlphabet.bytesOf(token);
      return mapped.length == 0 ? token.getBytes(StandardCharsets.UTF_8) : mapped;
    }
  }

  /** Maps tokens like {@code <0x0A>} to bytes; invalid UTF-8 becomes one U+FFFD per byte. */
  record ByteFallback() implements TokenDecoder {
    @Override
    public List<String> decode(List<String> tokens) {
      List<String> out = new ArrayList<>();
      ByteArrayOutputStream pending = new ByteArrayOutputStream();
      for (String token : tokens) {
        int b = byteOf(token);
        if (b >= 0) {
          pending.write(b);
        } else {
          flush(pending, out);
          out.add(token);
        }
      }
      flush(pending, out);
      return out;
    }

    /** Returns the byte (0 to 255) of a token like {@code <0x0A>}, or -1. */
    public static int byteOf(String token) {
      if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
        return -1;
      }
      int high = Character.digit(token.charAt(3), 16);
      int low = Character.digit(token.charAt(4), 16);
      return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    private static void flush(ByteArrayOutputStream pending, List<String> out) {
      if (pending.size() == 0) {
        return;
      }
      byte[] bytes = pending.toByteArray();
      try {
        out.add(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
      } catch (CharacterCodingException e) {
        for (int i = 0; i < bytes.length; i++) {
          out.add("\uFFFD");
        }
      }
      pending.reset();
    }
  }

  /** Joins all tokens into one. */
  record Fuse() implements TokenDecoder {
    @Override
    public List<String> decode(List<String> tokens) {
      return List.of(String.join("", tokens));
    }
  }

  /** Replaces the matches of a pattern in every token. */
  record Replace(TextPattern pattern, String content) implements TokenDecoder {
    @Override
    public List<String> decode(List<String> tokens) {
      return tokens.stream().map(this::replace).toList();
    }

    private String replace(String token) {
      if (pattern instanceof TextPattern.Literal literal && !literal.source().isEmpty()) {
        return token.replace(literal.source(), content);
      }
      AlignedText text = AlignedText.of(token);
      Matches spans = pattern.find(text);
      return text.replace(spans, content).toString();
    }
  }

  /**
   * Removes a character up to {@code start} and {@code stop} times from the ends of every token.
   */
  record Strip(int content, int start, int stop) implements TokenDecoder {
    @Override
    public List<String> decode(List<String> tokens) {
      return tokens.stream().map(this::strip).toList();
    }

    private String strip(String token) {
      int[] points = token.codePoints().toArray();
      int from = 0;
      while (from < points.length && from < start && points[from] == content) {
        from++;
      }
      int to = points.length;
      while (to > from && points.length - to < stop && points[to - 1] == content) {
        to--;
      }
      return new String(points, from, to - from);
    }
  }

  /** Replaces SentencePiece's U+2581 by spaces and removes the one added before the text. */
  record Metaspace(int replacement, PreTokenizer.PrependScheme prependScheme, boolean splits)
      implements TokenDecoder {
    @Override
    public List<String> decode(List<String> tokens) {
      String mark = Character.toString(replacement);
      List<String> out = new ArrayList<>(tokens.size());
      for (String token : tokens) {
        out.add(token.replace(mark, out.isEmpty() && dropsFirst() ? "" : " "));
      }
      return out;
    }

    /** Returns whether marks of the first token are removed instead of replaced. */
    boolean dropsFirst() {
      return prependScheme != PreTokenizer.PrependScheme.NEVER;
    }
  }

  /** Joins words with spaces and continuation pieces without. */
  record WordPiece(String prefix, boolean cleanup) implements TokenDecoder {
    @Override
    public List<String> decode(List<String> tokens) {
      List<String> out = new ArrayList<>(tokens.size());
      for (String token : tokens) {
        String text =
            out.isEmpty()
                ? token
                : token.startsWith(prefix) ? token.substring(prefix.length()) : " " + token;
        out.add(cleanup ? cleanUp(text) : text);
      }
      return out;
    }

    private static String cleanUp(String text) {
      return text.replace(" .", ".")
          .replace(" ?", "?")
          .replace(" !", "!")
          .replace(" ,", ",")
          .replace(" ' ", "'")
          .replace(" n't", "n't")
          .replace(" 'm", "'m")
          .replace(" do not", " don't")
          .replace(" 's", "'s")
          .replace(" 've", "'ve")
          .replace(" 're", "'re");
    }
  }

  /** Replaces the end-of-word suffix by a space, except in the last token. */
  record Bpe(String suffix) implements TokenDecoder {
    @Override
    public List<String> decode(List<String> tokens) {
      List<String> out = new ArrayList<>(tokens.size());
      for (String token : tokens) {
        out.add(token.replace(suffix, out.size() == tokens.size() - 1 ? "" : " "));
      }
      return out;
    }
  }

  /** Decodes connectionist temporal classification (CTC): removes repeated tokens and blanks. */
  record Ctc(String padToken, String wordDelimiterToken, boolean cleanup) implements TokenDecoder {
    @Override
    public List<String> decode(List<String> tokens) {
      List<String> out = new ArrayList<>();
      @Nullable String previous = null;
      for (String token : tokens) {
        if (token.equals(previous)) {
          continue;
        }
        previous = token;
        String text = token.replace(padToken, "");
        if (cleanup) {
          text = WordPiece.cleanUp(text).replace(wordDelimiterToken, " ");
        }
        if (!text.isEmpty()) {
          out.add(text);
        }
      }
      return out;
    }
  }

  /**
   * Decodes as the SentencePiece library does: control pieces are left out, the unknown piece has a
   * surface of its own, and byte pieces are bytes; each invalid one becomes U+FFFD.
   *
   * @param control control pieces
   * @param unknown the unknown piece
   * @param unknownSurface what the unknown piece becomes
   * @param hasBytes whether pieces like {@code <0x0A>} are bytes
   * @param spaces which U+2581 at the beginning is removed
   * @param denormalizer applied to the text; null for none
   */
  record SentencePiece(
      Set<String> control,
      String unknown,
      String unknownSurface,
      boolean hasBytes,
      LeadingSpaces spaces,
      @Nullable Normalizer denormalizer)
      implements TokenDecoder {
    private static final String MARK = "\u2581";

    public SentencePiece {
      control = Set.copyOf(control);
    }

    /** Which spaces at the beginning of a text are removed. */
    public enum LeadingSpaces {
      NONE,
      /** The first, if the first piece begins with it. */
      FIRST,
      /** One of each piece up to the first text. */
      ONE_OF_EACH_PIECE
    }

    @Override
    public List<String> decode(List<String> tokens) {
      StringBuilder text = new StringBuilder();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      boolean removedFirst = false;
      for (String token : tokens) {
        int b = hasBytes ? ByteFallback.byteOf(token) : -1;
        if (b >= 0) {
          bytes.write(b);
          continue;
        }
        flush(bytes, text);
        if (control.contains(token)) {
          continue;
        }
        if (token.equals(unknown)) {
          text.append(unknownSurface);
          continue;
        }
        boolean removes =
            text.isEmpty()
                && !removedFirst
                && spaces != LeadingSpaces.NONE
                && token.startsWith(MARK);
        removedFirst |= removes && spaces == LeadingSpaces.FIRST;
        text.append((removes ? token.substring(1) : token).replace(MARK, " "));
      }
      flush(bytes, text);
      return List.of(
          denormalizer == null
              ? text.toString()
              : denormalizer.apply(AlignedText.of(text)).toString());
    }

    private static void flush(ByteArrayOutputStream pending, StringBuilder text) {
      byte[] bytes = pending.toByteArray();
      pending.reset();
      for (int at = 0; at < bytes.length; ) {
        int read = Utf8.read(bytes, at, bytes.length);
        text.appendCodePoint(read >>> 3);
        at += read & 7;
      }
    }
  }
}
