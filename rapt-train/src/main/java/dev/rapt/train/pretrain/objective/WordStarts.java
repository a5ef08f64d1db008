package dev.rapt.train.pretrain.objective;

import dev.rapt.tokenizer.Tokenizer;
import java.util.BitSet;

/** Where words begin and sentences end, by the text of each token. */
public final class WordStarts {
  private static final String CONTINUES = "##"; // WordPiece
  private static final String SPACE_MARK = "\u2581"; // SentencePiece
  private static final String BYTE_SPACE = "\u0120"; // byte-level BPE

  private WordStarts() {}

  /**
   * Returns the tokens that continue the word of the token before: in WordPiece those with {@code
   * ##}, in the other vocabularies letters and digits without a space before them.
   */
  public static BitSet continuing(Tokenizer tokenizer) {
    boolean isWordPiece = tokenizer.kind().equals("WordPiece");
    BitSet continues = new BitSet();
    for (int id = 0; id < tokenizer.vocabSize(); id++) {
      String token = tokenizer.idToToken(id).orElse("");
      boolean marked =
          isWordPiece
              ? token.startsWith(CONTINUES)
              : !token.startsWith(SPACE_MARK)
                  && !token.startsWith(BYTE_SPACE)
                  && !token.isEmpty()
                  && Character.isLetterOrDigit(token.codePointAt(0));
      continues.set(id, marked && !tokenizer.isSpecial(id));
    }
    return continues;
  }

  /** Returns the tokens whose text ends a sentence: with a full stop, {@code !} or {@code ?}. */
  public static BitSet sentenceEnds(Tokenizer tokenizer) {
    BitSet ends = new BitSet();
    for (int id = 0; id < tokenizer.vocabSize(); id++) {
      String token = tokenizer.idToToken(id).orElse("");
      String bare = token.replaceAll("[\"'”’)\\]]+$", "");
      ends.set(
          id,
          !tokenizer.isSpecial(id)
              && (bare.endsWith(".") || bare.endsWith("!") || bare.endsWith("?")));
    }
    return ends;
  }
}
