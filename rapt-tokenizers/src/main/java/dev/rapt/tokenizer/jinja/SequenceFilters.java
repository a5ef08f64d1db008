package dev.rapt.tokenizer.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Filters of lists and dicts as a whole. */
final class SequenceFilters {
  private SequenceFilters() {}

  static Object apply(String name, Object value, Arguments arguments) {
    return switch (name) {
      case "list" -> Sequences.list(value);
      case "length", "count" -> Sequences.length(value);
      case "first" -> {
        var elements = Sequences.iterator(value);
        yield elements.hasNext()
            ? elements.next()
            : Undefined.because("No first item, sequence was empty.");
      }
      case "last" -> {
        List<Object> elements = Sequences.list(value);
        yield elements.isEmpty()
            ? Undefined.because("No last item, sequence was empty.")
            : elements.getLast();
      }
      case "join" -> {
        Arguments.Bound bound = arguments.bind(name, "d", "attribute");
        List<Object> elements = Sequences.list(value);
        if (bound.has(1)) {
          ElementFilters.Key attribute = ElementFilters.attribute(bound.get(1));
          elements.replaceAll(attribute::of);
        }
        yield String.join(Repr.str(bound.get(0, "")), Repr.all(elements));
      }
      case "reverse" ->
          value instanceof String text
              ? new StringBuilder(text).reverse().toString()
              : new Generator(new ArrayList<>(Sequences.list(value).reversed()).iterator());
      case "items" ->
          switch (value) {
            case Undefined _ -> new Generator(List.of().iterator());
            case Map<?, ?> dict ->
                new Generator(new DictView(DictView.Kind.ITEMS, dict).elements().iterator());
            default -> throw TemplateException.type("Can only get item pairs from a mapping.");
          };
      case "dictsort" -> dictSort(value, arguments);
      case "batch" -> batch(value, arguments);
      default -> slice(value, arguments);
    };
  }

  private static Object dictSort(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
    if (!(value instanceof Map<?, ?> dict)) {
      throw TemplateException.type("dictsort: must be a mapping, not " + TypeNames.of(value));
    }
    boolean caseSensitive = bound.flag(0, false);
    int part =
        switch (bound.text(1, "key")) {
          case "key" -> 0;
          case "value" -> 1;
          default ->
              throw TemplateException.of(
                  "FilterArgumentError", "You can only sort by either \"key\" or \"value\"");
        };
    List<Object> items = new DictView(DictView.Kind.ITEMS, dict).elements();
    Comparator<Object> order =
        (a, b) ->
            Compare.order(
                ElementFilters.folded(((Tuple) a).get(part), caseSensitive),
                ElementFilters.folded(((Tuple) b).get(part), caseSensitive),
                "<");
    items.sort(bound.flag(2, false) ? order.reversed() : order);
    return items;
  }

  private static Object batch(Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("batch", "linecount", "fill_with");
    int size = bound.integer(0);
    if (size <= 0) {
      throw TemplateException.value("batch: linecount must be positive, got " + size);
    }
    List<Object> elements = Sequences.list(value);
    List<Object> batches = new ArrayList<>();
    for (int i = 0; i < elements.size(); i += size) {
      List<Object> batch =
          new ArrayList<>(elements.subList(i, Math.min(elements.size(), i + size)));
      while (batch.size() < size && bound.get(1, None.NONE) != None.NONE) {
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
      throw TemplateException.value("slice: slices must be positive, got " + count);
    }
    List<Object> elements = Sequences.list(value);
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
