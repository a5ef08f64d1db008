package dev.rapt.tokenizer;

import dev.rapt.tokenizer.added.AddedTokenMatcher;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.model.WordCache;
import dev.rapt.tokenizer.postprocess.Draft;
import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.Utf8;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.tokenizer.types.Truncation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Encodes text for every kind of tokenizer, with offsets or without. Thread-safe. */
final class AlignedEncoder {
  private final TokenizerDefinition definition;
  private final AddedTokenMatcher rawTokens;
  private final AddedTokenMatcher normalizedTokens;

  /** Idle caches; at most as many as calls ever ran concurrently. */
  private final ConcurrentLinkedQueue<WordCache> caches = new ConcurrentLinkedQueue<>();

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
    WordCache cache = takeCache();
    try {
      if (limited) {
        words = limit(words, Objects.requireNonNull(truncation), cache);
      }
      DraftSink sink = new DraftSink(definition.model(), typeId);
      for (Word word : words) {
        sink.add(word, cache);
      }
      return sink.draft;
    } finally {
      caches.add(cache);
    }
  }

  /** Appends the ids of one text, without special tokens. */
  void encode(CharSequence text, IdBuffer out) {
    WordCache cache = takeCache();
    try {
      for (Word word : words(AlignedText.of(text))) {
        if (word.token() != null) {
          out.add(word.token().id());
        } else {
          cache.tokenize(word.text(), (id, _, _) -> out.add(id));
        }
      }
    } finally {
      caches.add(cache);
    }
  }

  private WordCache takeCache() {
    WordCache idle = caches.poll();
    return idle == null ? new WordCache(definition.model()) : idle;
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
    if (!matcher.mayFind(text)) {
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
  private List<Word> limit(List<Word> words, Truncation truncation, WordCache cache) {
    List<Word> ordered = truncation.left() ? words.reversed() : words;
    List<Word> kept = new ArrayList<>();
    int total = 0;
    for (Word word : ordered) {
      kept.add(word);
      DraftSink tokens = new DraftSink(definition.model(), 0);
      tokens.add(word, cache);
      total += tokens.draft.size();
      if (word.token() == null && total >= truncation.maxLength()) {
        break;
      }
    }
    if (truncation.left()) {
      Collections.reverse(kept);
    }
    return kept;
  }

  /** Collects the tokens of one text. */
  private static final class DraftSink implements Model.TokenSink {
    private final Model model;
    private final int typeId;
    private final Draft draft = new Draft();
    private AlignedText text = AlignedText.of("");
    private int wordId = -1;

    DraftSink(Model model, int typeId) {
      this.model = model;
      this.typeId = typeId;
    }

    void add(Word word, WordCache cache) {
      text = word.text();
      wordId++;
      if (word.token() == null) {
        cache.tokenize(text, this);
      } else {
        add(word.token().id(), text.toString(), 0, text.length());
      }
    }

    @Override
    public void accept(int id, int start, int end) {
      add(id, Objects.requireNonNullElse(model.tokenOf(id), ""), start, end);
    }

    @Override
    public void acceptUnknown(int id, int start, int end) {
      add(id, text.substring(start, end), start, end);
    }

    private void add(int id, String token, int start, int end) {
      int from = start < end ? text.originalStart(start) : 0;
      int to = start < end ? text.originalEnd(end - 1) : 0;
      draft.add(id, token, typeId, from, to, wordId);
    }
  }
}
