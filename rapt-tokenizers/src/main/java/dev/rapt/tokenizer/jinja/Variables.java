package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Undefined;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A scope of variables with its enclosing scope. Assignments affect the inner scope only. */
final class Variables {
  private final @Nullable Variables parent;
  private final Map<String, Object> variables = new HashMap<>();

  private final boolean isStrict;

  /** Creates a scope inside another. */
  Variables(Variables parent) {
    this(parent, parent.isStrict);
  }

  /**
   * Creates a scope.
   *
   * @param isStrict whether the value of an unknown name is an error wherever it is used
   */
  Variables(@Nullable Variables parent, boolean isStrict) {
    this.parent = parent;
    this.isStrict = isStrict;
  }

  void set(String name, Object value) {
    variables.put(name, value);
  }

  /** Returns the value of a variable, {@link Undefined} if there is none. */
  Object get(String name) {
    for (Variables scope = this; scope != null; scope = scope.parent) {
      Object value = scope.variables.get(name);
      if (value != null) {
        return value;
      }
    }
    return Undefined.name(name, isStrict);
  }
}
