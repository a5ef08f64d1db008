package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Function;
import dev.rapt.tokenizer.jinja.Values.Namespace;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Range;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.jinja.text.TimeFormat;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Functions that every template can call, like {@code range} and {@code namespace}. */
final class Globals {
  private Globals() {}

  static void define(Variables scope, Supplier<LocalDateTime> now) {
    scope.set("range", (Function) Globals::range);
    scope.set("dict", (Function) Globals::dict);
    scope.set("namespace", (Function) Globals::namespace);
    scope.set("joiner", (Function) Globals::joiner);
    scope.set("cycler", (Function) Globals::cycler);
    scope.set(
        "lipsum",
        (Function)
            _ -> {
              throw Errors.type("lipsum: random text is not supported");
            });
    scope.set(
        "raise_exception",
        (Function)
            arguments -> {
              throw Errors.of(
                  "TemplateError", Repr.str(arguments.bind("raise_exception", "message").get(0)));
            });
    scope.set(
        "strftime_now",
        (Function)
            arguments ->
                TimeFormat.format(arguments.bind("strftime_now", "format").text(0), now.get()));
  }

  private static Object range(Arguments arguments) {
    Arguments.Bound bound = arguments.bind("range", "start", "stop", "step");
    return bound.has(1)
        ? new Range(bound.integer(0), bound.integer(1), bound.integer(2, 1))
        : new Range(0, bound.integer(0), 1);
  }

  private static Object dict(Arguments arguments) {
    Map<Object, Object> dict = new LinkedHashMap<>();
    if (!arguments.positional().isEmpty()) {
      Object source = arguments.positional().getFirst();
      if (source instanceof Map<?, ?> map) {
        dict.putAll(map);
      } else {
        for (Object pair : Elements.iterate(source)) {
          List<Object> parts = Elements.list(pair);
          if (parts.size() != 2) {
            throw Errors.value(
                "dictionary update sequence element has length "
                    + parts.size()
                    + "; 2 is required");
          }
          dict.put(parts.get(0), parts.get(1));
        }
      }
    }
    dict.putAll(arguments.named());
    return dict;
  }

  private static Object namespace(Arguments arguments) {
    Namespace namespace = new Namespace();
    if (dict(arguments) instanceof Map<?, ?> attributes) {
      attributes.forEach((name, value) -> namespace.set(Repr.str(name), value));
    }
    return namespace;
  }

  private static Object joiner(Arguments arguments) {
    String separator = arguments.bind("joiner", "sep").text(0, ", ");
    AtomicInteger calls = new AtomicInteger();
    return (Function) _ -> calls.getAndIncrement() == 0 ? "" : separator;
  }

  private static Object cycler(Arguments arguments) {
    List<Object> items = arguments.positional();
    if (items.isEmpty()) {
      throw Errors.type("at least one item has to be provided");
    }
    AtomicInteger position = new AtomicInteger();
    Namespace cycler = new Namespace();
    cycler.set("current", items.getFirst());
    cycler.set(
        "next",
        (Function)
            _ -> {
              Object item = items.get(position.get());
              position.set((position.get() + 1) % items.size());
              cycler.set("current", items.get(position.get()));
              return item;
            });
    cycler.set(
        "reset",
        (Function)
            _ -> {
              position.set(0);
              cycler.set("current", items.getFirst());
              return None.NONE;
            });
    return cycler;
  }
}
