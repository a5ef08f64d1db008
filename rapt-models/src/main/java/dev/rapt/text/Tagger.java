package dev.rapt.text;

import dev.rapt.model.Classifier;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tensor.Tensor;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Classifies the tokens of a text and joins them to spans, such as names of people and places. Long
 * texts are read in overlapping windows.
 *
 * <pre>{@code
 * try (Tagger model = Tagger.load(folder)) {
 *   for (Tagger.Span span : model.tag("Ada Lovelace lived in London.").spans()) { ... }
 * }
 * }</pre>
 */
public final class Tagger extends BatchedReader<Classifier> {
  /** The class of tokens outside all spans. */
  private static final String OUTSIDE = "O";

  /**
   * A token and its class.
   *
   * @param token the token as the vocabulary spells it
   * @param start its first code point in the text; equal to end for special tokens
   * @param end one past its last code point
   * @param word index of its word; -1 for special tokens
   * @param label name of the class
   * @param score probability of the class
   */
  public record Token(String token, int start, int end, int word, String label, double score) {}

  /**
   * Consecutive words of one class, or with {@link Aggregation#SIMPLE} consecutive tokens. A class
   * with the prefix {@code B-} begins a new span.
   *
   * @param label without {@code B-} and {@code I-}
   * @param start its first code point in the text
   * @param end one past its last code point
   * @param score mean probability of the classes of its words, or tokens
   */
  public record Span(String label, String text, int start, int end, double score) {}

  /**
   * The result for a text.
   *
   * @param tokens all tokens, special ones included
   * @param spans the spans whose class is not {@code O}
   * @param numWindows number of windows in which the text was read
   */
  public record Tagged(List<Token> tokens, List<Span> spans, int numWindows) {}

  /** Which class a word has if its tokens have several. */
  public enum Aggregation {
    /** Words are not formed: each token counts on its own, so that spans may end inside words. */
    SIMPLE,
    /** That of its first token. */
    FIRST,
    /** The most likely one by the mean of the probabilities. */
    AVERAGE,
    /** That of the token with the largest probability. */
    MAX
  }

  /**
   * A token with the probabilities of all classes.
   *
   * @param classes probability of each class
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Scored(Token token, double[] classes) {}

  /** Words, or single tokens, that are joined to spans. */
  private record Piece(String label, int start, int end, double score) {}

  private Tagger(Classifier model, Tokenizer tokenizer) {
    super(model, tokenizer);
  }

  /** Loads a Hugging Face folder, or an ONNX file, with its tokenizer. */
  public static Tagger load(Path folder) {
    Tokenizer tokenizer = StoredModel.of(folder).tokenizer();
    return new Tagger(Classifier.load(folder, Classifier.Unit.TOKEN), tokenizer);
  }

  /** Tags a text. */
  public Tagged tag(String text) {
    return tag(List.of(text)).getFirst();
  }

  /** Tags texts. */
  public List<Tagged> tag(List<String> texts) {
    return tag(texts, Aggregation.FIRST, WindowedTexts.DEFAULT_OVERLAP);
  }

