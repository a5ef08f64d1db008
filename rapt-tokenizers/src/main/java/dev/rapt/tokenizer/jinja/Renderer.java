package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.Function;
import dev.rapt.tokenizer.jinja.Values.Namespace;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.types.ChatTemplateException;
import dev.rapt.tokenizer.types.RenderedChat;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Executes the statements of a template; one instance renders once. */
final class Renderer {
  private enum Flow {
    NORMAL,
    BREAK,
    CONTINUE
  }

  private final boolean isStrict;
  private final Evaluator evaluator = new Evaluator();
  private final StringBuilder result = new StringBuilder();
  private final List<RenderedChat.Span> generated = new ArrayList<>();

  /** Elements of the loops that run, the outermost first; after an error, where it occurred. */
  private final List<Object> elementsInWork = new ArrayList<>();

  private StringBuilder out = result;

  /**
   * Creates a renderer.
   *
   * @param isStrict whether to print an undefined value is an error
   */
  Renderer(boolean isStrict) {
    this.isStrict = isStrict;
  }

  RenderedChat render(List<Statement> statements, Variables scope) {
    run(statements, scope);
    return new RenderedChat(result.toString(), generated);
  }

  /** Number of the first of these messages that is in work, from 1; 0 if none is. */
  @SuppressWarnings("ReferenceEquality") // another message may be equal
  int messageInWork(Object messages) {
    if (messages instanceof List<?> list) {
      for (Object element : elementsInWork) {
        for (int i = 0; i < list.size(); i++) {
          if (list.get(i) == element) {
            return i + 1;
          }
        }
      }
    }
    return 0;
  }

  Object evaluate(Expression expression, Variables scope) {
    return evaluator.evaluate(expression, scope);
  }

  /** Returns the output of statements. */
  String capture(List<Statement> statements, Variables scope) {
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

  private Flow run(List<Statement> statements, Variables scope) {
    for (Statement statement : statements) {
      Flow flow;
      try {
        flow = run(statement, scope);
      } catch (ChatTemplateException e) {
        throw Errors.at(statement.line(), e);
      }
      if (flow != Flow.NORMAL) {
        return flow;
      }
    }
    return Flow.NORMAL;
  }

  private Flow run(Statement statement, Variables scope) {
    switch (statement) {
      case Statement.Text text -> out.append(text.text());
      case Statement.Print print -> out.append(printed(evaluate(print.value(), scope)));
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
        String text = capture(set.body(), new Variables(scope));
        assign(set.target(), filtered(set.filter(), text, scope), scope);
      }
      case Statement.With with -> {
        Variables inner = new Variables(scope);
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
        String text = capture(block.body(), new Variables(scope));
        out.append(Repr.str(filtered(block.filter(), text, scope)));
      }
      case Statement.Block block -> {
        return run(block.body(), new Variables(scope));
      }
      case Statement.Generation generation -> {
        String text = capture(generation.body(), new Variables(scope));
        generated.add(new RenderedChat.Span(result.length(), result.length() + text.length()));
        out.append(text);
      }
    }
    return Flow.NORMAL;
  }

  private String printed(Object value) {
    if (isStrict && value instanceof Undefined undefined) {
      throw undefined.error();
    }
    return Repr.str(value);
  }

  private Object filtered(
      @org.jspecify.annotations.Nullable Expression filter, String text, Variables scope) {
    return filter == null ? text : evaluator.filterText(filter, text, scope);
  }

