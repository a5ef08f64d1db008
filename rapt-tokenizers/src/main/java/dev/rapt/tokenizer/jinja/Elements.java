package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Renderer.LoopState;
import dev.rapt.tokenizer.jinja.Renderer.Macro;
import dev.rapt.tokenizer.jinja.Values.DictView;
import dev.rapt.tokenizer.jinja.Values.Function;
import dev.rapt.tokenizer.jinja.Values.Generator;
import dev.rapt.tokenizer.jinja.Values.Namespace;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Range;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.Strings;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Access to parts of values: attributes, elements, slices, iteration. */
final class Elements {
  private static final Set<String> CHANGES_DICT =
      Set.of("clear", "pop", "popitem", "setdefault", "update");
  private static final Set<String> CHANGES_LIST =
      Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

  private Elements() {}

  /** {@code value.name}: an attribute, or else an element. */
  static Object attribute(Object value, String name) {
    if (value instanceof Undefined undefined && !isInternal(name)) {
      throw undefined.error();
    }
    Object found = own(value, name);
    if (found == null) {
      found = element(value, name);
    }
    return found == null ? Undefined.attribute(value, name) : found;
  }

  /** {@code value[key]}: an element, or else an attribute. */
  static Object item(Object value, Object key) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    Object found = element(value, key);
    String name = Markup.textOf(key);
    if (found == null && name != null) {
      found = own(value, name);
    }
    return found == null ? Undefined.element(value, key) : found;
  }

  /** Returns an attribute, never an element; null if there is none. */
  static @Nullable Object own(Object value, String name) {
    boolean changes =
        (value instanceof Map<?, ?> && CHANGES_DICT.contains(name))
            || (value instanceof List<?>
                && !(value instanceof Tuple)
                && !(value instanceof Range)
                && CHANGES_LIST.contains(name));
    if (changes || isInternal(name)) {
      return Undefined.unsafe(value, name);
    }
    return switch (value) {
      case String text -> StringMethods.of(text, name);
      case Markup markup -> markup.method(name);
      case Range range when range.bound(name) != null -> range.bound(name);
      case Map<?, ?> dict -> dictMethod(dict, name);
      case Tuple tuple when tuple.named(name) != null -> tuple.named(name);
      case List<?> list -> listMethod(list, name);
      case Namespace namespace -> namespace.attributes().get(name);
      case LoopState loop -> loop.attribute(name);
      case Macro macro -> macro.attribute(name);
      default -> null;
    };
  }

  private static boolean isInternal(String name) {
    return name.length() > 4 && name.startsWith("__") && name.endsWith("__");
  }

  private static @Nullable Function dictMethod(Map<?, ?> dict, String name) {
    return switch (name) {
      case "items" -> _ -> new DictView(DictView.Kind.ITEMS, dict);
      case "keys" -> _ -> new DictView(DictView.Kind.KEYS, dict);
      case "values" -> _ -> new DictView(DictView.Kind.VALUES, dict);
      case "copy" -> _ -> new LinkedHashMap<Object, Object>(dict);
      case "get" ->
          arguments -> {
            Arguments.Bound bound = arguments.positionalOnly(name).bind(name, "key", "default");
            Object found = find(dict, hashable(bound.get(0)));
            return found == null ? bound.get(1, None.NONE) : found;
          };
      default -> null;
    };
  }

  private static @Nullable Function listMethod(List<?> list, String name) {
    return switch (name) {
      case "index" ->
          arguments -> {
            Arguments.Bound bound =
                arguments.positionalOnly(name).bind(name, "value", "start", "stop");
            Object wanted = bound.get(0);
            int size = list.size();
            int stop = bounded(bound.integer(2, size), size);
            for (int i = bounded(bound.integer(1, 0), size); i < stop; i++) {
              if (Compare.equal(list.get(i), wanted)) {
                return (long) i;
              }
            }
            throw Errors.value(Repr.repr(wanted) + " is not in list");
          };
      case "count" ->
          arguments -> {
            Object wanted = arguments.bind(name, "value").get(0);
            return list.stream().filter(element -> Compare.equal(element, wanted)).count();
          };
      case "copy" -> list instanceof Tuple || list instanceof Range ? null : _ -> list(list);
      default -> null;
    };
  }

  private static int bounded(int index, int size) {
    return Math.clamp(index < 0 ? (long) index + size : index, 0, size);
  }

  /** Returns the value of a key, or null. Keys that are equal numbers or strings are one key. */
  static @Nullable Object find(Map<?, ?> dict, Object key) {
    Object value = dict.get(key);
    if (value != null || key instanceof String) {
      return value;
    }
    for (Map.Entry<?, ?> entry : dict.entrySet()) {
      if (Compare.equal(entry.getKey(), key)) {
        return entry.getValue();
      }
    }
    return null;
  }

  /** Sets the value of a key; an equal key that is already there stays as it is. */
  static void put(Map<Object, Object> dict, Object key, Object value) {
    Object present = key;
    for (Object other : key instanceof String ? List.of() : dict.keySet()) {
      present = Compare.equal(other, key) ? other : present;
    }
    dict.put(present, value);
  }

  /** Returns a value that can be the key of a dict. */
  static Object hashable(Object key) {
    boolean changes =
        key instanceof Map<?, ?>
            || key instanceof DictView
            || (key instanceof List<?> && !(key instanceof Tuple) && !(key instanceof Range));
    if (changes) {
      throw Errors.type("unhashable type: '" + Values.typeName(key) + "'");
    }
    if (key instanceof Tuple tuple) {
      tuple.forEach(Elements::hashable);
    }
    return key;
  }

  /** Returns the elements of a value; for a generator, the remaining ones. */
  static Iterable<Object> iterate(Object value) {
    Iterator<Object> elements = iterator(value);
    return () -> elements;
  }

  /** As {@link #iterate}. */
  static Iterator<Object> iterator(Object value) {
    return value instanceof Generator generator ? generator.elements() : elements(value).iterator();
  }

  /** Copies the elements of a value to a new list. */
  static List<Object> list(Object value) {
    if (value instanceof Generator generator) {
      List<Object> list = new ArrayList<>();
      generator.elements().forEachRemaining(list::add);
      return list;
    }
    return elements(value);
  }

  private static List<Object> elements(Object value) {
    return switch (value) {
      case List<?> list -> new ArrayList<>(list);
      case Map<?, ?> dict -> new ArrayList<>(dict.keySet());
      case DictView view -> view.elements();
      case String text -> new ArrayList<>(Strings.characters(text));
      case Markup markup -> new ArrayList<>(Strings.characters(markup.text()));
      case Undefined undefined -> undefined.as(new ArrayList<>());
      default -> throw Errors.type("'" + Values.typeName(value) + "' object is not iterable");
    };
  }

  static boolean isIterable(Object value) {
    return switch (value) {
      case List<?> _, Map<?, ?> _, DictView _, String _, Markup _ -> true;
      case Undefined _, Generator _, LoopState _ -> true;
      default -> false;
    };
  }

  static long length(Object value) {
    return switch (value) {
      case String text -> Strings.length(text);
      case Markup markup -> Strings.length(markup.text());
      case List<?> list -> list.size();
      case Map<?, ?> dict -> dict.size();
      case DictView view -> view.dict().size();
      case LoopState loop -> loop.length();
      case Undefined undefined -> undefined.as(0L);
      default -> throw Errors.type("object of type '" + Values.typeName(value) + "' has no len()");
    };
  }

  /** Returns the element at a key, or null if there is none. */
  static @Nullable Object element(Object container, Object key) {
    return switch (container) {
      case Map<?, ?> dict -> find(dict, key);
      case Markup markup -> {
        Object character = element(markup.text(), key);
        yield character == null ? null : new Markup(Repr.str(character));
      }
      case List<?> list -> {
        int index = index(key, list.size());
        yield index < 0 ? null : list.get(index);
      }
      case String text -> {
        int index = index(key, Strings.length(text));
        yield index < 0 ? null : Strings.at(text, index);
      }
      default -> null;
    };
  }

  /** Returns the index that a key (possibly negative) selects from {@code size} elements, or -1. */
  private static int index(Object key, int size) {
    if (!(key instanceof Long) && !(key instanceof Boolean)) {
      return -1;
    }
    long index = (long) PythonMath.positive(key);
    if (index < 0) {
      index += size;
    }
    return index >= 0 && index < size ? (int) index : -1;
  }

  /** {@code container[start:stop:step]}; bounds may be {@code none}. */
  static Object slice(Object container, Object start, Object stop, Object step) {
    if (container instanceof Undefined undefined) {
      throw undefined.error();
    }
    String text = Markup.textOf(container);
    if (text == null && !(container instanceof List<?>)) {
      throw Errors.type(
          container instanceof Map<?, ?>
              ? "unhashable type: 'slice'"
              : "'" + Values.typeName(container) + "' object is not subscriptable");
    }
    List<?> source = text != null ? Strings.characters(text) : (List<?>) container;
    long stride = step == None.NONE ? 1 : bound(step);
    if (stride == 0) {
      throw Errors.value("slice step cannot be zero");
    }
    int size = source.size();
    long low = stride > 0 ? 0 : -1;
    long high = stride > 0 ? size : size - 1;
    long from = start == None.NONE ? (stride > 0 ? low : high) : clamp(start, size, low, high);
    long to = stop == None.NONE ? (stride > 0 ? high : low) : clamp(stop, size, low, high);
    if (container instanceof Range range) {
      return range.part(from, to, stride);
    }
    List<Object> part = new ArrayList<>();
    for (long i = from; stride > 0 ? i < to : i > to; i += stride) {
      part.add(source.get((int) i));
    }
    return switch (container) {
      case String _, Markup _ -> Markup.like(container, String.join("", Repr.all(part)));
      case Tuple _ -> new Tuple(part);
      default -> part;
    };
  }

  private static long clamp(Object bound, int size, long low, long high) {
    long index = bound(bound);
    return Math.clamp(index < 0 ? index + size : index, low, high);
  }

  private static long bound(Object value) {
    return switch (value) {
      case Long number -> Math.clamp(number, -1L << 40, 1L << 40);
      case BigInteger number -> number.signum() < 0 ? -1L << 40 : 1L << 40;
      case Boolean flag -> flag ? 1 : 0;
      case Undefined undefined -> throw undefined.error();
      default ->
          throw Errors.type(
              "slice indices must be integers or None, not a " + Values.typeName(value));
    };
  }
}
