package dev.rapt.tokenizer.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A node of the syntax tree that has a value. */
sealed interface Expression {
  /** Arithmetic operators. */
  enum Operator {
    ADD("+"),
    SUBTRACT("-"),
    MULTIPLY("*"),
    DIVIDE("/"),
    FLOOR_DIVIDE("//"),
    MODULO("%"),
    POWER("** or pow()");

    private final String symbol;

    Operator(String symbol) {
      this.symbol = symbol;
    }

    String symbol() {
      return symbol;
    }
  }

  /** Comparison operators. */
  enum Comparison {
    EQUAL,
    NOT_EQUAL,
    LESS,
    LESS_OR_EQUAL,
    GREATER,
    GREATER_OR_EQUAL,
    IN,
    NOT_IN
  }

  record Constant(Object value) implements Expression {}

  record Name(String name) implements Expression {}

  record ListOf(List<Expression> elements) implements Expression {}

  record TupleOf(List<Expression> elements) implements Expression {}

  record DictOf(List<Expression> keys, List<Expression> values) implements Expression {}

  record Binary(Operator operator, Expression left, Expression right) implements Expression {}

  /** Concatenation of strings with {@code ~}. */
  record Concatenation(List<Expression> parts) implements Expression {}

  /** A chain like {@code a < b <= c}. */
  record Comparisons(Expression first, List<Comparison> operators, List<Expression> others)
      implements Expression {}

  record And(Expression left, Expression right) implements Expression {}

  record Or(Expression left, Expression right) implements Expression {}

  record Not(Expression operand) implements Expression {}

  record Negative(Expression operand) implements Expression {}

  record Positive(Expression operand) implements Expression {}

  record Conditional(Expression condition, Expression then, @Nullable Expression otherwise)
      implements Expression {}

  record Attribute(Expression owner, String name) implements Expression {}

  record Item(Expression owner, Expression key) implements Expression {}

  record Slice(
      Expression owner,
      @Nullable Expression start,
      @Nullable Expression stop,
      @Nullable Expression step)
      implements Expression {}

  record Call(Expression callee, CallArguments arguments) implements Expression {}

  /** A filter; the operand is null where the filter applies to a block. */
  record Filter(@Nullable Expression operand, String name, CallArguments arguments)
      implements Expression {}

  record Test(Expression operand, String name, CallArguments arguments) implements Expression {}

  /** Arguments of a call: by position, by name, {@code *list}, {@code **dict}. */
  record CallArguments(
      List<Expression> positional,
      List<String> names,
      List<Expression> named,
      @Nullable Expression spread,
      @Nullable Expression namedSpread) {
    static final CallArguments NONE =
        new CallArguments(List.of(), List.of(), List.of(), null, null);
  }
}
