package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import java.util.Set;

/** Filters: {@code value | filter}. */
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
          "filesizeformat",
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
          "wordcount",
          "wordwrap",
          "xmlattr");

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
      case "string" -> Markup.soft(value);
      case "safe" -> value instanceof Markup ? value : new Markup(Repr.str(value));
      case "escape", "e" -> Markup.escape(value);
      case "forceescape" -> Markup.escape(Repr.str(value));
      case "attr" -> {
        if (value instanceof Undefined undefined) {
          throw undefined.error();
        }
        Object found = Elements.own(value, arguments.bind(name, "name").text(0));
        yield found == null
            ? Undefined.attribute(value, arguments.bind(name, "name").text(0))
            : found;
      }
      case "abs", "filesizeformat", "float", "int", "round" ->
          NumberFilters.apply(name, value, arguments);
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
          "striptags",
          "replace",
          "format",
          "wordwrap",
          "xmlattr" ->
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
      case "pprint", "random", "urlize" ->
          throw Errors.of(
              "TemplateAssertionError", "the filter '" + name + "', which is not supported");
      default -> throw Errors.of("TemplateAssertionError", "No filter named '" + name + "'.");
    };
  }
}
