package dev.rapt.tokenizer.jinja.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Breaks lines at a width, as Python's {@code textwrap} does with its default settings, but for
 * tabs and white space, which stay as they are.
 *
 * @param width most characters of a line, at least 1
 * @param breaksLongWords whether words longer than a line are cut
 * @param breaksOnHyphens whether a line can end after a hyphen
 */
public record WordWrap(int width, boolean breaksLongWords, boolean breaksOnHyphens) {
  private static final String SPACE = "[\\t\\n\\x0b\\f\\r ]";
  private static final Pattern SPACES = Pattern.compile(SPACE + "+");
  private static final Pattern CHUNK =
      Pattern.compile(
          "WS+|(?<=PUNCT)-{2,}(?=\\w)"
              .concat("|NWS+?(?:-(?:(?<=LETTER{2}-)|(?<=LETTER-PUNCT-))(?=LETTER-?LETTER)")
              .concat("|(?=WS|\\z)|(?<=PUNCT)(?=-{2,}\\w))")
              .replace("NWS", "[^\\t\\n\\x0b\\f\\r ]")
              .replace("WS", SPACE)
              .replace("PUNCT", "[\\w!\"'&.,?]")
              .replace("LETTER", "[\\w&&[^\\d]]"),
          Pattern.UNICODE_CHARACTER_CLASS);

  /** Checks the width. */
  public WordWrap {
    if (width <= 0) {
      throw Errors.value("invalid width " + width + " (must be > 0)");
    }
  }

  /** Returns the lines of a paragraph; none if it is empty or white space. */
  public List<String> lines(String paragraph) {
    Deque<String> chunks = chunks(paragraph);
    List<String> lines = new ArrayList<>();
    while (!chunks.isEmpty()) {
      if (!lines.isEmpty() && isBlank(chunks.peek())) {
        chunks.pop();
      }
      List<String> line = new ArrayList<>();
      int length = 0;
      while (!chunks.isEmpty() && length + Strings.length(chunks.peek()) <= width) {
        length += Strings.length(chunks.peek());
        line.add(chunks.pop());
      }
      if (!chunks.isEmpty() && Strings.length(chunks.peek()) > width) {
        addLongWord(chunks, line, width - length);
      }
      if (!line.isEmpty() && isBlank(line.getLast())) {
        line.removeLast();
      }
      if (!line.isEmpty()) {
        lines.add(String.join("", line));
      }
    }
    return lines;
  }

  private void addLongWord(Deque<String> chunks, List<String> line, int room) {
    String word = chunks.peek();
    int space = Math.max(1, room);
    if (breaksLongWords) {
      int end = space;
      String head = Strings.part(word, 0, space);
      int hyphen = head.lastIndexOf('-');
      boolean atHyphen =
          breaksOnHyphens
              && hyphen > 0
              && head.substring(0, hyphen).chars().anyMatch(c -> c != '-');
      if (atHyphen) {
        end = Strings.length(head.substring(0, hyphen)) + 1;
      }
      chunks.pop();
      line.add(Strings.part(word, 0, end));
      chunks.push(Strings.part(word, end, Strings.length(word)));
    } else if (line.isEmpty()) {
      line.add(chunks.pop());
    }
  }

  private Deque<String> chunks(String text) {
    Deque<String> chunks = new ArrayDeque<>();
    Matcher matcher = (breaksOnHyphens ? CHUNK : SPACES).matcher(text);
    int at = 0;
    while (matcher.find()) {
      if (matcher.start() > at) {
        chunks.add(text.substring(at, matcher.start()));
      }
      if (matcher.end() > matcher.start()) {
        chunks.add(matcher.group());
      }
      at = matcher.end();
    }
    if (at < text.length()) {
      chunks.add(text.substring(at));
    }
    return chunks;
  }

  private static boolean isBlank(String chunk) {
    return Strings.strip(chunk, Strings::isSpace).isEmpty();
  }
}
