package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.types.ChatTemplateException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a call.
 *
 * @param positional in order
 * @param named in order
 */
record Arguments(List<Object> positional, Map<String, Object> named) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  /** Returns positional arguments without named ones. */
  static Arguments of(Object... positional) {
    return new Arguments(List.of(positional), Map.of());
  }

  /** Returns a copy without the first {@code count} positional arguments. */
  Arguments skip(int count) {
    return new Arguments(positional.subList(count, positional.size()), named);
  }

  /**
   * Returns the arguments if none has a name.
   *
   * @throws ChatTemplateException if one has
   */
  Arguments positionalOnly(String function) {
    if (!named.isEmpty()) {
      throw Errors.type(function + "() takes no keyword arguments");
    }
    return this;
  }

  /** Returns a copy without one named argument. */
  Arguments without(String name) {
    Map<String, Object> rest = new LinkedHashMap<>(named);
    rest.remove(name);
    return new Arguments(positional, rest);
  }

  /**
   * Binds each argument to its parameter.
   *
   * @throws ChatTemplateException if there are too many arguments, or one has an unknown name
   */
  Bound bind(String function, String... parameters) {
    if (positional.size() > parameters.length) {
      throw Errors.type(
          function
              + "() takes at most "
              + parameters.length
              + " arguments, got "
              + positional.size());
    }
    @Nullable Object[] values = Arrays.copyOf(positional.toArray(), parameters.length);
    named.forEach((name, value) -> {
      int index = Arrays.asList(parameters).indexOf(name);
      if (index < 0) {
        throw Errors.type(function + "() got an unexpected keyword argument '" + name + "'");
      }
      if (values[index] != null) {
        throw Errors.type(function + "() got multiple values for argument '" + name + "'");
      }
      values[index] = value;
    });
    return new Bound(function, parameters, values);
  }

  /** Arguments in the order of the parameters. */
  static final class Bound {
    private final String function;
    private final String[] parameters;
    private final @Nullable Object[] values;

    private Bound(String function, String[] parameters, @Nullable Object[] values) {
      this.function = function;
      this.parameters = parameters;
      this.values = values;
    }

    boolean has(int index) {
      return values[index] != null;
    }

    Object get(int index) {
      Object value = values[index];
      if (value == null) {
        throw Errors.type(function + "() missing required argument '" + parameters[index] + "'");
      }
      return value;
    }

    Object get(int index, Object otherwise) {
      return has(index) ? get(index) : otherwise;
    }

    String text(int index) {
      String text = Markup.textOf(get(index));
      if (text == null) {
        throw wrongType(index, "str");
      }
      return text;
    }

    String text(int index, String otherwise) {
      return has(index) ? text(index) : otherwise;
    }

    /** Returns the string, or null if the argument is missing or {@code none}. */
    @Nullable String textOrNull(int index) {
      return has(index) && get(index) != None.NONE ? text(index) : null;
    }

    boolean flag(int index, boolean otherwise) {
      return has(index) ? Compare.isTrue(get(index)) : otherwise;
    }

    int integer(int index) {
      return switch (get(index)) {
        case Long number -> Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE);
        case BigInteger number -> number.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
        case Boolean flag -> flag ? 1 : 0;
        default -> throw wrongType(index, "int");
      };
    }

    int integer(int index, int otherwise) {
      return has(index) && get(index) != None.NONE ? integer(index) : otherwise;
    }

    private ChatTemplateException wrongType(int index, String wanted) {
      Object value = get(index);
      return value instanceof Undefined undefined
          ? undefined.error()
          : Errors.type(
              function
                  + "() argument '"
                  + parameters[index]
                  + "' must be "
                  + wanted
                  + ", not "
                  + Values.typeName(value));
    }
  }

  /** Returns a copy with one more positional argument in front. */
  Arguments prepend(Object first) {
    List<Object> all = new ArrayList<>(positional.size() + 1);
    all.add(first);
    all.addAll(positional);
    return new Arguments(all, named);
  }
}
