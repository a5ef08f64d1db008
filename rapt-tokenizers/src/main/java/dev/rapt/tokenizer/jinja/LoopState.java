package dev.rapt.tokenizer.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop}. */
final class LoopState implements Function {
  private final List<Object> elements;
  private final int depth;
  private final @Nullable Function recursion;
  private int index;
  private @Nullable Object changed;

  /**
   * @param recursion renders the loop for other elements; null where the loop is not recursive
   */
  LoopState(List<Object> elements, int depth, @Nullable Function recursion) {
    this.elements = elements;
    this.depth = depth;
    this.recursion = recursion;
  }

  void moveTo(int newIndex) {
    index = newIndex;
  }

  int length() {
    return elements.size();
  }

  @Nullable Object attribute(String name) {
    int n = elements.size();
    return switch (name) {
      case "index" -> (long) index + 1;
      case "index0" -> (long) index;
      case "revindex" -> (long) n - index;
      case "revindex0" -> (long) n - index - 1;
      case "first" -> index == 0;
      case "last" -> index == n - 1;
      case "length" -> (long) n;
      case "depth" -> (long) depth + 1;
      case "depth0" -> (long) depth;
      case "previtem" ->
          index > 0 ? elements.get(index - 1) : Undefined.because("there is no previous item");
      case "nextitem" ->
          index + 1 < n ? elements.get(index + 1) : Undefined.because("there is no next item");
      case "cycle" -> (Function) this::cycle;
      case "changed" -> (Function) this::changed;
      default -> null;
    };
  }

  private Object cycle(Arguments arguments) {
    List<Object> items = arguments.positional();
    if (items.isEmpty()) {
      throw TemplateException.type("no items for cycling given");
    }
    return items.get(index % items.size());
  }

  private Object changed(Arguments arguments) {
    Tuple now = new Tuple(arguments.positional());
    boolean differs = changed == null || !Compare.equal(changed, now);
    changed = now;
    return differs;
  }

  @Override
  public Object call(Arguments arguments) {
    if (recursion == null) {
      throw TemplateException.type(
          "The loop must have the 'recursive' marker to be called recursively.");
    }
    return recursion.call(arguments);
  }
}
