package dev.rapt.tokenizer.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Filters that make numbers. */
final class NumberFilters {
  private static final Pattern WHOLE = Pattern.compile("[+-]?\\d+(?:_\\d+)*");
  private static final Pattern REAL =
      Pattern.compile("[+-]?(?:\\d+(?:_\\d+)*\\.?(?:\\d+)?|\\.\\d+)(?:[eE][+-]?\\d+)?");

  private NumberFilters() {}

  static Object toInt(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("int", "default", "base");
    Object otherwise = bound.get(0, 0L);
    return switch (value) {
      case String text -> parseInt(text.strip(), bound.integer(1, 10), otherwise);
      case Double number ->
          Double.isFinite(number)
              ? Arithmetic.integer(new BigDecimal(number).toBigInteger())
              : otherwise;
      case Long _, BigInteger _, Boolean _ -> Arithmetic.positive(value);
      case Undefined undefined -> throw undefined.error();
      default -> otherwise;
    };
  }

  private static Object parseInt(String text, int base, Object otherwise) {
    if (base == 10 && WHOLE.matcher(text).matches()) {
      return Arithmetic.integer(new BigInteger(text.replace("_", "")));
    }
    if (base != 10) {
      String digits = Strings.lower(text).replaceFirst("^0[xob]", "");
      try {
        return Arithmetic.integer(new BigInteger(digits, base));
      } catch (NumberFormatException e) {
        return otherwise;
      }
    }
    Matcher real = REAL.matcher(text);
    return real.matches()
        ? toInt(Double.valueOf(text.replace("_", "")), Arguments.of(otherwise))
        : otherwise;
  }

  static Object toFloat(Object value, Arguments arguments) {
    Object otherwise = arguments.bind("float", "default").get(0, 0.0);
    return switch (value) {
      case String text when REAL.matcher(text.strip()).matches() ->
          Double.valueOf(text.strip().replace("_", ""));
      case Number number -> number.doubleValue();
      case Boolean flag -> flag ? 1.0 : 0.0;
      case Undefined undefined -> throw undefined.error();
      default -> otherwise;
    };
  }

  static Object round(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("round", "precision", "method");
    int precision = bound.integer(0, 0);
    String method = bound.text(1, "common");
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (method.equals("common")) {
      if (!(value instanceof Double number)) {
        Object whole = Arithmetic.positive(value);
        return precision >= 0
            ? whole
            : Arithmetic.integer(
                new BigDecimal(whole.toString())
                    .setScale(precision, RoundingMode.HALF_EVEN)
                    .toBigInteger());
      }
      return Double.isFinite(number)
          ? (Object)
              new BigDecimal(number).setScale(precision, RoundingMode.HALF_EVEN).doubleValue()
          : number;
    }
    double scale = Math.pow(10, precision);
    double scaled = Arithmetic.toDouble(value) * scale;
    return switch (method) {
      case "ceil" -> Math.ceil(scaled) / scale;
      case "floor" -> Math.floor(scaled) / scale;
      default ->
          throw TemplateException.of("FilterArgumentError", "method must be common, ceil or floor");
    };
  }
}
