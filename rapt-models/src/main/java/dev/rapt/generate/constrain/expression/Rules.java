package dev.rapt.generate.constrain.expression;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Rules that call each other by name, and the one that a whole text matches.
 *
 * @param rules by name; every called name is among them
 * @param root name of the rule for a whole text
 */
public record Rules(Map<String, Expr> rules, String root) {
  /**
   * Copies the map.
   *
   * @throws IllegalArgumentException if the root is no rule
   */
  public Rules {
    rules = Collections.unmodifiableMap(new LinkedHashMap<>(rules));
    if (!rules.containsKey(root)) {
      throw new IllegalArgumentException(
          "grammar: must have a rule %s, got none of that name".formatted(root));
    }
  }

  /** One rule, {@code root}. */
  public static Rules of(Expr root) {
    return new Rules(Map.of("root", root), "root");
  }

  /** The expression of a rule. */
  public Expr get(String name) {
    Expr expr = rules.get(name);
    if (expr == null) {
      throw new IllegalArgumentException(
          "grammar: must define every rule that it calls, got no rule " + name);
    }
    return expr;
  }
}
