package dev.rapt.tokenizer.jinja;

import java.util.Set;

/** What stands behind a bar. */
final class Filters {
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
        Object found = Attributes.own(value, arguments.bind(name, "name").text(0));
        yield found == null
            ? Undefined.attribute(value, arguments.bind(name, "name").text(0))
            : found;
      }
      case "abs" ->
          Compare.order(value, 0L, "<") < 0 ? Arithmetic.negate(value) : Arithmetic.positive(value);
      case "int" -> NumberFilters.toInt(value, arguments);
      case "float" -> NumberFilters.toFloat(value, arguments);
      case "round" -> NumberFilters.round(value, arguments);
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
          ElementFilters.apply(name, value, arguments);
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
          SequenceFilters.apply(name, value, arguments);
      default ->
          throw TemplateException.of("TemplateAssertionError", "No filter named '" + name + "'.");
    };
  }
}
