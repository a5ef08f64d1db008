package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Range;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.types.ChatTemplateException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;

/** Arithmetic of Python: integers of any size, floor division and modulo. */
final class PythonMath {
  private static final int MAX_TEXT = 1 << 26; // longest result of a repetition, in characters

  private PythonMath() {}

  static Object apply(Expression.Operator operator, Object a, Object b) {
    refuseUndefined(a);
    refuseUndefined(b);
    return switch (operator) {
      case ADD -> add(a, b);
      case SUBTRACT -> numbers(operator, a, b, BigInteger::subtract, (x, y) -> x - y);
      case MULTIPLY -> multiply(a, b);
      case DIVIDE -> {
        requireNumbers(operator, a, b);
        if (toDouble(b) == 0) {
          throw Errors.of(
              "ZeroDivisionError",
              a instanceof Double || b instanceof Double
                  ? "float division by zero"
                  : "division by zero");
        }
        yield toDouble(a) / toDouble(b);
      }
      case FLOOR_DIVIDE -> floorDivide(a, b);
      case MODULO -> modulo(a, b);
      case POWER -> power(a, b);
    };
  }

  private static void refuseUndefined(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
  }

  static double toDouble(Object value) {
    return switch (value) {
      case Number number -> number.doubleValue();
      case Boolean flag -> flag ? 1 : 0;
      default -> throw Errors.type("must be real number, not " + Values.typeName(value));
    };
  }

  private static BigInteger toInteger(Object value) {
    return switch (value) {
      case BigInteger number -> number;
      case Long number -> BigInteger.valueOf(number);
      default -> Boolean.TRUE.equals(value) ? BigInteger.ONE : BigInteger.ZERO;
    };
  }

  /** Returns an integer as a {@code Long} if it fits, otherwise as a {@code BigInteger}. */
  static Object integer(BigInteger value) {
    return value.bitLength() < 64 ? (Object) value.longValue() : value;
  }

  private static Object add(Object a, Object b) {
    if (a instanceof String x && b instanceof String y) {
      return x.concat(y);
    }
    if (a instanceof List<?> x
        && b instanceof List<?> y
        && a instanceof Tuple == b instanceof Tuple
        && !(a instanceof Range)
        && !(b instanceof Range)) {
      List<Object> sum = new ArrayList<>(x.size() + y.size());
      sum.addAll(x);
      sum.addAll(y);
      return a instanceof Tuple ? new Tuple(sum) : sum;
    }
    if (a instanceof String) {
      throw Errors.type("can only concatenate str (not \"" + Values.typeName(b) + "\") to str");
    }
    return numbers(Expression.Operator.ADD, a, b, BigInteger::add, Double::sum);
  }

  private static Object multiply(Object a, Object b) {
    if (a instanceof Long count && (b instanceof String || b instanceof List<?>)) {
      return repeat(b, count);
    }
    if (b instanceof Long count && (a instanceof String || a instanceof List<?>)) {
      return repeat(a, count);
    }
    return numbers(Expression.Operator.MULTIPLY, a, b, BigInteger::multiply, (x, y) -> x * y);
  }

  private static Object repeat(Object value, long times) {
    long count = Math.max(0, times);
    int length = value instanceof String text ? text.length() : ((List<?>) value).size();
    if (length > 0 && count > MAX_TEXT / length) {
      throw Errors.of(
          "MemoryError",
          "repetition: the result must have at most " + MAX_TEXT + " characters or elements");
    }
    if (value instanceof String text) {
      return text.repeat((int) count);
    }
    List<Object> result = new ArrayList<>();
    for (long i = 0; i < count && length > 0; i++) {
      result.addAll((List<?>) value);
    }
    return value instanceof Tuple ? new Tuple(result) : result;
  }

  private static Object floorDivide(Object a, Object b) {
    requireNumbers(Expression.Operator.FLOOR_DIVIDE, a, b);
    if (a instanceof Double || b instanceof Double) {
      if (toDouble(b) == 0) {
        throw Errors.of("ZeroDivisionError", "float floor division by zero");
      }
      return Math.floor(toDouble(a) / toDouble(b));
    }
    return integer(divideAndModulo(a, b, "integer division or modulo by zero")[0]);
  }

  private static Object modulo(Object a, Object b) {
    if (a instanceof String format) {
      return Formats.percent(format, b);
    }
    requireNumbers(Expression.Operator.MODULO, a, b);
    if (a instanceof Double || b instanceof Double) {
      double divisor = toDouble(b);
      if (divisor == 0) {
        throw Errors.of("ZeroDivisionError", "float modulo");
      }
      double rest = toDouble(a) % divisor;
      return rest != 0 && rest < 0 != divisor < 0 ? rest + divisor : rest;
    }
    return integer(divideAndModulo(a, b, "integer modulo by zero")[1]);
  }

  private static BigInteger[] divideAndModulo(Object a, Object b, String zero) {
    BigInteger divisor = toInteger(b);
    if (divisor.signum() == 0) {
      throw Errors.of("ZeroDivisionError", zero);
    }
    BigInteger[] result = toInteger(a).divideAndRemainder(divisor);
    if (result[1].signum() != 0 && result[1].signum() != divisor.signum()) {
      result[0] = result[0].subtract(BigInteger.ONE);
      result[1] = result[1].add(divisor);
    }
    return result;
  }

  private static Object power(Object a, Object b) {
    requireNumbers(Expression.Operator.POWER, a, b);
    boolean whole = !(a instanceof Double) && !(b instanceof Double);
    BigInteger exponent = whole ? toInteger(b) : BigInteger.ZERO;
    if (!whole || exponent.signum() < 0) {
      if (toDouble(a) == 0 && toDouble(b) < 0) {
        throw Errors.of("ZeroDivisionError", "0.0 cannot be raised to a negative power");
      }
      return Math.pow(toDouble(a), toDouble(b));
    }
    if (exponent.bitLength() > 20) {
      throw Errors.of("OverflowError", "exponent too large, got " + exponent);
    }
    return integer(toInteger(a).pow(exponent.intValue()));
  }

  static Object negate(Object value) {
    refuseUndefined(value);
    return switch (value) {
      case Double number -> -number;
      case Long _, BigInteger _, Boolean _ -> integer(toInteger(value).negate());
      default -> throw badUnary("-", value);
    };
  }

  static Object positive(Object value) {
    refuseUndefined(value);
    return switch (value) {
      case Double number -> number;
      case Long _, BigInteger _, Boolean _ -> integer(toInteger(value));
      default -> throw badUnary("+", value);
    };
  }

  private static ChatTemplateException badUnary(String operator, Object value) {
    return Errors.type(
        "bad operand type for unary " + operator + ": '" + Values.typeName(value) + "'");
  }

  private static Object numbers(
      Expression.Operator operator,
      Object a,
      Object b,
      BinaryOperator<BigInteger> whole,
      DoubleBinaryOperator real) {
    requireNumbers(operator, a, b);
    return a instanceof Double || b instanceof Double
        ? (Object) real.applyAsDouble(toDouble(a), toDouble(b))
        : integer(whole.apply(toInteger(a), toInteger(b)));
  }

  private static void requireNumbers(Expression.Operator operator, Object a, Object b) {
    if (!Compare.isNumber(a) || !Compare.isNumber(b)) {
      throw Errors.type(
          "unsupported operand type(s) for "
              + operator.symbol()
              + ": '"
              + Values.typeName(a)
              + "' and '"
              + Values.typeName(b)
              + "'");
    }
  }
}
