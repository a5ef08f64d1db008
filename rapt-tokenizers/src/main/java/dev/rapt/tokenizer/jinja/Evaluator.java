package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Renderer.Macro;
import dev.rapt.tokenizer.jinja.Values.Function;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.Values.Tuple;
import dev.rapt.tokenizer.jinja.Values.Undefined;
import dev.rapt.tokenizer.jinja.text.Errors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluates expressions. */
final class Evaluator {
  Object evaluate(Expression expression, Variables scope) {
    return switch (expression) {
      case Expression.Constant constant -> constant.value();
      case Expression.Name name -> scope.get(name.name());
      case Expression.ListOf list -> all(list.elements(), scope);
      case Expression.TupleOf tuple -> new Tuple(all(tuple.elements(), scope));
      case Expression.DictOf dict -> dict(dict, scope);
      case Expression.Binary binary ->
          PythonMath.apply(
              binary.operator(), evaluate(binary.left(), scope), evaluate(binary.right(), scope));
      case Expression.Concatenation concatenation ->
          String.join("", Repr.all(all(concatenation.parts(), scope)));
      case Expression.Comparisons comparisons -> compare(comparisons, scope);
      case Expression.And and -> {
        Object left = evaluate(and.left(), scope);
        yield Compare.isTrue(left) ? evaluate(and.right(), scope) : left;
      }
      case Expression.Or or -> {
        Object left = evaluate(or.left(), scope);
        yield Compare.isTrue(left) ? left : evaluate(or.right(), scope);
      }
      case Expression.Not not -> !Compare.isTrue(evaluate(not.operand(), scope));
      case Expression.Negative negative -> PythonMath.negate(evaluate(negative.operand(), scope));
      case Expression.Positive positive -> PythonMath.positive(evaluate(positive.operand(), scope));
      case Expression.Conditional conditional -> {
        if (Compare.isTrue(evaluate(conditional.condition(), scope))) {
          yield evaluate(conditional.then(), scope);
        }
        yield conditional.otherwise() == null
            ? Undefined.because(
                "the inline if-expression evaluated to false and no else section was defined.")
            : evaluate(conditional.otherwise(), scope);
      }
      case Expression.Attribute attribute ->
          Elements.attribute(evaluate(attribute.owner(), scope), attribute.name());
      case Expression.Item item ->
          Elements.item(evaluate(item.owner(), scope), evaluate(item.key(), scope));
      case Expression.Slice slice ->
          Elements.slice(
              evaluate(slice.owner(), scope),
              orNone(slice.start(), scope),
              orNone(slice.stop(), scope),
              orNone(slice.step(), scope));
      case Expression.Call call -> call(call, scope, null);
      case Expression.Filter filter -> {
        Expression operand = filter.operand();
        if (operand == null) {
          throw new IllegalStateException("a filter before a block has no value of its own");
        }
        yield Filters.apply(
            filter.name(), evaluate(operand, scope), arguments(filter.arguments(), scope));
      }
      case Expression.Test test ->
          Tests.holds(
              test.name(), evaluate(test.operand(), scope), arguments(test.arguments(), scope));
    };
  }

  /** Evaluates a call, passing the macro {@code caller} if there is one. */
  Object call(Expression.Call call, Variables scope, @Nullable Macro caller) {
    Object callee = evaluate(call.callee(), scope);
    Arguments arguments = arguments(call.arguments(), scope);
    if (caller != null) {
      Map<String, Object> named = new LinkedHashMap<>(arguments.named());
      named.put("caller", caller);
      arguments = new Arguments(arguments.positional(), named);
    }
    return switch (callee) {
      case Function function -> function.call(arguments);
      case Undefined undefined -> throw undefined.error();
      default -> throw Errors.type("'" + Values.typeName(callee) + "' object is not callable");
    };
  }

  /** Applies the filters of a {@code filter} or {@code set} block to its text. */
  Object filterText(Expression filter, String text, Variables scope) {
    if (!(filter instanceof Expression.Filter chain)) {
      throw new IllegalStateException("only filters stand before a block");
    }
    Object value = chain.operand() == null ? text : filterText(chain.operand(), text, scope);
    return Filters.apply(chain.name(), value, arguments(chain.arguments(), scope));
  }

  private Object orNone(@Nullable Expression expression, Variables scope) {
    return expression == null ? None.NONE : evaluate(expression, scope);
  }

  private List<Object> all(List<Expression> expressions, Variables scope) {
    List<Object> values = new ArrayList<>(expressions.size());
    expressions.forEach(expression -> values.add(evaluate(expression, scope)));
    return values;
  }

  private Object dict(Expression.DictOf dict, Variables scope) {
    Map<Object, Object> result = new LinkedHashMap<>();
    for (int i = 0; i < dict.keys().size(); i++) {
      Object key = Elements.hashable(evaluate(dict.keys().get(i), scope));
      Elements.put(result, key, evaluate(dict.values().get(i), scope));
    }
    return result;
  }

  private Object compare(Expression.Comparisons comparisons, Variables scope) {
    Object left = evaluate(comparisons.first(), scope);
    for (int i = 0; i < comparisons.operators().size(); i++) {
      Object right = evaluate(comparisons.others().get(i), scope);
      if (!Compare.holds(comparisons.operators().get(i), left, right)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private Arguments arguments(Expression.CallArguments written, Variables scope) {
    if (written.equals(Expression.CallArguments.NONE)) {
      return Arguments.NONE;
    }
    List<Object> positional = all(written.positional(), scope);
    if (written.spread() != null) {
      positional.addAll(Elements.list(evaluate(written.spread(), scope)));
    }
    Map<String, Object> named = new LinkedHashMap<>();
    for (int i = 0; i < written.names().size(); i++) {
      named.put(written.names().get(i), evaluate(written.named().get(i), scope));
    }
    if (written.namedSpread() != null) {
      Object more = evaluate(written.namedSpread(), scope);
      if (!(more instanceof Map<?, ?> dict)) {
        throw Errors.type("argument after ** must be a mapping, not " + Values.typeName(more));
      }
      dict.forEach((name, value) -> named.put(Repr.str(name), value));
    }
    return new Arguments(positional, named);
  }
}
