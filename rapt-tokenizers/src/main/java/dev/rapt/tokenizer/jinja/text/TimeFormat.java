package dev.rapt.tokenizer.jinja.text;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Formats dates and times by the codes of {@code strftime}, in English. */
public final class TimeFormat {
  private TimeFormat() {}

  public static String format(String format, LocalDateTime time) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char code = format.charAt(++i);
      boolean short0 = code == '-' && i + 1 < format.length();
      if (short0) {
        code = format.charAt(++i);
      }
      String text = code(code, time);
      out.append(short0 && text.length() > 1 ? text.replaceFirst("^0+(?=.)", "") : text);
    }
    return out.toString();
  }

  private static String code(char code, LocalDateTime time) {
    String pattern =
        switch (code) {
          case 'd' -> "dd";
          case 'm' -> "MM";
          case 'y' -> "uu";
          case 'Y' -> "uuuu";
          case 'B' -> "MMMM";
          case 'b', 'h' -> "MMM";
          case 'A' -> "EEEE";
          case 'a' -> "EEE";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'p' -> "a";
          case 'j' -> "DDD";
          case 'f' -> "SSSSSS";
          case 'F' -> "uuuu-MM-dd";
          case 'T', 'X' -> "HH:mm:ss";
          case 'R' -> "HH:mm";
          case 'D', 'x' -> "MM/dd/uu";
          case 'V' -> "ww";
          case 'G' -> "YYYY";
          // Times have no zone, as those of Python's datetime.now().
          case 'z', 'Z' -> "";
          case 'c', 'e', 'u', 'w', '%', 'n', 't' -> null;
          default -> throw Errors.value("strftime_now: unknown code %" + code);
        };
    if (pattern != null) {
      Locale locale = code == 'V' || code == 'G' ? Locale.forLanguageTag("en-GB") : Locale.US;
      return pattern.isEmpty() ? "" : DateTimeFormatter.ofPattern(pattern, locale).format(time);
    }
    return switch (code) {
      case 'c' -> format("%a %b %e %H:%M:%S %Y", time);
      case 'e' -> String.format(Locale.ROOT, "%2d", time.getDayOfMonth());
      case 'u' -> String.valueOf(time.getDayOfWeek().getValue());
      case 'w' -> String.valueOf(time.getDayOfWeek().getValue() % 7);
      case 'n' -> "\n";
      case 't' -> "\t";
      default -> "%";
    };
  }
}
