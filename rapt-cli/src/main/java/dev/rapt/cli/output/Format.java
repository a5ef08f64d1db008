package dev.rapt.cli.output;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;

/** Formats numbers with their units. */
public final class Format {
  /** A number that is rounded to zero from below. */
  private static final Pattern NEGATIVE_ZERO = Pattern.compile("(?<![\\w.-])-(0\\.0+)(?![\\d.])");

  private Format() {}

  /** A size: {@code 1.5 GiB}. */
  public static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    String[] units = {"KiB", "MiB", "GiB", "TiB"};
    double value = bytes / 1024.0;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return format(value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s", value, units[unit]);
  }

  /** As {@link #count(double)}. */
  public static String count(long count) {
    return count((double) count);
  }

  /** A count: {@code 12.3M}, {@code 4.1k}, {@code 812}. */
  public static String count(double count) {
    if (count < 1000) {
      return format("%.0f", count);
    }
    String[] units = {"k", "M", "B", "T"};
    double value = count / 1000;
    int unit = 0;
    while (value >= 999.5 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return format(value < 10 ? "%.2f%s" : value < 100 ? "%.1f%s" : "%.0f%s", value, units[unit]);
  }

  /** A speed with three significant digits: {@code 12.3k}, {@code 812}, {@code 13.4}. */
  public static String rate(double perSecond) {
    return perSecond < 9.995
        ? format("%.2f", perSecond)
        : perSecond < 99.95 ? format("%.1f", perSecond) : count(perSecond);
  }

  /** Floating-point operations per second: {@code 124 GFLOP/s}. */
  public static String flops(double flops) {
    return flops < 1e12
        ? format("%.0f GFLOP/s", flops / 1e9)
        : format("%.2f TFLOP/s", flops / 1e12);
  }

  /** A bandwidth in units of 10^9 bytes: {@code 14.2 GB/s}. */
  public static String bandwidth(double bytesPerSecond) {
    return format("%.1f GB/s", bytesPerSecond / 1e9);
  }

  /** A time: {@code 8 s}, {@code 1:32}, {@code 2:03:10}. */
  public static String duration(Duration duration) {
    long seconds = Math.max(0, Math.round(duration.toMillis() / 1000.0));
    if (seconds < 60) {
      return seconds + " s";
    }
    return seconds < 3600
        ? format("%d:%02d", seconds / 60, seconds % 60)
        : format("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  /** Formats independently of the locale. */
  @SuppressWarnings(
      "AnnotateFormatMethod") // the annotation is Error Prone's, no run-time dependency
  public static String format(String pattern, Object... values) {
    String text = String.format(Locale.ROOT, pattern, values);
    return text.contains("-0") ? NEGATIVE_ZERO.matcher(text).replaceAll("$1") : text;
  }
}
