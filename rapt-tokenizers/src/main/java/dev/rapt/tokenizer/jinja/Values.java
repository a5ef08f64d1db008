package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Renderer.LoopState;
import dev.rapt.tokenizer.jinja.Renderer.Macro;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.types.ChatTemplateException;
import java.math.BigInteger;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values of a template. Strings, booleans, {@code Long}, {@code BigInteger}, {@code Double},
 * {@code List} and {@code Map} are used as they are; the other Python types are nested here.
 */
final class Values {
  private Values() {}

  /** Returns the Python type name of a value. */
  static String typeName(Object value) {
    return switch (value) {
      case None _ -> "NoneType";
      case Boolean _ -> "bool";
      case Long _, BigInteger _ -> "int";
      case Double _ -> "float";
      case String _ -> "str";
      case Markup _ -> "Markup";
      case Tuple _ -> "tuple";
      case Range _ -> "range";
      case List<?> _ -> "list";
      case Map<?, ?> _ -> "dict";
      case DictView view -> view.kind().typeName();
      case Generator _ -> "generator";
      case Undefined _ -> "Undefined";
      case Namespace _ -> "Namespace";
      case Macro _ -> "Macro";
      case LoopState _ -> "LoopContext";
      case Function _ -> "function";
      default -> throw new IllegalArgumentException("no template value: " + value.getClass());
    };
  }

  /** Describes a value in errors about missing attributes. */
  static String described(Object value) {
    return switch (value) {
      case None _ -> "None";
      case Namespace _ -> "jinja2.utils.Namespace object";
      case Macro _ -> "jinja2.runtime.Macro object";
      case LoopState _ -> "jinja2.runtime.LoopContext object";
      default -> typeName(value) + " object";
    };
  }

  /** The value {@code none}. */
  enum None {
    NONE
  }

  /** A callable value. */
  @FunctionalInterface
  interface Function {
    Object call(Arguments arguments);
  }

  /** A Python generator: elements that can be iterated over once. */
  record Generator(Iterator<Object> elements) {}

  /** A tuple: printed in parentheses, never equal to a list; elements may have names. */
  static final class Tuple extends AbstractList<Object> {
    private final Object[] elements;
    private final List<String> names;

    Tuple(List<Object> elements) {
      this(List.of(), elements.toArray());
    }

    private Tuple(List<String> names, Object[] elements) {
      this.names = names;
      this.elements = elements;
    }

    static Tuple of(Object... elements) {
      return new Tuple(List.of(), elements);
    }

    static Tuple named(List<String> names, Object... elements) {
      return new Tuple(names, elements);
    }

    /** Returns the element with a name, or null. */
    @Nullable Object named(String name) {
      int index = names.indexOf(name);
      return index < 0 ? null : elements[index];
    }

    @Override
    public Object get(int index) {
      return elements[index];
    }

    @Override
    public int size() {
      return elements.length;
    }
  }

  /** {@code range(start, stop, step)}. */
  static final class Range extends AbstractList<Object> {
    private static final long MAX_SIZE = 100_000;

    private final long start;
    private final long stop;
    private final long step;
    private final int size;

    Range(long start, long stop, long step) {
      if (step == 0) {
        throw Errors.value("range() arg 3 must not be zero");
      }
      long count =
          step > 0
              ? Math.max(0, Math.ceilDiv(Math.subtractExact(stop, start), step))
              : Math.max(0, Math.ceilDiv(Math.subtractExact(start, stop), -step));
      if (count > MAX_SIZE) {
        throw Errors.of(
            "OverflowError",
            "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + MAX_SIZE + ").");
      }
      this.start = start;
      this.stop = stop;
      this.step = step;
      this.size = (int) count;
    }

    @Override
    public Object get(int index) {
      return start + java.util.Objects.checkIndex(index, size) * step;
    }

    @Override
    public int size() {
      return size;
    }

    /** Returns the slice {@code [from:to:stride]}; the bounds are indices. */
    Range part(long from, long to, long stride) {
      return new Range(start + from * step, start + to * step, stride * step);
    }

    /** Returns {@code start}, {@code stop} or {@code step}; null for other names. */
    @Nullable Object bound(String name) {
      return switch (name) {
        case "start" -> start;
        case "stop" -> stop;
        case "step" -> step;
        default -> null;
      };
    }

    @Override
    public String toString() {
      return "range(" + start + ", " + stop + (step == 1 ? "" : ", " + step) + ")";
    }
  }

  /** The keys, values or items of a dict. */
  record DictView(Kind kind, Map<?, ?> dict) {
    enum Kind {
      KEYS("dict_keys"),
      VALUES("dict_values"),
      ITEMS("dict_items");

      private final String typeName;

      Kind(String typeName) {
        this.typeName = typeName;
      }

      String typeName() {
        return typeName;
      }
    }

    List<Object> elements() {
      List<Object> elements = new ArrayList<>(dict.size());
      dict.forEach((key, value) -> {
        switch (kind) {
          case KEYS -> elements.add(key);
          case VALUES -> elements.add(value);
          case ITEMS -> elements.add(Tuple.of(key, value));
        }
      });
      return elements;
    }
  }

  /** {@code namespace(...)}: variables that inner scopes can assign. */
  static final class Namespace {
    private final Map<String, Object> attributes = new LinkedHashMap<>();

    Object get(String name) {
      Object value = attributes.get(name);
      return value == null ? Undefined.attribute(this, name) : value;
    }

    void set(String name, Object value) {
      attributes.put(name, value);
    }

    Map<String, Object> attributes() {
      return attributes;
    }
  }

  /**
   * The undefined value: prints as an empty string, is false, and raises an error in any other use.
   *
   * @param kind name of the error that a use raises
   * @param isStrict whether it raises the error in those uses, too
   */
  record Undefined(String kind, String reason, boolean isStrict) {

    static Undefined because(String reason) {
      return new Undefined("UndefinedError", reason, false);
    }

    static Undefined name(String name, boolean isStrict) {
      return new Undefined("UndefinedError", "'" + name + "' is undefined", isStrict);
    }

    /**
     * Returns what the value stands for: an empty string, no elements, or false.
     *
     * @throws ChatTemplateException if it is strict
     */
    <T> T as(T nothing) {
      if (isStrict) {
        throw error();
      }
      return nothing;
    }

    static Undefined attribute(Object owner, String name) {
      return because("'" + described(owner) + "' has no attribute " + Repr.repr(name));
    }

    /** The result of a subscript that is neither an element nor an attribute. */
    static Undefined element(Object owner, Object key) {
      return key instanceof String name
          ? attribute(owner, name)
          : because(described(owner) + " has no element " + Repr.repr(key));
    }

    static Undefined unsafe(Object owner, String name) {
      return new Undefined(
          "SecurityError",
          "access to attribute "
              + Repr.repr(name)
              + " of '"
              + typeName(owner)
              + "' object is unsafe.",
          false);
    }

    ChatTemplateException error() {
      return Errors.of(kind, reason);
    }

    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object other) {
      return other instanceof Undefined;
    }

    @Override
    public int hashCode() {
      return 0;
    }
  }
}