  /**
   * Tags texts.
   *
   * @param aggregation how spans are formed
   * @param overlap tokens that neighbouring windows of a long text share; at most half of a window
   */
  public List<Tagged> tag(List<String> texts, Aggregation aggregation, int overlap) {
    WindowedTexts parts = WindowedTexts.of(tokenizer(), texts, maxTokens(), overlap);
    List<List<Scored>> found =
        new ArrayList<>(Collections.nCopies(parts.windows().size(), List.of()));
    runBatches(
        parts.windows(),
        (ids, pass, rows) -> {
          Tensor logits = model().logits(ids, pass); // (B, T, classes)
          for (int b = 0; b < rows.length; b++) {
            long firstRow = (long) b * pass.seqLen();
            found.set(rows[b], tokens(parts.windows().get(rows[b]), logits, firstRow));
          }
        });
    List<Tagged> tagged = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      List<Scored> scored =
          merged(parts.ofText(i, parts.windows()), parts.ofText(i, found), parts.overlap());
      List<Token> tokens = scored.stream().map(Scored::token).toList();
      List<Span> spans = spans(texts.get(i), pieces(scored, aggregation, model().labels().names()));
      tagged.add(new Tagged(tokens, spans, parts.numWindows(i)));
    }
    return tagged;
  }

  /**
   * Merges the tokens of a text's windows. Of the tokens that two windows share, each window
   * contributes the half that is farther from its border.
   */
  static <T> List<T> merged(List<Encoding> windows, List<List<T>> found, int overlap) {
    List<T> all = new ArrayList<>(found.getFirst());
    int fromNext = overlap / 2;
    for (int w = 1; w < windows.size(); w++) {
      int end = all.size() - numSpecial(windows.get(w - 1), true) - fromNext;
      all.subList(end, all.size()).clear();
      List<T> next = found.get(w);
      int begin = numSpecial(windows.get(w), false) + overlap - fromNext;
      all.addAll(next.subList(begin, next.size()));
    }
    return List.copyOf(all);
  }

  /** Number of special tokens at one end of a window. */
  private static int numSpecial(Encoding window, boolean atEnd) {
    int[] special = window.specialTokensMask();
    int count = 0;
    while (count < special.length && special[atEnd ? special.length - 1 - count : count] == 1) {
      count++;
    }
    return count;
  }

  private List<Scored> tokens(Encoding encoding, Tensor logits, long firstRow) {
    int[] words = encoding.wordIds();
    List<Scored> tokens = new ArrayList<>();
    for (int t = 0; t < encoding.size(); t++) {
      double[] scores = Probabilities.softmax(Probabilities.row(logits, firstRow + t));
      int best = Probabilities.best(scores, 1).getFirst();
      Token token =
          new Token(
              encoding.tokens().get(t),
              encoding.start(t),
              encoding.end(t),
              words[t],
              model().labels().names().get(best),
              scores[best]);
      tokens.add(new Scored(token, scores));
    }
    return tokens;
  }

  /** Joins tokens and words to spans. */
  static List<Span> spans(
      String text, List<Scored> tokens, Aggregation aggregation, List<String> labels) {
    return spans(text, pieces(tokens, aggregation, labels));
  }

  /** The words, or with {@link Aggregation#SIMPLE} the tokens, without special tokens. */
  private static List<Piece> pieces(
      List<Scored> tokens, Aggregation aggregation, List<String> labels) {
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i < tokens.size(); ) {
      int end = aggregation == Aggregation.SIMPLE ? i + 1 : endOfWord(tokens, i);
      if (tokens.get(i).token().word() >= 0) {
        pieces.add(piece(tokens.subList(i, end), aggregation, labels));
      }
      i = end;
    }
    return pieces;
  }

  private static Piece piece(List<Scored> word, Aggregation aggregation, List<String> labels) {
    Token first = word.getFirst().token();
    int end = word.getLast().token().end();
    if (aggregation == Aggregation.AVERAGE) {
      double[] mean = new double[labels.size()];
      for (Scored token : word) {
        Arrays.setAll(mean, i -> mean[i] + token.classes()[i] / word.size());
      }
      int best = Probabilities.best(mean, 1).getFirst();
      return new Piece(labels.get(best), first.start(), end, mean[best]);
    }
    Token chosen = first;
    for (Scored other : word) {
      boolean isBetter = other.token().score() > chosen.score();
      chosen = aggregation == Aggregation.MAX && isBetter ? other.token() : chosen;
    }
    return new Piece(chosen.label(), first.start(), end, chosen.score());
  }

  private static int endOfWord(List<Scored> tokens, int from) {
    int word = tokens.get(from).token().word();
    int to = from + 1;
    while (word >= 0 && to < tokens.size() && tokens.get(to).token().word() == word) {
      to++;
    }
    return to;
  }

  private static List<Span> spans(String text, List<Piece> pieces) {
    List<Span> spans = new ArrayList<>();
    for (int i = 0; i < pieces.size(); ) {
      Piece first = pieces.get(i);
      String label = kind(first.label());
      double sum = first.score();
      int next = i + 1;
      while (next < pieces.size() && continues(pieces.get(next), label)) {
        sum += pieces.get(next++).score();
      }
      if (!first.label().equals(OUTSIDE)) {
        int end = pieces.get(next - 1).end();
        String covered = Texts.part(text, first.start(), end);
        spans.add(new Span(label, covered, first.start(), end, sum / (next - i)));
      }
      i = next;
    }
    return spans;
  }

  private static boolean continues(Piece piece, String label) {
    return !piece.label().startsWith("B-") && kind(piece.label()).equals(label);
  }

  private static String kind(String label) {
    return label.startsWith("B-") || label.startsWith("I-") ? label.substring(2) : label;
  }
}
