package dev.rapt.tokenizer;

import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.text.Utf8File;
import dev.rapt.tokenizer.types.AddedToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Counts the characters of texts that a tokenizer would drop without a trace: those that the
 * vocabulary of a character-level tokenizer lacks. Other tokenizers have an unknown token or tokens
 * for all bytes; of them nothing is counted. For use by one thread.
 *
 * @apiNote {@link Tokenizer#encode} drops such characters, as other libraries do with the same
 *     file. A loss or a continuation then belongs to another text than the one that was given.
 */
public final class UnknownCharacters {
  private static final int SHOWN = 5;

  private final BitSet known = new BitSet();
  private final List<String> added; // tokens that are found before the model reads characters
  private final boolean isCharacterLevel;
  private final Map<Integer, Long> counts = new TreeMap<>();
  private long characters;

  private UnknownCharacters(Tokenizer tokenizer) {
    TokenizerDefinition definition = tokenizer.definition();
    added = definition.addedTokens().stream().map(AddedToken::content).toList();
    isCharacterLevel = isCharacterLevel(definition);
    if (isCharacterLevel && definition.model() instanceof BpeModel model) {
      for (String token : model.vocabulary().asMap().keySet()) {
        if (!token.isEmpty() && token.codePointCount(0, token.length()) == 1) {
          known.set(token.codePointAt(0));
        }
      }
    }
  }

  /** A counter for the texts of a tokenizer. */
  public static UnknownCharacters of(Tokenizer tokenizer) {
    return new UnknownCharacters(tokenizer);
  }

  /** Whether this is BPE over the characters as they are, without a token for unknown ones. */
  private static boolean isCharacterLevel(TokenizerDefinition definition) {
    return definition.normalizer() == null
        && definition.preTokenizer() == null
        && definition.model() instanceof BpeModel model
        && model.options().unkToken() == null
        && !model.options().byteFallback()
        && isEmpty(model.options().continuingSubwordPrefix())
        && isEmpty(model.options().endOfWordSuffix());
  }

  private static boolean isEmpty(@Nullable String text) {
    return text == null || text.isEmpty();
  }

  /** Whether this tokenizer drops characters at all. */
  public boolean isCharacterLevel() {
    return isCharacterLevel;
  }

  /** Adds a text; returns this counter. */
  public UnknownCharacters add(CharSequence text) {
    if (isCharacterLevel) {
      CharSequence rest = text;
      for (String token : added) {
        rest = rest.toString().replace(token, "");
      }
      rest.codePoints().forEach(this::count);
    }
    return this;
  }

  private void count(int character) {
    characters++;
    if (!known.get(character)) {
      counts.merge(character, 1L, Long::sum);
    }
  }

  /**
   * Adds a UTF-8 file of any size; returns this counter.
   *
   * @throws IOException if the file cannot be read or is not UTF-8 text
   */
  public UnknownCharacters add(Path file) throws IOException {
    if (!isCharacterLevel) {
      return this;
    }
    StringBuilder line = new StringBuilder(); // whole lines, since parts may end in added tokens
    Utf8File.read(
        file,
        part -> {
          String text = part.toString();
          int end = text.lastIndexOf('\n') + 1;
          line.append(text, 0, end);
          if (end > 0) {
            add(line);
            line.setLength(0);
          }
          line.append(text, end, text.length());
        });
    return add(line);
  }

  /** Number of occurrences of unknown characters so far. */
  public long count() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * What must hold and what was found: {@code must hold only characters of the vocabulary, got 3 of
   * 10 that it lacks: '☃' (U+2603) 3 times}. Shows the most frequent ones.
   */
  public String problem() {
    String shown =
        counts.entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
            .limit(SHOWN)
            .map(entry -> name(entry.getKey()) + times(entry.getValue()))
            .collect(Collectors.joining(", "));
    return "must hold only characters of the vocabulary, got %d of %d that it lacks: %s%s"
        .formatted(count(), characters, shown, counts.size() > SHOWN ? ", ..." : "");
  }

  private static String name(int character) {
    String code = "U+%04X".formatted(character);
    boolean isVisible =
        switch (Character.getType(character)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.SURROGATE,
              Character.UNASSIGNED,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.NON_SPACING_MARK ->
              false;
          default -> true;
        };
    return isVisible ? "'%s' (%s)".formatted(Character.toString(character), code) : code;
  }

  private static String times(long count) {
    return count == 1 ? "" : " " + count + " times";
  }
}
