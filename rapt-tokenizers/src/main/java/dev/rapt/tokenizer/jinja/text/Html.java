package dev.rapt.tokenizer.jinja.text;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Escapes of HTML, as Python's {@code markupsafe} and {@code html} write and read them. */
public final class Html {
  private static final Pattern REFERENCE =
      Pattern.compile("&(?:#(\\d{1,7});?|#[xX]([0-9a-fA-F]{1,6});?|(lt|gt|amp|quot|apos|nbsp);)");
  private static final Map<String, String> NAMED =
      Map.of("lt", "<", "gt", ">", "amp", "&", "quot", "\"", "apos", "'", "nbsp", "\u00A0");

  private Html() {}

  /** Replaces {@code & < > " '} by character references. */
  public static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&#34;")
        .replace("'", "&#39;");
  }

  /** Replaces character references by number, and the six most frequent ones by name. */
  public static String unescape(String text) {
    return REFERENCE
        .matcher(text)
        .replaceAll(match ->
            Matcher.quoteReplacement(
                match.group(3) != null
                    ? NAMED.getOrDefault(match.group(3), "")
                    : character(
                        match.group(1) != null
                            ? Integer.parseInt(match.group(1))
                            : Integer.parseInt(match.group(2), 16))));
  }

  private static String character(int c) {
    return c > 0 && Character.isValidCodePoint(c) ? Character.toString(c) : "\uFFFD";
  }

  /** Removes comments and tags, joins white space to single spaces, and unescapes the rest. */
  public static String stripTags(String text) {
    String bare = withoutSpans(withoutSpans(text, "<!--", "-->"), "<", ">");
    return unescape(String.join(" ", Strings.splitAtSpace(bare, -1, false)));
  }

  private static String withoutSpans(String text, String open, String close) {
    StringBuilder out = new StringBuilder(text);
    int start = out.indexOf(open);
    while (start >= 0) {
      int end = out.indexOf(close, start);
      if (end < 0) {
        break;
      }
      out.delete(start, end + close.length());
      start = out.indexOf(open);
    }
    return out.toString();
  }
}
