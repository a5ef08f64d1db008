package dev.rapt.train.data;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.IntConsumer;

/**
 * A part of a text file that is encoded on its own.
 *
 * @param file the file
 * @param offset position in the file, in bytes
 * @param text UTF-8 bytes
 * @param startsDocument whether it begins with a new document
 * @param endsFile whether it is the last part of the file
 */
@SuppressWarnings("ArrayRecordComponent") // handed from one thread to another, never compared
record TextChunk(Path file, long offset, byte[] text, boolean startsDocument, boolean endsFile) {

  /**
   * Encodes its documents; the end-of-text token follows each document that ends in it.
   *
   * @return whether a separator of documents occurs in it
   */
  boolean encode(TextEncoder encoder, DocumentSplit documents, IntConsumer sink)
      throws DataException {
    boolean hasSeparator = false;
    boolean trim = !(documents instanceof DocumentSplit.PerFile);
    DocumentSplit.Finder finder = documents.finder();
    int from = 0;
    boolean starts = startsDocument;
    while (from < text.length) {
      int end = from;
      int separator = 0;
      while (end < text.length && (separator = finder.lengthAt(text, end, text.length)) == 0) {
        end++;
      }
      hasSeparator |= separator > 0;
      boolean ends = separator > 0 || endsFile;
      int first = from;
      int last = end;
      if (trim) {
        while (starts && first < last && isLineBreak(text[first])) {
          first++;
        }
        while (ends && last > first && isLineBreak(text[last - 1])) {
          last--;
        }
      }
      if (last > first) {
        encoder.encode(decode(first, last), sink);
      }
      if (ends && (last > first || !starts) && encoder.endOfTextId() != TextEncoder.NONE) {
        sink.accept(encoder.endOfTextId());
      }
      from = end + separator;
      starts = ends;
    }
    return hasSeparator;
  }

  private static boolean isLineBreak(byte b) {
    return b == '\n' || b == '\r';
  }

  private CharSequence decode(int from, int to) throws DataException {
    ByteBuffer bytes = ByteBuffer.wrap(text, from, to - from);
    CharBuffer chars = CharBuffer.allocate(to - from);
    CoderResult result =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
            .decode(bytes, chars, true);
    if (result.isError()) {
      int at = bytes.position();
      throw new DataException(
          file,
          String.format(
              Locale.ROOT,
              "must be UTF-8 text, got byte 0x%02X at offset %d; convert it or leave it out",
              text[at] & 0xff,
              offset + at));
    }
    for (int at = from; at < to; at++) {
      if (text[at] == 0) {
        throw new DataException(
            file,
            "must be text, got a zero byte at offset "
                + (offset + at)
                + "; a binary file or UTF-16 must be converted or left out");
      }
    }
    return chars.flip();
  }
}
