package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Filters: {@code value | filter}. */
final class Filters {
  private static final Pattern WHOLE = Pattern.compile("[+-]?\\d+(?:_\\d+)*");
  private static final Pattern REAL =
      Pattern.compile("[+-]?(?:\\d+(?:_\\d+)*\\.?(?:\\d+)?|\\.\\d+)(?:[eE][+-]?\\d+)?");

  private static final Set<String> NAMES =
      Set.of(
          "abs",
          "attr",
          "batch",
          "capitalize",
          "center",
          "count",
          "d",
          "default",
          "dictsort",
          "e",
          "escape",
          "first",
          "float",
          "forceescape",
          "format",
          "groupby",
          "indent",
          "int",
          "items",
          "join",
          "last",
          "length",
          "list",
          "lower",
          "map",
          "max",
          "min",
          "reject",
          "rejectattr",
          "replace",
          "reverse",
          "round",
          "safe",
          "select",
          "selectattr",
          "slice",
          "sort",
          "string",
          "striptags",
          "sum",
          "title",
          "tojson",
          "trim",
          "truncate",
          "unique",
          "upper",
          "urlencode",
          "wordcount");

  private Filters() {}

  static boolean exists(String name) {
    return NAMES.contains(name);
  }

  static Object apply(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "default", "d" -> {
        Arguments.Bound bound = arguments.bind(name, "default_value", "boolean");
        boolean missing =
            value instanceof Undefined || (bound.flag(1, false) && !Compare.isTrue(value));
        yield missing ? bound.get(0, "") : value;
      }
      case "tojson" -> JsonText.of(value, arguments);
      case "string" -> Repr.str(value);
      case "safe" -> Repr.str(value);
      case "attr" -> {
        Object found = Elements.own(value, arguments.bind(name, "name").text(0));
        yield found == null
            ? Undefined.attribute(value, arguments.bind(name, "name").text(0))
            : found;
      }
      case "abs" ->
          Compare.order(value, 0L, "<") < 0 ? PythonMath.negate(value) : PythonMath.positive(value);
      case "int" -> toInt(value, arguments);
      case "float" -> toFloat(value, arguments);
      case "round" -> round(value, arguments);
      case "upper",
          "lower",
          "capitalize",
          "title",
          "trim",
          "center",
          "indent",
          "truncate",
          "wordcount",
          "urlencode",
          "escape",
          "e",
          "forceescape",
          "striptags",
          "replace",
          "format" ->
          TextFilters.apply(name, value, arguments);
      case "map",
          "select",
          "reject",
          "selectattr",
          "rejectattr",
          "sort",
          "unique",
          "groupby",
          "min",
          "max",
          "sum" ->
          ListFilters.apply(name, value, arguments);
      case "list",
          "length",
          "count",
          "first",
          "last",
          "join",
          "reverse",
          "items",
          "dictsort",
          "batch",
          "slice" ->
          ListFilters.apply(name, value, arguments);
      default -> throw Errors.of("TemplateAssertionError", "No filter named '" + name + "'.");
    };
  }

  private static Object toInt(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("int", "default", "base");
    Object otherwise = bound.get(0, 0L);
    return switch (value) {
      case String text -> parseInt(text.strip(), bound.integer(1, 10), otherwise);
      case Double number ->
          Double.isFinite(number)
              ? PythonMath.integer(new BigDecimal(number).toBigInteger())
              : otherwise;
      case Long _, BigInteger _, Boolean _ -> PythonMath.positive(value);
      case Undefined undefined -> throw undefined.error();
      default -> otherwise;
    };
  }

  private static Object parseInt(String text, int base, Object otherwise) {
    if (base == 10 && WHOLE.matcher(text).matches()) {
      return PythonMath.integer(new BigInteger(text.replace("_", "")));
    }
    if (base != 10) {
      String digits = Strings.lower(text).replaceFirst("^0[xob]", "");
      try {
        return PythonMath.integer(new BigInteger(digits, base));
      } catch (NumberFormatException e) {
        return otherwise;
      }
    }
    Matcher real = REAL.matcher(text);
    return real.matches()
        ? toInt(Double.valueOf(text.replace("_", "")), Arguments.of(otherwise))
        : otherwise;
  }

  private static Object toFloat(Object value, Arguments arguments) {
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

  private static Object round(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("round", "precision", "method");
    int precision = bound.integer(0, 0);
    String method = bound.text(1, "common");
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (method.equals("common")) {
      if (!(value instanceof Double number)) {
        Object whole = PythonMath.positive(value);
        return precision >= 0
            ? whole
            : PythonMath.integer(
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
    double scaled = PythonMath.toDouble(value) * scale;
    return switch (method) {
      case "ceil" -> Math.ceil(scaled) / scale;
      case "floor" -> Math.floor(scaled) / scale;
      default -> throw Errors.of("FilterArgumentError", "method must be common, ceil or floor");
    };
  }
}
