package dev.rapt.train.data;

import java.nio.charset.StandardCharsets;

/**
 * How a file is divided into documents. The end of a file always ends a document. With {@link
 * BlankLines} and {@link At}, line breaks at either end of a document are removed, and empty
 * documents are left out.
 */
public sealed interface DocumentSplit {
  /** A file is one document, encoded exactly as it is. */
  record PerFile() implements DocumentSplit {}

  /** Documents are separated by one or more empty lines. */
  record BlankLines() implements DocumentSplit {}

  /** Documents are separated by a text, such as {@code <|endoftext|>}, which is not encoded. */
  record At(String separator) implements DocumentSplit {
    public At {
      if (separator.isEmpty()) {
        throw new IllegalArgumentException(
            "document separator: must have at least one character, got none");
      }
    }

    /** A text of one line may have no line break; another separator that never occurs is wrong. */
    boolean mustOccur() {
      return !separator.equals("\n");
    }
  }

  /** Each file is one document. */
  static DocumentSplit perFile() {
    return new PerFile();
  }

  /** Empty lines separate documents. */
  static DocumentSplit blankLines() {
    return new BlankLines();
  }

  /** A text separates documents. */
  static DocumentSplit at(String separator) {
    return new At(separator);
  }

  /** A search for separators in UTF-8 text. */
  default Finder finder() {
    return switch (this) {
      case PerFile _ -> (_, _, _) -> 0;
      case BlankLines _ ->
          (text, at, to) -> {
            if (text[at] != '\n' || at + 1 >= to) {
              return 0;
            }
            if (text[at + 1] == '\n') {
              return 2;
            }
            return text[at + 1] == '\r' && at + 2 < to && text[at + 2] == '\n' ? 3 : 0;
          };
      case At(String separator) -> {
        byte[] bytes = separator.getBytes(StandardCharsets.UTF_8);
        yield (text, at, to) -> {
          if (at + bytes.length > to) {
            return 0;
          }
          for (int k = 0; k < bytes.length; k++) {
            if (text[at + k] != bytes[k]) {
              return 0;
            }
          }
          return bytes.length;
        };
      }
    };
  }

  /** The longest separator in bytes; 0 where there is none. */
  default int maxLength() {
    return switch (this) {
      case PerFile _ -> 0;
      case BlankLines _ -> 3;
      case At(String separator) -> separator.getBytes(StandardCharsets.UTF_8).length;
    };
  }

  /** Finds separators in UTF-8 text. */
  @FunctionalInterface
  interface Finder {
    /** Length of the separator that begins at {@code at} and ends before {@code to}, or 0. */
    int lengthAt(byte[] text, int at, int to);
  }
}
