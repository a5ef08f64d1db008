package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Expression.Comparison;
import dev.rapt.tokenizer.jinja.Values.DictView;
import dev.rapt.tokenizer.jinja.Values.Generator;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.Strings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Filters of lists and dicts, and of one attribute of each element. */
final class ListFilters {
  private static final Generator NOTHING = new Generator(Collections.emptyIterator());

  private ListFilters() {}

  /** Extracts the part of an element that a filter uses. */
  @FunctionalInterface
  interface Key {
    Object of(Object element);
  }

  static Object apply(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "list" -> Elements.list(value);
      case "length", "count" -> Elements.length(value);
      case "first" -> {
        var elements = Elements.iterator(value);
        yield elements.hasNext()
            ? elements.next()
            : Undefined.because("No first item, sequence was empty.");
      }
      case "last" -> {
        if (value instanceof Generator) {
          throw Errors.type("'generator' object is not reversible");
        }
        List<Object> elements = Elements.list(value);
        yield elements.isEmpty()
            ? Undefined.because("No last item, sequence was empty.")
            : elements.getLast();
      }
      case "join" -> {
        Arguments.Bound bound = arguments.bind(name, "d", "attribute");
        List<Object> elements = Elements.list(value);
        if (bound.get(1, None.NONE) != None.NONE) {
          Key attribute = attribute(bound.get(1), null);
          elements.replaceAll(attribute::of);
        }
        yield String.join(Repr.str(bound.get(0, "")), Repr.all(elements));
      }
      case "reverse" -> {
        String text = Markup.textOf(value);
        yield text == null
            ? reversed(value)
            : Markup.like(value, new StringBuilder(text).reverse().toString());
      }
      case "items" ->
          switch (value) {
            case Undefined _ -> new Generator(List.of().iterator());
            case Map<?, ?> dict ->
                new Generator(new DictView(DictView.Kind.ITEMS, dict).elements().iterator());
            default -> throw Errors.type("Can only get item pairs from a mapping.");
          };
      case "dictsort" -> dictSort(value, arguments);
      case "batch" -> batch(value, arguments);
      case "slice" -> slice(value, arguments);
      case "map" -> map(value, arguments);
      case "select" -> selected(value, arguments, ListFilters::test);
      case "reject" -> selected(value, arguments, given -> test(given).negate());
      case "selectattr" -> selected(value, arguments, ListFilters::attributeTest);
      case "rejectattr" -> selected(value, arguments, given -> attributeTest(given).negate());
      case "sort" -> sort(value, arguments);
      case "unique" -> unique(value, arguments);
      case "groupby" -> groupBy(value, arguments);
      case "min", "max" -> extreme(name, value, arguments);
      default -> sum(value, arguments);
    };
  }

  private static Object reversed(Object value) {
    List<Object> elements = new ArrayList<>(Elements.list(value).reversed());
    return value instanceof Generator ? elements : new Generator(elements.iterator());
  }

  /**
   * Returns the key for an attribute path with dots, or for an element index; none stands for the
   * element itself.
   *
   * @param otherwise replaces what is undefined; null for nothing
   */
  private static Key attribute(Object path, @Nullable Object otherwise) {
    String text = Markup.textOf(path);
    if (text == null) {
      return path == None.NONE
          ? element -> element
          : element -> orElse(Elements.item(element, path), otherwise);
    }
    String[] parts = text.split("\\.", -1);
    return element -> {
      Object value = element;
      for (String part : parts) {
        boolean isIndex = !part.isEmpty() && part.chars().allMatch(Character::isDigit);
        value =
            orElse(Elements.item(value, isIndex ? (Object) Long.valueOf(part) : part), otherwise);
      }
      return value;
    };
  }

  private static Object orElse(Object value, @Nullable Object otherwise) {
    return value instanceof Undefined && otherwise != null ? otherwise : value;
  }

  private static @Nullable Object givenOrNull(Arguments.Bound bound, int index) {
    Object value = bound.get(index, None.NONE);
    return value == None.NONE ? null : value;
  }

  /** Returns strings in lower case unless {@code caseSensitive}. */
  static Object folded(Object value, boolean caseSensitive) {
    String text = caseSensitive ? null : Markup.textOf(value);
    return text == null ? value : Strings.lower(text);
  }

  private static Object map(Object value, Arguments arguments) {
    if (!Compare.isTrue(value)) {
      return NOTHING;
    }
    Key change;
    if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
      Arguments.Bound bound = arguments.bind("map", "attribute", "default");
      change = attribute(bound.get(0), givenOrNull(bound, 1));
    } else {
      if (arguments.positional().isEmpty()) {
        throw Errors.of("FilterArgumentError", "map requires a filter argument");
      }
      String filter = Repr.str(arguments.positional().getFirst());
      Arguments rest = arguments.skip(1);
      change = element -> Filters.apply(filter, element, rest);
    }
    return lazily(value, elements -> elements.map(change::of));
  }

  /** Selects elements; a value that is false has none, whatever its type. */
  private static Object selected(
      Object value, Arguments arguments, Function<Arguments, Predicate<Object>> test) {
    return Compare.isTrue(value) ? filtered(value, test.apply(arguments)) : NOTHING;
  }

  private static Object filtered(Object value, Predicate<Object> keep) {
    return lazily(value, elements -> elements.filter(keep));
  }

  private static Generator lazily(
      Object value, java.util.function.UnaryOperator<java.util.stream.Stream<Object>> change) {
    Iterator<Object> elements = Elements.iterator(value);
    Iterable<Object> iterable = () -> elements;
    return new Generator(
        change.apply(StreamSupport.stream(iterable.spliterator(), false)).iterator());
  }

  private static Predicate<Object> test(Arguments arguments) {
    if (arguments.positional().isEmpty()) {
      return Compare::isTrue;
    }
    String test = Repr.str(arguments.positional().getFirst());
    Arguments rest = arguments.skip(1);
    return element -> Tests.holds(test, element, rest);
  }

  private static Predicate<Object> attributeTest(Arguments arguments) {
    if (arguments.positional().isEmpty()) {
      throw Errors.of("FilterArgumentError", "Missing parameter for attribute name");
    }
    Key attribute = attribute(arguments.positional().getFirst(), null);
    Predicate<Object> test = test(arguments.skip(1));
    return element -> test.test(attribute.of(element));
  }

  private static Key key(Arguments.Bound bound, int attributeIndex, boolean caseSensitive) {
    Key attribute = attribute(bound.get(attributeIndex, None.NONE), null);
    return element -> folded(attribute.of(element), caseSensitive);
  }

  private static Object sort(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("sort", "reverse", "case_sensitive", "attribute");
    boolean caseSensitive = bound.flag(1, false);
    List<Key> keys = new ArrayList<>();
    String paths = Markup.textOf(bound.get(2, None.NONE));
    if (paths != null) {
      for (String path : paths.split(",", -1)) {
        Key attribute = attribute(path, null);
        keys.add(element -> folded(attribute.of(element), caseSensitive));
      }
    } else {
      keys.add(key(bound, 2, caseSensitive));
    }
    Comparator<Object> order =
        (a, b) -> {
          for (Key key : keys) { // as lists compare: equal keys need no order
            Object x = key.of(a);
            Object y = key.of(b);
            if (!Compare.equal(x, y)) {
              return Compare.order(x, y, "<");
            }
          }
          return 0;
        };
    List<Object> elements = Elements.list(value);
    elements.sort(bound.flag(0, false) ? order.reversed() : order);
    return elements;
  }

  private static Object unique(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("unique", "case_sensitive", "attribute");
    Key key = key(bound, 1, bound.flag(0, false));
    List<Object> seen = new ArrayList<>();
    return filtered(
        value,
        element -> {
          Object mark = Elements.hashable(key.of(element));
          boolean isNew = seen.stream().noneMatch(other -> Compare.equal(other, mark));
          if (isNew) {
            seen.add(mark);
          }
          return isNew;
        });
  }

  private static Object groupBy(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("groupby", "attribute", "default", "case_sensitive");
    boolean caseSensitive = bound.flag(2, false);
    Key grouper = attribute(bound.get(0), givenOrNull(bound, 1));
    Key key = element -> folded(grouper.of(element), caseSensitive);
    List<Object> elements = Elements.list(value);
    elements.sort((a, b) -> Compare.order(key.of(a), key.of(b), "<"));
    List<Object> groups = new ArrayList<>();
    for (int from = 0; from < elements.size(); ) {
      int to = from + 1;
      Object mark = key.of(elements.get(from));
      while (to < elements.size() && Compare.equal(mark, key.of(elements.get(to)))) {
        to++;
      }
      groups.add(
          Tuple.named(
              List.of("grouper", "list"),
              grouper.of(elements.get(from)),
              new ArrayList<>(elements.subList(from, to))));
      from = to;
    }
    return groups;
  }

  private static Object extreme(String name, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind(name, "case_sensitive", "attribute");
    Key key = key(bound, 1, bound.flag(0, false));
    boolean wantsMax = name.equals("max");
    Iterator<Object> elements = Elements.iterator(value);
    if (!elements.hasNext()) {
      return Undefined.because("No aggregated item, sequence was empty.");
    }
    Object best = elements.next();
    while (elements.hasNext()) {
      Object next = elements.next();
      boolean better =
          Compare.holds(
              wantsMax ? Comparison.GREATER : Comparison.LESS, key.of(next), key.of(best));
      best = better ? next : best;
    }
    return best;
  }

  private static Object sum(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("sum", "attribute", "start");
    Key attribute = attribute(bound.get(0, None.NONE), null);
    Object total = bound.get(1, 0L);
    if (Markup.textOf(total) != null) {
      throw Errors.type("sum() can't sum strings [use ''.join(seq) instead]");
    }
    for (Object element : Elements.iterate(value)) {
      total = PythonMath.apply(Expression.Operator.ADD, total, attribute.of(element));
    }
    return total;
  }

  private static Object dictSort(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
    if (!(value instanceof Map<?, ?> dict)) {
      throw Errors.type("dictsort: must be a mapping, not " + Values.typeName(value));
    }
    boolean caseSensitive = bound.flag(0, false);
    int part =
        switch (bound.text(1, "key")) {
          case "key" -> 0;
          case "value" -> 1;
          default ->
              throw Errors.of(
                  "FilterArgumentError", "You can only sort by either \"key\" or \"value\"");
        };
    List<Object> items = new DictView(DictView.Kind.ITEMS, dict).elements();
    Comparator<Object> order =
        (a, b) ->
            Compare.order(
                folded(((Tuple) a).get(part), caseSensitive),
                folded(((Tuple) b).get(part), caseSensitive),
                "<");
    items.sort(bound.flag(2, false) ? order.reversed() : order);
    return items;
  }

  private static Object batch(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("batch", "linecount", "fill_with");
    Object size = bound.get(0);
    List<Object> batches = new ArrayList<>();
    List<Object> batch = new ArrayList<>();
    for (Object element : Elements.iterate(value)) {
      if (Compare.equal((long) batch.size(), size)) {
        batches.add(batch);
        batch = new ArrayList<>();
      }
      batch.add(element);
    }
    if (!batch.isEmpty()) {
      while (bound.get(1, None.NONE) != None.NONE
          && Compare.order((long) batch.size(), size, "<") < 0) {
        batch.add(bound.get(1));
      }
      batches.add(batch);
    }
    return new Generator(batches.iterator());
  }

  private static Object slice(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("slice", "slices", "fill_with");
    int count = bound.integer(0);
    if (count <= 0) {
      throw Errors.value("slice: slices must be positive, got " + count);
    }
    List<Object> elements = Elements.list(value);
    int each = elements.size() / count;
    int longer = elements.size() % count;
    List<Object> slices = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < count; i++) {
      int end = at + each + (i < longer ? 1 : 0);
      List<Object> slice = new ArrayList<>(elements.subList(at, end));
      if (i >= longer && bound.get(1, None.NONE) != None.NONE) {
        slice.add(bound.get(1));
      }
      slices.add(slice);
      at = end;
    }
    return new Generator(slices.iterator());
  }
}