  private Flow run(Statement.For loop, Object elements, Variables scope, int depth) {
    List<Object> chosen = new ArrayList<>();
    for (Object element : Elements.iterate(elements)) {
      Variables inner = new Variables(scope);
      assign(loop.target(), element, inner);
      if (loop.condition() == null || Compare.isTrue(evaluate(loop.condition(), inner))) {
        chosen.add(element);
      }
    }
    if (chosen.isEmpty()) {
      return run(loop.otherwise(), new Variables(scope));
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
    boolean finished = false; // as in Jinja, a body that never reached its end counts as none
    for (int i = 0; i < chosen.size(); i++) {
      Variables inner = new Variables(scope);
      assign(loop.target(), chosen.get(i), inner);
      state.moveTo(i);
      inner.set("loop", state);
      elementsInWork.add(chosen.get(i));
      Flow flow = run(loop.body(), inner);
      elementsInWork.removeLast();
      if (flow == Flow.BREAK) {
        break;
      }
      finished |= flow == Flow.NORMAL;
    }
    return finished ? Flow.NORMAL : run(loop.otherwise(), new Variables(scope));
  }

  private static void assign(Statement.Target target, Object value, Variables scope) {
    switch (target) {
      case Statement.Target.Variable variable -> scope.set(variable.name(), value);
      case Statement.Target.NamespaceField field -> {
        Object namespace = scope.get(field.namespace());
        if (!(namespace instanceof Namespace found)) {
          throw Errors.of(
              "TemplateRuntimeError", "cannot assign attribute on non-namespace object");
        }
        found.set(field.field(), value);
      }
      case Statement.Target.Several several -> {
        if (!Elements.isIterable(value) || value instanceof Undefined) {
          throw value instanceof Undefined undefined
              ? undefined.error()
              : Errors.type("cannot unpack non-iterable " + Values.typeName(value) + " object");
        }
        List<Object> values = Elements.list(value);
        int wanted = several.targets().size();
        if (values.size() != wanted) {
          throw Errors.value(
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

  /** The variable {@code loop}. */
  static final class LoopState implements Function {
    private final List<Object> elements;
    private final int depth;
    private final @Nullable Function recursion;
    private int index;
    private @Nullable Object changed;

    /**
     * @param recursion renders the loop for other elements; null unless the loop is {@code
     *     recursive}
     */
    LoopState(List<Object> elements, int depth, @Nullable Function recursion) {
      this.elements = elements;
      this.depth = depth;
      this.recursion = recursion;
    }

    void moveTo(int newIndex) {
      index = newIndex;
    }

    int length() {
      return elements.size();
    }

    @Override
    public String toString() {
      return "<LoopContext " + (index + 1) + "/" + elements.size() + ">";
    }

    @Nullable Object attribute(String name) {
      int n = elements.size();
      return switch (name) {
        case "index" -> (long) index + 1;
        case "index0" -> (long) index;
        case "revindex" -> (long) n - index;
        case "revindex0" -> (long) n - index - 1;
        case "first" -> index == 0;
        case "last" -> index == n - 1;
        case "length" -> (long) n;
        case "depth" -> (long) depth + 1;
        case "depth0" -> (long) depth;
        case "previtem" ->
            index > 0 ? elements.get(index - 1) : Undefined.because("there is no previous item");
        case "nextitem" ->
            index + 1 < n ? elements.get(index + 1) : Undefined.because("there is no next item");
        case "cycle" -> (Function) this::cycle;
        case "changed" -> (Function) this::changed;
        default -> null;
      };
    }

    private Object cycle(Arguments arguments) {
      List<Object> items = arguments.positional();
      if (items.isEmpty()) {
        throw Errors.type("no items for cycling given");
      }
      return items.get(index % items.size());
    }

    private Object changed(Arguments arguments) {
      Tuple now = new Tuple(arguments.positional());
      boolean differs = changed == null || !Compare.equal(changed, now);
      changed = now;
      return differs;
    }

    @Override
    public Object call(Arguments arguments) {
      if (recursion == null) {
        throw Errors.type("The loop must have the 'recursive' marker to be called recursively.");
      }
      return recursion.call(arguments);
    }
  }

  /** A macro with the variables visible where it was defined. */
  record Macro(
      String name,
      Statement.Signature signature,
      List<Statement> body,
      Variables closure,
      Renderer renderer)
      implements Function {

    @Override
    public Object call(Arguments arguments) {
      Variables scope = new Variables(closure);
      List<String> parameters = signature.parameters();
      List<Object> positional = arguments.positional();
      Map<String, Object> named = new LinkedHashMap<>(arguments.named());
      int firstDefault = parameters.size() - signature.defaults().size();
      for (int i = 0; i < parameters.size(); i++) {
        String parameter = parameters.get(i);
        Object value = i < positional.size() ? positional.get(i) : named.remove(parameter);
        if (value == null) {
          value =
              i >= firstDefault
                  ? renderer.evaluate(signature.defaults().get(i - firstDefault), scope)
                  : Undefined.because("parameter '" + parameter + "' was not provided");
        }
        scope.set(parameter, value);
      }
      if (signature.takesCaller() && !parameters.contains("caller")) {
        Object caller = named.remove("caller");
        scope.set("caller", caller == null ? Undefined.because("No caller defined") : caller);
      }
      if (signature.takesMoreNamed()) {
        scope.set("kwargs", new LinkedHashMap<Object, Object>(named));
      } else if (!named.isEmpty()) {
        throw Errors.type(
            "macro '"
                + name
                + "' takes no keyword argument '"
                + named.keySet().iterator().next()
                + "'");
      }
      int given = Math.min(parameters.size(), positional.size());
      if (signature.takesMore()) {
        scope.set("varargs", new Tuple(positional.subList(given, positional.size())));
      } else if (positional.size() > parameters.size()) {
        throw Errors.type(
            "macro '" + name + "' takes not more than " + parameters.size() + " argument(s)");
      }
      return renderer.capture(body, scope);
    }

    @Nullable Object attribute(String attribute) {
      return switch (attribute) {
        case "name" -> name;
        case "arguments" -> new Tuple(List.copyOf(signature.parameters()));
        case "catch_varargs" -> signature.takesMore();
        case "catch_kwargs" -> signature.takesMoreNamed();
        case "caller" -> signature.takesCaller();
        default -> null;
      };
    }
  }
}
