package dev.rapt.tokenizer.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A node of the syntax tree that produces output or changes variables. */
sealed interface Statement {
  /** The line on which the statement begins. */
  int line();

  /** Literal text. */
  record Text(String text, int line) implements Statement {}

  /** {@code {{ value }}}. */
  record Print(Expression value, int line) implements Statement {}

  /** {@code if}; an {@code elif} is an {@code if} in the else branch. */
  record If(Expression condition, List<Statement> then, List<Statement> otherwise, int line)
      implements Statement {}

  /** {@code for target in elements if condition}. */
  record For(
      Target target,
      Expression elements,
      @Nullable Expression condition,
      boolean recursive,
      List<Statement> body,
      List<Statement> otherwise,
      int line)
      implements Statement {}

  record Break(int line) implements Statement {}

  record Continue(int line) implements Statement {}

  record Set(Target target, Expression value, int line) implements Statement {}

  /** {@code set} with a block, whose text passes through the filter if there is one. */
  record SetBlock(Target target, @Nullable Expression filter, List<Statement> body, int line)
      implements Statement {}

  record With(List<Target> targets, List<Expression> values, List<Statement> body, int line)
      implements Statement {}

  record DefineMacro(String name, Signature signature, List<Statement> body, int line)
      implements Statement {}

  /** {@code call(parameters) callee(...)}: the body is the macro {@code caller}. */
  record CallBlock(Expression.Call call, Signature signature, List<Statement> body, int line)
      implements Statement {}

  record FilterBlock(Expression filter, List<Statement> body, int line) implements Statement {}

  /** {@code block}: its body has its own scope; template inheritance does not exist. */
  record Block(List<Statement> body, int line) implements Statement {}

  /** {@code generation}: text of the assistant, whose position in the result is recorded. */
  record Generation(List<Statement> body, int line) implements Statement {}

  /** The target of an assignment. */
  sealed interface Target {
    record Variable(String name) implements Target {}

    record NamespaceField(String namespace, String field) implements Target {}

    record Several(List<Target> targets) implements Target {}
  }

  /**
   * Parameters of a macro.
   *
   * @param defaults default values of the last parameters
   * @param takesMore whether the body uses {@code varargs}
   * @param takesMoreNamed whether it uses {@code kwargs}
   * @param takesCaller whether it uses {@code caller}
   */
  record Signature(
      List<String> parameters,
      List<Expression> defaults,
      boolean takesMore,
      boolean takesMoreNamed,
      boolean takesCaller) {}
}
