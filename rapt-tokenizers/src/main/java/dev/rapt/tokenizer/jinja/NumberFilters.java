package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Expression.Operator;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.PythonNumbers;
import dev.rapt.tokenizer.types.ChatTemplateException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;

/** Filters that read or return numbers. */
final class NumberFilters {
  private static final int MAX_DIGITS = 400; // more than any float has after its point

  private NumberFilters() {}

  static Object apply(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "abs" -> absolute(value);
      case "int" -> toInt(value, arguments);
      case "float" -> {
        Object otherwise = arguments.bind(name, "default").get(0, 0.0);
        Double number = real(value);
        yield number == null ? otherwise : number;
      }
      case "round" -> round(value, arguments);
      default -> fileSize(value, arguments);
    };
  }

  private static Object absolute(Object value) {
    return value instanceof Double number
        ? (Object) Math.abs(number)
        : Compare.order(value, 0L, "<") < 0 ? PythonMath.negate(value) : PythonMath.positive(value);
  }

  /** {@code float(value)}; null if that is an error. */
  private static @org.jspecify.annotations.Nullable Double real(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    String text = Markup.textOf(value);
    return text != null
        ? PythonNumbers.parseDouble(text)
        : Compare.isNumber(value) ? (Double) PythonMath.toDouble(value) : null;
  }

  private static Object toInt(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("int", "default", "base");
    String text = Markup.textOf(value);
    if (text == null && value instanceof Double number && !Double.isNaN(number)) {
      return PythonMath.truncate(number);
    }
    if (text == null && Compare.isNumber(value) && !(value instanceof Double)) {
      return PythonMath.positive(value);
    }
    BigInteger whole = text == null ? null : PythonNumbers.parseInt(text, bound.integer(1, 10));
    if (whole != null) {
      return PythonMath.integer(whole);
    }
    Double number = real(value);
    return number == null || !Double.isFinite(number)
        ? bound.get(0, 0L)
        : PythonMath.truncate(number);
  }

  private static Object round(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("round", "precision", "method");
    int precision = bound.integer(0, 0);
    String method = bound.text(1, "common");
    if (!List.of("common", "ceil", "floor").contains(method)) {
      throw Errors.of("FilterArgumentError", "method must be common, ceil or floor");
    }
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!method.equals("common")) {
      Object scale = PythonMath.apply(Operator.POWER, 10L, (long) precision);
      Object scaled = PythonMath.apply(Operator.MULTIPLY, value, scale);
      if (!Compare.isNumber(scaled)) {
        throw notANumber(scaled);
      }
      if (scaled instanceof Double number) {
        scaled =
            PythonMath.truncate(method.equals("ceil") ? Math.ceil(number) : Math.floor(number));
      }
      return PythonMath.apply(Operator.DIVIDE, scaled, scale);
    }
    if (value instanceof Double number) {
      return Double.isFinite(number) && precision < MAX_DIGITS
          ? Math.copySign(
              new BigDecimal(number).setScale(precision, RoundingMode.HALF_EVEN).doubleValue(),
              number)
          : number;
    }
    if (!Compare.isNumber(value)) {
      throw notANumber(value);
    }
    Object whole = PythonMath.positive(value);
    return precision >= 0
        ? whole
        : PythonMath.integer(
            new BigDecimal(whole.toString())
                .setScale(precision, RoundingMode.HALF_EVEN)
                .toBigInteger());
  }

  private static ChatTemplateException notANumber(Object value) {
    return Errors.type("type " + Values.typeName(value) + " doesn't define __round__ method");
  }

  private static Object fileSize(Object value, Arguments arguments) {
    boolean binary = arguments.bind("filesizeformat", "binary").flag(0, false);
    Double bytes = real(value);
    if (bytes == null) {
      throw Errors.type("filesizeformat: must be a number, not " + Values.typeName(value));
    }
    double base = binary ? 1024 : 1000;
    if (bytes == 1) {
      return "1 Byte";
    }
    if (bytes < base) {
      return Repr.str(PythonMath.truncate(bytes)) + " Bytes";
    }
    double unit = base;
    String prefixes = binary ? "KMGTPEZY" : "kMGTPEZY";
    for (int i = 0; ; i++) {
      unit *= base;
      if (bytes < unit || i == prefixes.length() - 1) {
        return FormatSpec.format(base * bytes / unit, ".1f")
            + " "
            + prefixes.charAt(i)
            + (binary ? "iB" : "B");
      }
    }
  }
}
