package dev.rapt.tokenizer.decode;

import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.text.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One decoder of a chain that receives tokens one by one and passes on what they cannot change any
 * more. Behind a decoder that joins all tokens into one, stages receive the parts of that token.
 */
abstract sealed class Stage {
  /** Adds a token, or a part of the only one. */
  abstract void add(String token);

  /** Passes on the rest. */
  abstract void end();

  /** Returns the stages of a decoder, in front of {@code out}. */
  static Stage of(@Nullable TokenDecoder decoder, Consumer<String> out) {
    if (decoder == null) {
      return new Spaced(new Sink(out));
    }
    List<TokenDecoder> parts = new ArrayList<>();
    flatten(decoder, parts);
    int joined = 0; // parts up to the first one that joins all tokens
    while (joined < parts.size() && !joins(parts.get(joined))) {
      joined++;
    }
    Stage stage = new Sink(out);
    for (int i = parts.size() - 1; i >= 0; i--) {
      stage = i > joined ? ofText(parts.get(i), stage) : ofTokens(parts.get(i), stage);
    }
    return stage;
  }

  private static void flatten(TokenDecoder decoder, List<TokenDecoder> parts) {
    if (decoder instanceof TokenDecoder.Sequence sequence) {
      sequence.parts().forEach(part -> flatten(part, parts));
    } else {
      parts.add(decoder);
    }
  }

  private static boolean joins(TokenDecoder decoder) {
    return decoder instanceof TokenDecoder.Fuse || decoder instanceof TokenDecoder.ByteLevel;
  }

  private static Stage ofTokens(TokenDecoder decoder, Stage next) {
    return switch (decoder) {
      case TokenDecoder.Fuse _ -> next;
      case TokenDecoder.ByteLevel _ -> new Bytes(next);
      case TokenDecoder.ByteFallback _ -> new Run(decoder, next);
      case TokenDecoder.Bpe bpe -> new AllButLast(bpe.suffix(), decoder, next);
      default -> new AfterPrevious(decoder, next);
    };
  }

  private static Stage ofText(TokenDecoder decoder, Stage next) {
    return switch (decoder) {
      case TokenDecoder.Fuse _ -> next;
      case TokenDecoder.Replace(TextPattern.Literal literal, String content)
          when !literal.source().isEmpty() ->
          new Replacing(literal.source(), content, next);
      case TokenDecoder.Metaspace mark ->
          new Replacing(Character.toString(mark.replacement()), mark.dropsFirst() ? "" : " ", next);
      case TokenDecoder.Strip strip -> new Stripping(strip, next);
      default -> new Whole(decoder, next);
    };
  }

  /** The end of the chain. */
  private static final class Sink extends Stage {
    private final Consumer<String> out;

    Sink(Consumer<String> out) {
      this.out = out;
    }

    @Override
    void add(String token) {
      out.accept(token);
    }

    @Override
    void end() {}
  }

  /** Without a decoder: a space between tokens. */
  private static final class Spaced extends Stage {
    private final Stage next;
    private boolean begun;

    Spaced(Stage next) {
      this.next = next;
    }

    @Override
    void add(String token) {
      next.add(begun ? " " + token : token);
      begun = true;
    }

    @Override
    void end() {
      next.end();
    }
  }

  /** A decoder of single tokens that depend on the one before at most. */
  private static final class AfterPrevious extends Stage {
    private final TokenDecoder decoder;
    private final Stage next;
    private List<String> previous = List.of();

    AfterPrevious(TokenDecoder decoder, Stage next) {
      this.decoder = decoder;
      this.next = next;
    }

    @Override
    void add(String token) {
      List<String> both = new ArrayList<>(previous);
      both.add(token);
      List<String> decoded = decoder.decode(both);
      int known = previous.isEmpty() ? 0 : decoder.decode(previous).size();
      previous = List.of(token);
      decoded.subList(known, decoded.size()).forEach(next::add);
    }

    @Override
    void end() {
      next.end();
    }
  }

  /** A decoder of runs of byte tokens: one invalid byte changes the whole run. */
  private static final class Run extends Stage {
    private final TokenDecoder decoder;
    private final Stage next;
    private final List<String> run = new ArrayList<>();

    Run(TokenDecoder decoder, Stage next) {
      this.decoder = decoder;
      this.next = next;
    }

    @Override
    void add(String token) {
      if (TokenDecoder.ByteFallback.byteOf(token) >= 0) {
        run.add(token);
      } else {
        flush();
        next.add(token);
      }
    }

    private void flush() {
      decoder.decode(run).forEach(next::add);
      run.clear();
    }

    @Override
    void end() {
      flush();
      next.end();
    }
  }

  /** A decoder that treats the last token in another way if it holds a suffix. */
  private static final class AllButLast extends Stage {
    private final String suffix;
    private final TokenDecoder decoder;
    private final Stage next;
    private @Nullable String held;

