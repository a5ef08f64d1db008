package dev.rapt.tokenizer.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Carries out the statements of one rendering. */
final class Renderer {
  private enum Flow {
    NORMAL,
    BREAK,
    CONTINUE
  }

  private final Evaluator evaluator = new Evaluator();
  private final StringBuilder result = new StringBuilder();
  private final List<Template.Span> generated = new ArrayList<>();
  private StringBuilder out = result;

  Template.Rendered render(List<Statement> statements, Scope scope) {
    run(statements, scope);
    return new Template.Rendered(result.toString(), generated);
  }

  Object evaluate(Expression expression, Scope scope) {
    return evaluator.evaluate(expression, scope);
  }

  /** What statements print. */
  String capture(List<Statement> statements, Scope scope) {
    StringBuilder before = out;
    StringBuilder captured = new StringBuilder();
    out = captured;
    try {
      run(statements, scope);
    } finally {
      out = before;
    }
    return captured.toString();
  }

  private Flow run(List<Statement> statements, Scope scope) {
    for (Statement statement : statements) {
      Flow flow;
      try {
        flow = run(statement, scope);
      } catch (TemplateException e) {
        throw e.at(statement.line());
      }
      if (flow != Flow.NORMAL) {
        return flow;
      }
    }
    return Flow.NORMAL;
  }

  private Flow run(Statement statement, Scope scope) {
    switch (statement) {
      case Statement.Text text -> out.append(text.text());
      case Statement.Print print -> out.append(Repr.str(evaluate(print.value(), scope)));
      case Statement.If branch -> {
        boolean holds = Compare.isTrue(evaluate(branch.condition(), scope));
        return run(holds ? branch.then() : branch.otherwise(), scope);
      }
      case Statement.For loop -> {
        return run(loop, evaluate(loop.elements(), scope), scope, 0);
      }
      case Statement.Break _ -> {
        return Flow.BREAK;
      }
      case Statement.Continue _ -> {
        return Flow.CONTINUE;
      }
      case Statement.Set set -> assign(set.target(), evaluate(set.value(), scope), scope);
      case Statement.SetBlock set -> {
        String text = capture(set.body(), new Scope(scope));
        assign(set.target(), filtered(set.filter(), text, scope), scope);
      }
      case Statement.With with -> {
        Scope inner = new Scope(scope);
        for (int i = 0; i < with.targets().size(); i++) {
          assign(with.targets().get(i), evaluate(with.values().get(i), scope), inner);
        }
        return run(with.body(), inner);
      }
      case Statement.DefineMacro macro ->
          scope.set(
              macro.name(), new Macro(macro.name(), macro.signature(), macro.body(), scope, this));
      case Statement.CallBlock block -> {
        Macro caller = new Macro("caller", block.signature(), block.body(), scope, this);
        out.append(Repr.str(evaluator.call(block.call(), scope, caller)));
      }
      case Statement.FilterBlock block -> {
        String text = capture(block.body(), new Scope(scope));
        out.append(Repr.str(filtered(block.filter(), text, scope)));
      }
      case Statement.Block block -> {
        return run(block.body(), new Scope(scope));
      }
      case Statement.Generation generation -> {
        String text = capture(generation.body(), new Scope(scope));
        generated.add(new Template.Span(result.length(), result.length() + text.length()));
        out.append(text);
      }
    }
    return Flow.NORMAL;
  }

  private Object filtered(
      @org.jspecify.annotations.Nullable Expression filter, String text, Scope scope) {
    return filter == null ? text : evaluator.filterText(filter, text, scope);
  }

  private Flow run(Statement.For loop, Object elements, Scope scope, int depth) {
    List<Object> chosen = new ArrayList<>();
    for (Object element : Sequences.iterate(elements)) {
      Scope inner = new Scope(scope);
      assign(loop.target(), element, inner);
      if (loop.condition() == null || Compare.isTrue(evaluate(loop.condition(), inner))) {
        chosen.add(element);
      }
    }
    if (chosen.isEmpty()) {
      return run(loop.otherwise(), new Scope(scope));
    }
    Function recursion =
        !loop.recursive()
            ? null
            : arguments -> {
              StringBuilder before = out;
              out = new StringBuilder();
              try {
                run(loop, arguments.bind("loop", "iterable").get(0), scope, depth + 1);
                return out.toString();
              } finally {
                out = before;
              }
            };
    LoopState state = new LoopState(chosen, depth, recursion);
    for (int i = 0; i < chosen.size(); i++) {
      Scope inner = new Scope(scope);
      assign(loop.target(), chosen.get(i), inner);
      state.moveTo(i);
      inner.set("loop", state);
      if (run(loop.body(), inner) == Flow.BREAK) {
        break;
      }
    }
    return Flow.NORMAL;
  }

  private static void assign(Statement.Target target, Object value, Scope scope) {
    switch (target) {
      case Statement.Target.Variable variable -> scope.set(variable.name(), value);
      case Statement.Target.NamespaceField field -> {
        Object namespace = scope.get(field.namespace());
        if (!(namespace instanceof Namespace found)) {
          throw TemplateException.of(
              "TemplateRuntimeError", "cannot assign attribute on non-namespace object");
        }
        found.set(field.field(), value);
      }
      case Statement.Target.Several several -> {
        if (!Sequences.isIterable(value) || value instanceof Undefined) {
          throw value instanceof Undefined undefined
              ? undefined.error()
              : TemplateException.type(
                  "cannot unpack non-iterable " + TypeNames.of(value) + " object");
        }
        List<Object> values = Sequences.list(value);
        int wanted = several.targets().size();
        if (values.size() != wanted) {
          throw TemplateException.value(
              values.size() < wanted
                  ? "not enough values to unpack (expected "
                      + wanted
                      + ", got "
                      + values.size()
                      + ")"
                  : "too many values to unpack (expected " + wanted + ")");
        }
        Iterator<Object> each = values.iterator();
        several.targets().forEach(part -> assign(part, each.next(), scope));
      }
    }
  }
}
