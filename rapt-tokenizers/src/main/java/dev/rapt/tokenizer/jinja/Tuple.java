package dev.rapt.tokenizer.jinja;

import java.util.AbstractList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A tuple, which is printed in parentheses and equals no list; elements may have names. */
final class Tuple extends AbstractList<Object> {
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

  /** The element of a name, or null. */
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