    AllButLast(String suffix, TokenDecoder decoder, Stage next) {
      this.suffix = suffix;
      this.decoder = decoder;
      this.next = next;
    }

    @Override
    void add(String token) {
      if (held != null) {
        next.add(decoder.decode(List.of(held, "")).getFirst());
      }
      held = token.contains(suffix) ? token : null;
      if (held == null) {
        next.add(token);
      }
    }

    @Override
    void end() {
      if (held != null) {
        decoder.decode(List.of(held)).forEach(next::add);
      }
      next.end();
    }
  }

  /** Joins the bytes of all tokens; passes on characters when they are complete. */
  private static final class Bytes extends Stage {
    private final Stage next;
    private byte[] pending = new byte[0];

    Bytes(Stage next) {
      this.next = next;
    }

    @Override
    void add(String token) {
      byte[] bytes = TokenDecoder.ByteLevel.bytesOf(token);
      byte[] all = Arrays.copyOf(pending, pending.length + bytes.length);
      System.arraycopy(bytes, 0, all, pending.length, bytes.length);
      int complete = all.length - incompleteTail(all);
      pending = Arrays.copyOfRange(all, complete, all.length);
      next.add(new String(all, 0, complete, StandardCharsets.UTF_8));
    }

    @Override
    void end() {
      next.add(new String(pending, StandardCharsets.UTF_8));
      next.end();
    }

    /** Returns the number of bytes at the end that may start a character. */
    private static int incompleteTail(byte[] s) {
      for (int count = 1; count <= Math.min(3, s.length); count++) {
        int lead = s[s.length - count] & 0xFF;
        if ((lead & 0xC0) == 0x80) {
          continue;
        }
        int needed = lead < 0xC2 || lead > 0xF4 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        return needed > count && canContinue(s, s.length - count, count, needed) ? count : 0;
      }
      return 0;
    }

    /** Returns whether further bytes can complete the {@code count} bytes at {@code at}. */
    private static boolean canContinue(byte[] s, int at, int count, int needed) {
      byte[] lowest = new byte[needed];
      byte[] highest = new byte[needed];
      Arrays.fill(lowest, (byte) 0x80);
      Arrays.fill(highest, (byte) 0xBF);
      System.arraycopy(s, at, lowest, 0, count);
      System.arraycopy(s, at, highest, 0, count);
      return (Utf8.read(lowest, 0, needed) & 7) == needed
          || (Utf8.read(highest, 0, needed) & 7) == needed;
    }
  }

  /** Replaces a literal in the joined text. */
  private static final class Replacing extends Stage {
    private final String literal;
    private final String content;
    private final Stage next;
    private final StringBuilder held = new StringBuilder();

    Replacing(String literal, String content, Stage next) {
      this.literal = literal;
      this.content = content;
      this.next = next;
    }

    @Override
    void add(String part) {
      held.append(part);
      StringBuilder certain = new StringBuilder();
      int at = 0;
      int found = held.indexOf(literal);
      while (found >= 0) {
        certain.append(held, at, found).append(content);
        at = found + literal.length();
        found = held.indexOf(literal, at);
      }
      int end = Math.max(at, held.length() - literal.length() + 1);
      while (!literal.startsWith(held.substring(end))) {
        end++;
      }
      certain.append(held, at, end);
      held.delete(0, end);
      next.add(certain.toString());
    }

    @Override
    void end() {
      next.add(held.toString());
      next.end();
    }
  }

  /** Strips the ends of the joined text. */
  private static final class Stripping extends Stage {
    private final TokenDecoder.Strip strip;
    private final Stage next;
    private String held = "";
    private int dropped;
    private boolean begun;

    Stripping(TokenDecoder.Strip strip, Stage next) {
      this.strip = strip;
      this.next = next;
    }

    @Override
    void add(String part) {
      String mark = Character.toString(strip.content());
      int from = 0;
      while (!begun && from < part.length()) {
        begun = dropped == strip.start() || !part.startsWith(mark, from);
        if (!begun) {
          dropped++;
          from += mark.length();
        }
      }
      String text = held + part.substring(from);
      int to = text.length();
      for (int i = 0; i < strip.stop() && text.substring(0, to).endsWith(mark); i++) {
        to -= mark.length();
      }
      held = text.substring(to);
      next.add(text.substring(0, to));
    }

    @Override
    void end() {
      next.end();
    }
  }

  /** A decoder that needs the joined text as a whole. */
  private static final class Whole extends Stage {
    private final TokenDecoder decoder;
    private final Stage next;
    private final StringBuilder text = new StringBuilder();

    Whole(TokenDecoder decoder, Stage next) {
      this.decoder = decoder;
      this.next = next;
    }

    @Override
    void add(String part) {
      text.append(part);
    }

    @Override
    void end() {
      decoder.decode(List.of(text.toString())).forEach(next::add);
      next.end();
    }
  }
}
