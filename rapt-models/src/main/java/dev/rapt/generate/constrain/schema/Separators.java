package dev.rapt.generate.constrain.schema;

import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.expression.Expr;
import dev.rapt.generate.options.JsonSpacing;

/**
 * What stands between the values of a JSON text.
 *
 * @param comma with its white space
 * @param colon with its white space
 * @param inside white space after an opening bracket and before a closing one
 */
record Separators(Expr comma, Expr colon, Expr inside) {
  static Separators of(JsonSpacing spacing) {
    Expr space = new Expr.Chars(spacing.onlySpaces() ? CharSet.of(' ') : CharSet.ofText(" \t\n\r"));
    Expr inside = new Expr.Repeat(space, 0, spacing.elsewhere());
    Expr after = new Expr.Repeat(space, 0, spacing.afterSeparators());
    return new Separators(
        Expr.sequence(inside, Expr.text(","), after),
        Expr.sequence(inside, Expr.text(":"), after),
        inside);
  }
}
