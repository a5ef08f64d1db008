package dev.rapt.tokenizer;

import dev.rapt.tokenizer.added.AddedTokenMatcher;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.postprocess.Draft;
import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.Utf8;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.Truncation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Encodes text with offsets, for every kind of tokenizer. Immutable. */
final class AlignedEncoder {
  private final TokenizerDefinition definition;
  private final AddedTokenMatcher rawTokens;
  private final AddedTokenMatcher normalizedTokens;

  AlignedEncoder(
      TokenizerDefinition definition,
      AddedTokenMatcher rawTokens,
      AddedTokenMatcher normalizedTokens) {
    this.definition = definition;
    this.rawTokens = rawTokens;
    this.normalizedTokens = normalizedTokens;
  }

  /** A piece of text for the model, or an added token. */
  private record Word(AlignedText text, @Nullable AddedToken token) {}

  /**
   * Encodes one text without adding special tokens.
   *
   * @param typeId 0 for the first text, 1 for the second
   * @param truncation words beyond its limit are skipped, as in Hugging Face tokenizers
   */
  Draft encode(CharSequence text, int typeId, @Nullable Truncation truncation) {
    List<Word> words = words(AlignedText.of(text));
    boolean limited =
        truncation != null
            && (truncation.strategy() != Truncation.Strategy.ONLY_SECOND || typeId != 0);
    if (limited) {
      words = limit(words, Objects.requireNonNull(truncation));
    }
    Draft draft = new Draft();
    for (int i = 0; i < words.size(); i++) {
      tokenize(words.get(i), typeId, i, draft);
    }
    return draft;
  }

  private List<Word> words(AlignedText text) {
    List<Word> words = new ArrayList<>();
    for (Word raw : extract(text, rawTokens)) {
      if (raw.token() != null) {
        words.add(raw);
        continue;
      }
      AlignedText normalized =
          definition.normalizer() == null ? raw.text() : definition.normalizer().apply(raw.text());
      for (Word word : extract(normalized, normalizedTokens)) {
        if (word.token() != null || definition.preTokenizer() == null) {
          words.add(word);
        } else {
          for (AlignedText piece : definition.preTokenizer().split(word.text())) {
            words.add(new Word(piece, null));
          }
        }
      }
    }
    return words;
  }

  private static List<Word> extract(AlignedText text, AddedTokenMatcher matcher) {
    if (text.isEmpty()) {
      return List.of();
    }
    if (matcher.isEmpty()) {
      return List.of(new Word(text, null));
    }
    List<Word> words = new ArrayList<>();
    byte[] bytes = Utf8.encode(text, 0);
    matcher.find(
        bytes,
        0,
        bytes.length,
        new AddedTokenMatcher.Sink() {
          private int at;
          private int point; // code point index of the byte at

          @Override
          public void text(int from, int to) {
            words.add(new Word(next(from, to), null));
          }

          @Override
          public void token(AddedToken token, int from, int to) {
            words.add(new Word(next(from, to), token));
          }

          private AlignedText next(int from, int to) {
            move(from);
            int start = point;
            move(to);
            return text.slice(start, point);
          }

          private void move(int to) {
            for (; at < to; at++) {
              point += startsPoint(bytes[at]);
            }
            while (at > to) { // tokens may overlap
              point -= startsPoint(bytes[--at]);
            }
          }
        });
    return words;
  }

  private static int startsPoint(byte b) {
    return (b & 0xC0) != 0x80 ? 1 : 0;
  }

  /** Returns the words whose tokens fill the length, counted from the end that is kept. */
  private List<Word> limit(List<Word> words, Truncation truncation) {
    List<Word> ordered = truncation.left() ? words.reversed() : words;
    List<Word> kept = new ArrayList<>();
    int total = 0;
    for (Word word : ordered) {
      kept.add(word);
      Draft tokens = new Draft();
      tokenize(word, 0, 0, tokens);
      total += tokens.size();
      if (word.token() == null && total >= truncation.maxLength()) {
        break;
      }
    }
    if (truncation.left()) {
      Collections.reverse(kept);
    }
    return kept;
  }

  private void tokenize(Word word, int typeId, int wordId, Draft draft) {
    AlignedText text = word.text();
    AddedToken added = word.token();
    if (added != null) {
      addToken(text, added.id(), text.toString(), 0, text.length(), typeId, wordId, draft);
      return;
    }
    Model model = definition.model();
    model.tokenize(
        text,
        new Model.TokenSink() {
          @Override
          public void accept(int id, int start, int end) {
            String token = Objects.requireNonNullElse(model.tokenOf(id), "");
            addToken(text, id, token, start, end, typeId, wordId, draft);
          }

          @Override
          public void acceptUnknown(int id, int start, int end) {
            String surface = text.substring(start, end);
            addToken(text, id, surface, start, end, typeId, wordId, draft);
          }
        });
  }

  private static void addToken(
      AlignedText text,
      int id,
      String token,
      int start,
      int end,
      int typeId,
      int wordId,
      Draft draft) {
    int from = start < end ? text.originalStart(start) : 0;
    int to = start < end ? text.originalEnd(end - 1) : 0;
    draft.add(id, token, typeId, from, to, wordId);
  }
}
