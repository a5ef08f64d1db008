package dev.rapt.tokenizer.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What stands behind the dot or in the brackets after a value. */
final class Attributes {
  private static final Set<String> CHANGES_DICT =
      Set.of("clear", "pop", "popitem", "setdefault", "update");
  private static final Set<String> CHANGES_LIST =
      Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

  private Attributes() {}

  /** {@code value.name}: an attribute, else an element. */
  static Object attribute(Object value, String name) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    Object found = own(value, name);
    if (found == null) {
      found = Sequences.element(value, name);
    }
    return found == null ? Undefined.attribute(value, name) : found;
  }

  /** {@code value[key]}: an element, else an attribute. */
  static Object item(Object value, Object key) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    Object found = Sequences.element(value, key);
    if (found == null && key instanceof String name) {
      found = own(value, name);
    }
    return found == null ? Undefined.element(value, key) : found;
  }

  /** An attribute alone, or null. */
  static @Nullable Object own(Object value, String name) {
    boolean changes =
        (value instanceof Map<?, ?> && CHANGES_DICT.contains(name))
            || (value instanceof List<?>
                && !(value instanceof Tuple)
                && !(value instanceof Range)
                && CHANGES_LIST.contains(name));
    if (changes || name.startsWith("__")) {
      return Undefined.unsafe(value, name);
    }
    return switch (value) {
      case String text -> StringMethods.of(text, name);
      case Map<?, ?> dict -> dictMethod(dict, name);
      case Tuple tuple when tuple.named(name) != null -> tuple.named(name);
      case List<?> list -> listMethod(list, name);
      case Namespace namespace -> namespace.attributes().get(name);
      case LoopState loop -> loop.attribute(name);
      case Macro macro -> macro.attribute(name);
      default -> null;
    };
  }

  private static @Nullable Function dictMethod(Map<?, ?> dict, String name) {
    return switch (name) {
      case "items" -> _ -> new DictView(DictView.Kind.ITEMS, dict);
      case "keys" -> _ -> new DictView(DictView.Kind.KEYS, dict);
      case "values" -> _ -> new DictView(DictView.Kind.VALUES, dict);
      case "copy" -> _ -> new LinkedHashMap<Object, Object>(dict);
      case "get" ->
          arguments -> {
            Arguments.Bound bound = arguments.bind(name, "key", "default");
            Object found = dict.get(bound.get(0));
            return found == null ? bound.get(1, None.NONE) : found;
          };
      default -> null;
    };
  }

  private static @Nullable Function listMethod(List<?> list, String name) {
    return switch (name) {
      case "index" ->
          arguments -> {
            Object wanted = arguments.bind(name, "value").get(0);
            for (int i = 0; i < list.size(); i++) {
              if (Compare.equal(list.get(i), wanted)) {
                return (long) i;
              }
            }
            throw TemplateException.value(Repr.repr(wanted) + " is not in list");
          };
      case "count" ->
          arguments -> {
            Object wanted = arguments.bind(name, "value").get(0);
            return list.stream().filter(element -> Compare.equal(element, wanted)).count();
          };
      case "copy" -> list instanceof Tuple ? null : _ -> Sequences.list(list);
      default -> null;
    };
  }
}
