package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Expression.Comparison;
import dev.rapt.tokenizer.jinja.Values.Function;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.Strings;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Jinja tests: {@code value is test}. */
final class Tests {
  private static final Set<String> NAMES =
      Set.of(
          "defined",
          "undefined",
          "none",
          "boolean",
          "true",
          "false",
          "integer",
          "float",
          "number",
          "string",
          "mapping",
          "sequence",
          "iterable",
          "callable",
          "odd",
          "even",
          "divisibleby",
          "lower",
          "upper",
          "sameas",
          "escaped",
          "in",
          "filter",
          "test",
          "eq",
          "equalto",
          "==",
          "ne",
          "!=",
          "gt",
          "greaterthan",
          ">",
          "ge",
          ">=",
          "lt",
          "lessthan",
          "<",
          "le",
          "<=");

  private Tests() {}

  static boolean exists(String name) {
    return NAMES.contains(name);
  }

  static boolean holds(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value == None.NONE;
      case "boolean" -> value instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "integer" -> value instanceof Long || value instanceof BigInteger;
      case "float" -> value instanceof Double;
      case "number" -> Compare.isNumber(value);
      case "string" -> Markup.textOf(value) != null;
      case "mapping" -> value instanceof Map<?, ?>;
      case "sequence" ->
          Markup.textOf(value) != null
              || value instanceof List<?>
              || value instanceof Map<?, ?>
              || value instanceof Undefined;
      case "iterable" -> Elements.isIterable(value);
      case "callable" -> value instanceof Function || value instanceof Undefined;
      case "odd" -> modulo(value, 2L) == 1;
      case "even" -> modulo(value, 2L) == 0;
      case "divisibleby" -> modulo(value, operand(name, arguments)) == 0;
      case "lower" -> Strings.allCased(Repr.str(value), Character::isLowerCase);
      case "upper" -> Strings.allCased(Repr.str(value), Character::isUpperCase);
      case "sameas" -> Compare.same(value, operand(name, arguments));
      case "escaped" -> value instanceof Markup;
      case "in" -> Compare.contains(operand(name, arguments), value);
      case "filter" -> {
        String filter = Markup.textOf(Elements.hashable(value));
        yield filter != null && Filters.exists(filter);
      }
      case "test" -> {
        String test = Markup.textOf(Elements.hashable(value));
        yield test != null && exists(test);
      }
      case "eq", "equalto", "==" -> compares(Comparison.EQUAL, name, value, arguments);
      case "ne", "!=" -> compares(Comparison.NOT_EQUAL, name, value, arguments);
      case "gt", "greaterthan", ">" -> compares(Comparison.GREATER, name, value, arguments);
      case "ge", ">=" -> compares(Comparison.GREATER_OR_EQUAL, name, value, arguments);
      case "lt", "lessthan", "<" -> compares(Comparison.LESS, name, value, arguments);
      case "le", "<=" -> compares(Comparison.LESS_OR_EQUAL, name, value, arguments);
      default -> throw Errors.of("TemplateAssertionError", "No test named '" + name + "'.");
    };
  }

  private static boolean compares(
      Comparison operator, String name, Object value, Arguments arguments) {
    return Compare.holds(operator, value, operand(name, arguments));
  }

  private static Object operand(String name, Arguments arguments) {
    return arguments.bind(name, "other").get(0);
  }

  private static double modulo(Object value, Object divisor) {
    return PythonMath.toDouble(PythonMath.apply(Expression.Operator.MODULO, value, divisor));
  }
}
