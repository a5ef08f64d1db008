package dev.rapt.tokenizer.model;

import dev.rapt.tokenizer.text.AlignedText;

/** The word model of the SentencePiece library: a piece begins at each U+2581. */
public record PieceWords(PieceTable table) implements PieceModel {
  private static final int MARK = 0x2581;

  @Override
  public void tokenize(AlignedText piece, TokenSink sink) {
    PieceTable.Output output = table.new Output(piece, sink);
    int start = 0;
    for (int i = 1; i <= piece.length(); i++) {
      if (i == piece.length() || piece.codePoint(i) == MARK) {
        output.add(table.idOf(piece.substring(start, i)), i);
        start = i;
      }
    }
    output.finish();
  }
}
