package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Range;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.types.ChatTemplateException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
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
    if (operator != Expression.Operator.MODULO || Markup.textOf(a) == null) {
      refuseUndefined(b);
    }
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
        yield divide(a, b);
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
      case BigInteger number -> {
        double nearest = number.doubleValue();
        if (Double.isInfinite(nearest)) {
          throw Errors.of("OverflowError", "int too large to convert to float");
        }
        yield nearest;
      }
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

  /**
   * Returns the integer part of a float.
   *
   * @throws ChatTemplateException if it is infinite or not a number
   */
  static Object truncate(double value) {
    if (Double.isNaN(value)) {
      throw Errors.value("cannot convert float NaN to integer");
    }
    if (Double.isInfinite(value)) {
      throw Errors.of("OverflowError", "cannot convert float infinity to integer");
    }
    return integer(new BigDecimal(value).toBigInteger());
  }

  private static double divide(Object a, Object b) {
    if (a instanceof BigInteger || b instanceof BigInteger) {
      if (!(a instanceof Double) && !(b instanceof Double)) {
        BigDecimal quotient =
            new BigDecimal(toInteger(a))
                .divide(new BigDecimal(toInteger(b)), MathContext.DECIMAL128);
        if (Double.isInfinite(quotient.doubleValue())) {
          throw Errors.of("OverflowError", "integer division result too large for a float");
        }
        return quotient.doubleValue();
      }
    }
    return toDouble(a) / toDouble(b);
  }

  private static Object add(Object a, Object b) {
    if (a instanceof String x && b instanceof String y) {
      return x.concat(y);
    }
    if (Markup.textOf(a) != null && Markup.textOf(b) != null) {
      return Markup.concatenated(a, b);
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
    if (Markup.textOf(a) != null) {
      throw Errors.type("can only concatenate str (not \"" + Values.typeName(b) + "\") to str");
    }
    return numbers(Expression.Operator.ADD, a, b, BigInteger::add, Double::sum);
  }

  private static Object multiply(Object a, Object b) {
    if (isWhole(a) && isSequence(b)) {
      return repeat(b, toInteger(a));
    }
    if (isWhole(b) && isSequence(a)) {
      return repeat(a, toInteger(b));
    }
    return numbers(Expression.Operator.MULTIPLY, a, b, BigInteger::multiply, (x, y) -> x * y);
  }

  private static boolean isWhole(Object value) {
    return value instanceof Long || value instanceof Boolean || value instanceof BigInteger;
  }

  private static boolean isSequence(Object value) {
    return Markup.textOf(value) != null || (value instanceof List<?> && !(value instanceof Range));
  }

  private static Object repeat(Object value, BigInteger times) {
    long count =
        times.signum() <= 0 ? 0 : times.bitLength() > 32 ? MAX_TEXT + 1L : times.longValue();
    String text = Markup.textOf(value);
    int length = text != null ? text.length() : ((List<?>) value).size();
    if (length > 0 && count > MAX_TEXT / length) {
      throw Errors.of(
          "MemoryError",
          "repetition: the result must have at most " + MAX_TEXT + " characters or elements");
    }
    if (text != null) {
      return Markup.like(value, length == 0 ? "" : text.repeat((int) count));
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
      return floorDivide(toDouble(a), toDouble(b));
    }
    return integer(divideAndModulo(a, b, "integer division or modulo by zero")[0]);
  }

  private static double floorDivide(double a, double b) {
    double rest = a % b;
    double quotient = (a - rest) / b;
    if (rest != 0 && rest < 0 != b < 0) {
      quotient -= 1;
    }
    if (quotient == 0) {
      return Math.copySign(0.0, a / b);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  private static Object modulo(Object a, Object b) {
    if (a instanceof String format) {
      return PercentFormat.format(format, b, false);
    }
    if (a instanceof Markup format) {
      return format.percent(b);
    }
    requireNumbers(Expression.Operator.MODULO, a, b);
    if (a instanceof Double || b instanceof Double) {
      double divisor = toDouble(b);
      if (divisor == 0) {
        throw Errors.of("ZeroDivisionError", "float modulo");
      }
      double rest = toDouble(a) % divisor;
      return rest == 0
          ? Math.copySign(0.0, divisor)
          : rest < 0 != divisor < 0 ? rest + divisor : rest;
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
      return power(toDouble(a), toDouble(b));
    }
    if (exponent.bitLength() > 20) {
      throw Errors.of("OverflowError", "exponent too large, got " + exponent);
    }
    return integer(toInteger(a).pow(exponent.intValue()));
  }

  private static double power(double a, double b) {
    if (a < 0 && Double.isFinite(a) && Double.isFinite(b) && b != Math.rint(b)) {
      throw Errors.value("a negative number to the power of a fraction is complex, got " + a);
    }
    double result = a == 1 || (a == -1 && Double.isInfinite(b)) ? 1 : Math.pow(a, b);
    if (Double.isInfinite(result) && Double.isFinite(a) && Double.isFinite(b)) {
      throw Errors.of("OverflowError", "(34, 'Numerical result out of range')");
    }
    return result;
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
