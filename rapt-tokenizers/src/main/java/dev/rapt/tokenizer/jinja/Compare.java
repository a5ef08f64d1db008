package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Expression.Comparison;
import dev.rapt.tokenizer.jinja.Values.DictView;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Range;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.Strings;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Truth, equality and order of values, as in Python. */
final class Compare {
  private Compare() {}

  static boolean isTrue(Object value) {
    return switch (value) {
      case Boolean flag -> flag;
      case None _ -> false;
      case Undefined undefined -> undefined.as(false);
      case Long number -> number != 0;
      case Double number -> number != 0;
      case String text -> !text.isEmpty();
      case Markup markup -> !markup.text().isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> dict -> !dict.isEmpty();
      case DictView view -> !view.dict().isEmpty();
      default -> true;
    };
  }

  static boolean isNumber(Object value) {
    return value instanceof Boolean || value instanceof Number;
  }

  static boolean equal(Object a, Object b) {
    if (isNumber(a) && isNumber(b)) {
      return !isNan(a) && !isNan(b) && compareNumbers(a, b) == 0;
    }
    String textOfA = Markup.textOf(a), textOfB = Markup.textOf(b);
    if (textOfA != null && textOfB != null) {
      return textOfA.equals(textOfB);
    }
    if (a instanceof DictView x && b instanceof DictView y) {
      return equalViews(x, y);
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      boolean sameKind =
          a instanceof Tuple == b instanceof Tuple && a instanceof Range == b instanceof Range;
      return sameKind && equalElements(x, y);
    }
    if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      return x.size() == y.size()
          && x.entrySet().stream()
              .allMatch(entry -> {
                Object other = Elements.find(y, entry.getKey());
                return other != null && equal(entry.getValue(), other);
              });
    }
    return a.equals(b);
  }

  /** Keys and items are equal as sets; values are never equal, as in Python. */
  private static boolean equalViews(DictView a, DictView b) {
    return a.kind() == b.kind()
        && a.kind() != DictView.Kind.VALUES
        && a.dict().size() == b.dict().size()
        && a.elements().stream().allMatch(element -> contains(b.elements(), element));
  }

  private static boolean equalElements(List<?> a, List<?> b) {
    if (a.size() != b.size()) {
      return false;
    }
    Iterator<?> other = b.iterator();
    for (Object element : a) {
      if (!equal(element, other.next())) {
        return false;
      }
    }
    return true;
  }

  /** {@code a operator b}. */
  static boolean holds(Comparison operator, Object a, Object b) {
    return switch (operator) {
      case EQUAL -> equal(a, b);
      case NOT_EQUAL -> !equal(a, b);
      case IN -> contains(b, a);
      case NOT_IN -> !contains(b, a);
      case LESS -> order(a, b, "<") < 0 && !isNan(a) && !isNan(b);
      case LESS_OR_EQUAL -> order(a, b, "<=") <= 0 && !isNan(a) && !isNan(b);
      case GREATER -> order(a, b, ">") > 0 && !isNan(a) && !isNan(b);
      case GREATER_OR_EQUAL -> order(a, b, ">=") >= 0 && !isNan(a) && !isNan(b);
    };
  }

  private static boolean isNan(Object value) {
    return value instanceof Double number && number.isNaN();
  }

  /** Identity: {@code a is b} of Python. */
  @SuppressWarnings("ReferenceEquality") // compares identity on purpose
  static boolean same(Object a, Object b) {
    return a == b
        || (a instanceof Boolean && a.equals(b))
        || (a instanceof Long && a.equals(b))
        || (a instanceof String && a.equals(b));
  }

  /**
   * Compares two values: negative, 0 or positive.
   *
   * @param operator the operator shown in the error if the values cannot be ordered
   */
  static int order(Object a, Object b, String operator) {
    if (a instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (b instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (isNumber(a) && isNumber(b)) {
      return compareNumbers(a, b);
    }
    String textOfA = Markup.textOf(a), textOfB = Markup.textOf(b);
    if (textOfA != null && textOfB != null) {
      return Strings.compare(textOfA, textOfB);
    }
    if (a instanceof List<?> x
        && b instanceof List<?> y
        && x instanceof Tuple == y instanceof Tuple
        && !(x instanceof Range)
        && !(y instanceof Range)) {
      for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
        if (!equal(x.get(i), y.get(i))) {
          return order(x.get(i), y.get(i), operator);
        }
      }
      return Integer.compare(x.size(), y.size());
    }
    throw Errors.type(
        "'"
            + operator
            + "' not supported between instances of '"
            + Values.typeName(a)
            + "' and '"
            + Values.typeName(b)
            + "'");
  }

  private static int compareNumbers(Object a, Object b) {
    if (a instanceof Long x && b instanceof Long y) {
      return Long.compare(x, y);
    }
    boolean finite = !isSpecial(a) && !isSpecial(b);
    if (finite) {
      return decimal(a).compareTo(decimal(b));
    }
    double x = PythonMath.toDouble(a);
    double y = PythonMath.toDouble(b);
    return x < y ? -1 : x == y ? 0 : 1;
  }

  private static boolean isSpecial(Object value) {
    return value instanceof Double number && !Double.isFinite(number);
  }

  private static BigDecimal decimal(Object value) {
    return switch (value) {
      case Double number -> new BigDecimal(number);
      case BigInteger number -> new BigDecimal(number);
      case Long number -> BigDecimal.valueOf(number);
      default -> BigDecimal.valueOf(Boolean.TRUE.equals(value) ? 1 : 0);
    };
  }

  /** {@code element in container}. */
  static boolean contains(Object container, Object element) {
    return switch (container) {
      case String _, Markup _ -> {
        String part = Markup.textOf(element);
        if (part != null) {
          yield Repr.str(container).contains(part);
        }
        throw element instanceof Undefined undefined
            ? undefined.error()
            : Errors.type(
                "'in <string>' requires string as left operand, not " + Values.typeName(element));
      }
      case Map<?, ?> dict -> Elements.find(dict, Elements.hashable(element)) != null;
      case Undefined _ -> false;
      case DictView view when view.kind() == DictView.Kind.KEYS ->
          Elements.find(view.dict(), Elements.hashable(element)) != null;
      default -> {
        for (Object other : Elements.iterate(container)) {
          if (equal(element, other)) {
            yield true;
          }
        }
        yield false;
      }
    };
  }
}
