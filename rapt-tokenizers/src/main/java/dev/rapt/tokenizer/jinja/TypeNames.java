package dev.rapt.tokenizer.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** What Python calls the types of values. */
final class TypeNames {
  private TypeNames() {}

  static String of(Object value) {
    return switch (value) {
      case None _ -> "NoneType";
      case Boolean _ -> "bool";
      case Long _, BigInteger _ -> "int";
      case Double _ -> "float";
      case String _ -> "str";
      case Tuple _ -> "tuple";
      case Range _ -> "range";
      case List<?> _ -> "list";
      case Map<?, ?> _ -> "dict";
      case DictView view -> view.kind().typeName();
      case Generator _ -> "generator";
      case Undefined _ -> "Undefined";
      case Namespace _ -> "Namespace";
      case Macro _ -> "Macro";
      case LoopState _ -> "LoopContext";
      case Function _ -> "function";
      default -> throw new IllegalArgumentException("no template value: " + value.getClass());
    };
  }

  /** How messages about missing attributes call a value. */
  static String described(Object value) {
    return switch (value) {
      case None _ -> "None";
      case Namespace _ -> "jinja2.utils.Namespace object";
      case Macro _ -> "jinja2.runtime.Macro object";
      case LoopState _ -> "jinja2.runtime.LoopContext object";
      default -> of(value) + " object";
    };
  }
}
