package dev.rapt.tokenizer.jinja;



import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a template. */
sealed interface Statement {
  /** Line it begins on. */
  int line();

  /** Text as it is. */
  record Text(String text, int line) implements Statement {}

  /** {@code {{ value }}}. */
  record Print(Expression value, int line) implements Statement {}

  /** {@code if} with its {@code elif}s as an else. */
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

  /** {@code set} with a block of text, through filters where there are any. */
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

  /** A part in a scope of its own, named but not replaceable. */
  record Block(List<Statement> body, int line) implements Statement {}

  /** What the assistant writes; its place in the result is noted. */
  record Generation(List<Statement> body, int line) implements Statement {}

  /** What a value is assigned to. */
  sealed interface Target {
    record Variable(String name) implements Target {}

    record NamespaceField(String namespace, String field) implements Target {}

    record Several(List<Target> targets) implements Target {}
  }

  /**
   * Parameters of a macro.
   *
   * @param defaults of the last parameters
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
