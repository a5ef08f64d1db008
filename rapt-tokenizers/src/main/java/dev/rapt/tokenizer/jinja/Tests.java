package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Function;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Undefined;
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
      case "string" -> value instanceof String;
      case "mapping" -> value instanceof Map<?, ?>;
      case "sequence" ->
          value instanceof String || value instanceof List<?> || value instanceof Map<?, ?>;
      case "iterable" -> Elements.isIterable(value);
      case "callable" -> value instanceof Function;
      case "odd" -> modulo(value, 2L) == 1;
      case "even" -> modulo(value, 2L) == 0;
      case "divisibleby" -> modulo(value, operand(name, arguments)) == 0;
      case "lower" -> Strings.allCased(Repr.str(value), Character::isLowerCase);
      case "upper" -> Strings.allCased(Repr.str(value), Character::isUpperCase);
      case "sameas" -> Compare.same(value, operand(name, arguments));
      case "escaped" -> false;
      case "in" -> Compare.contains(operand(name, arguments), value);
      case "filter" -> value instanceof String filter && Filters.exists(filter);
      case "test" -> value instanceof String test && exists(test);
      case "eq", "equalto", "==" -> Compare.equal(value, operand(name, arguments));
      case "ne", "!=" -> !Compare.equal(value, operand(name, arguments));
      case "gt", "greaterthan", ">" -> Compare.order(value, operand(name, arguments), ">") > 0;
      case "ge", ">=" -> Compare.order(value, operand(name, arguments), ">=") >= 0;
      case "lt", "lessthan", "<" -> Compare.order(value, operand(name, arguments), "<") < 0;
      case "le", "<=" -> Compare.order(value, operand(name, arguments), "<=") <= 0;
      default -> throw Errors.of("TemplateAssertionError", "No test named '" + name + "'.");
    };
  }

  private static Object operand(String name, Arguments arguments) {
    return arguments.bind(name, "other").get(0);
  }

  private static double modulo(Object value, Object divisor) {
    return PythonMath.toDouble(PythonMath.apply(Expression.Operator.MODULO, value, divisor));
  }
}
