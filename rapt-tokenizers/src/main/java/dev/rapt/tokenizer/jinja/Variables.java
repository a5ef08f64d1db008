package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Undefined;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Variables, and those around them. Assignments stay in the scope where they are made. */
final class Variables {
  private final @Nullable Variables parent;
  private final Map<String, Object> variables = new HashMap<>();

  Variables(@Nullable Variables parent) {
    this.parent = parent;
  }

  void set(String name, Object value) {
    variables.put(name, value);
  }

  /** The value of a name; undefined if there is none. */
  Object get(String name) {
    for (Variables scope = this; scope != null; scope = scope.parent) {
      Object value = scope.variables.get(name);
      if (value != null) {
        return value;
      }
    }
    return Undefined.name(name);
  }
}
