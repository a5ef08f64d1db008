package dev.rapt.text;

import dev.rapt.model.Classifier;
import dev.rapt.tensor.Tensor;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
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
   * @param start index of its first char in the text; equal to end for special tokens
   * @param end one past its last char
   * @param word index of its word; -1 for special tokens
   * @param label name of the class
   * @param score probability of the class
   */
  public record Token(String token, int start, int end, int word, String label, double score) {}

  /**
   * Consecutive words of one class. A word has the class of its first token; a class with the
   * prefix {@code B-} begins a new span.
   *
   * @param label without {@code B-} and {@code I-}
   * @param start index of its first char in the text
   * @param end one past its last char
   * @param score mean probability of the classes of its words
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

  private Tagger(Classifier model, Tokenizer tokenizer) {
    super(model, tokenizer);
  }

  /** Loads a Hugging Face folder with its tokenizer. */
  public static Tagger load(Path folder) {
    Tokenizer tokenizer = Tokenizer.load(folder);
    return new Tagger(Classifier.load(folder, Classifier.Unit.TOKEN), tokenizer);
  }

  /** Tags a text. */
  public Tagged tag(String text) {
    return tag(List.of(text)).getFirst();
  }

  /** Tags texts. */
  public List<Tagged> tag(List<String> texts) {
    return tag(texts, WindowedTexts.DEFAULT_OVERLAP);
  }

  /**
   * Tags texts.
   *
   * @param overlap tokens that neighbouring windows of a long text share; at most half of a window
   */
  public List<Tagged> tag(List<String> texts, int overlap) {
    WindowedTexts parts = WindowedTexts.of(tokenizer(), texts, maxTokens(), overlap);
    List<List<Token>> found =
        new ArrayList<>(Collections.nCopies(parts.windows().size(), List.of()));
    runBatches(
        parts.windows(),
        (ids, pass, rows) -> {
          Tensor logits = model().logits(ids, pass); // (B, T, classes)
          for (int b = 0; b < rows.length; b++) {
            String text = texts.get(parts.textOf().get(rows[b]));
            long firstRow = (long) b * pass.seqLen();
            found.set(rows[b], tokens(text, parts.windows().get(rows[b]), logits, firstRow));
          }
        });
    List<Tagged> tagged = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      List<Token> tokens =
          merged(parts.ofText(i, parts.windows()), parts.ofText(i, found), parts.overlap());
      tagged.add(new Tagged(tokens, spans(texts.get(i), tokens), parts.numWindows(i)));
    }
    return tagged;
  }

  /**
   * Merges the tokens of a text's windows. Of the tokens that two windows share, each window
   * contributes the half that is farther from its border.
   */
  static List<Token> merged(List<Encoding> windows, List<List<Token>> found, int overlap) {
    List<Token> all = new ArrayList<>(found.getFirst());
    int fromNext = overlap / 2;
    for (int w = 1; w < windows.size(); w++) {
      int end = all.size() - numSpecial(windows.get(w - 1), true) - fromNext;
      all.subList(end, all.size()).clear();
      List<Token> next = found.get(w);
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

  private List<Token> tokens(String text, Encoding encoding, Tensor logits, long firstRow) {
    int[] words = encoding.wordIds();
    List<Token> tokens = new ArrayList<>();
    for (int t = 0; t < encoding.size(); t++) {
      double[] scores = Probabilities.softmax(Probabilities.row(logits, firstRow + t));
      int best = Probabilities.best(scores, 1).getFirst();
      tokens.add(
          new Token(
              encoding.tokens().get(t),
              Texts.charIndex(text, encoding.start(t)),
              Texts.charIndex(text, encoding.end(t)),
              words[t],
              model().labels().names().get(best),
              scores[best]));
    }
    return tokens;
  }

  /** Joins tokens to words, and words to spans. */
  static List<Span> spans(String text, List<Token> tokens) {
    List<Span> spans = new ArrayList<>();
    int i = 0;
    while (i < tokens.size()) {
      Token first = tokens.get(i);
      if (first.word() < 0 || first.label().equals(OUTSIDE)) {
        i = endOfWord(tokens, i);
        continue;
      }
      String label = kind(first.label());
      double sum = 0;
      int words = 0;
      int end = first.end();
      do {
        sum += tokens.get(i).score();
        words++;
        i = endOfWord(tokens, i);
        end = tokens.get(i - 1).end();
      } while (i < tokens.size() && continues(tokens.get(i), label));
      spans.add(
          new Span(label, text.substring(first.start(), end), first.start(), end, sum / words));
    }
    return spans;
  }

  private static int endOfWord(List<Token> tokens, int from) {
    int word = tokens.get(from).word();
    int to = from + 1;
    while (word >= 0 && to < tokens.size() && tokens.get(to).word() == word) {
      to++;
    }
    return to;
  }

  private static boolean continues(Token token, String label) {
    return token.word() >= 0
        && !token.label().startsWith("B-")
        && !token.label().equals(OUTSIDE)
        && kind(token.label()).equals(label);
  }

  private static String kind(String label) {
    return label.startsWith("B-") || label.startsWith("I-") ? label.substring(2) : label;
  }
}
