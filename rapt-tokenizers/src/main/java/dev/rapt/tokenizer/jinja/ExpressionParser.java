package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Lexer.Token;
import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.types.ChatTemplateException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses expressions, from the lowest operator precedence to the highest. */
class ExpressionParser {
  private static final Set<String> ENDS_TEST = Set.of("else", "or", "and");

  private final List<Token> tokens;
  private int position;

  /** Names used since collecting began; macros need them for their signatures. */
  private Set<String> namesRead = new HashSet<>();

  ExpressionParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  final Token current() {
    return tokens.get(position);
  }

  final Token lookAhead() {
    return tokens.get(Math.min(position + 1, tokens.size() - 1));
  }

  final Token next() {
    Token token = current();
    position += token.kind() == Token.Kind.END ? 0 : 1;
    return token;
  }

  final boolean skipName(String name) {
    boolean found = current().isName(name);
    if (found) {
      next();
    }
    return found;
  }

  final boolean skipOperator(String operator) {
    boolean found = current().isOperator(operator);
    if (found) {
      next();
    }
    return found;
  }

  final void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  final void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  final Token expect(Token.Kind kind, String described) {
    if (current().kind() != kind) {
      throw unexpected(described);
    }
    return next();
  }

  final ChatTemplateException unexpected(String wanted) {
    return Errors.syntax(
        "expected " + wanted + ", got '" + current().described() + "'", current().line());
  }

  /** Starts collecting the names used; returns the names collected so far. */
  final Set<String> collectNames() {
    Set<String> before = namesRead;
    namesRead = new HashSet<>();
    return before;
  }

  /** Stops collecting and returns the names; they also count for the outer collection. */
  final Set<String> collectedNames(Set<String> before) {
    Set<String> names = namesRead;
    before.addAll(names);
    namesRead = before;
    return names;
  }

  final Expression expression() {
    Expression value = or();
    while (skipName("if")) {
      Expression condition = or();
      Expression otherwise = skipName("else") ? expression() : null;
      value = new Expression.Conditional(condition, value, otherwise);
    }
    return value;
  }

  /** Parses an expression, or a tuple if commas follow. */
  final Expression tuple(boolean conditional) {
    List<Expression> elements = new ArrayList<>();
    boolean isTuple = false;
    while (!endsTuple()) {
      elements.add(conditional ? expression() : or());
      if (!skipOperator(",")) {
        break;
      }
      isTuple = true;
    }
    if (isTuple) {
      return new Expression.TupleOf(elements);
    }
    if (elements.isEmpty()) {
      throw unexpected("an expression");
    }
    return elements.getFirst();
  }

  private boolean endsTuple() {
    Token token = current();
    return token.kind() == Token.Kind.PRINT_END
        || token.kind() == Token.Kind.TAG_END
        || token.isOperator(")")
        || token.isName("recursive");
  }

  final Expression or() {
    Expression left = and();
    while (skipName("or")) {
      left = new Expression.Or(left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (skipName("and")) {
      left = new Expression.And(left, not());
    }
    return left;
  }

  private Expression not() {
    return skipName("not") ? new Expression.Not(not()) : comparison();
  }

  private Expression comparison() {
    Expression first = sum();
    List<Expression.Comparison> operators = new ArrayList<>();
    List<Expression> others = new ArrayList<>();
    Expression.Comparison operator = comparisonOperator();
    while (operator != null) {
      operators.add(operator);
      others.add(sum());
      operator = comparisonOperator();
    }
    return operators.isEmpty() ? first : new Expression.Comparisons(first, operators, others);
  }

  private Expression.@Nullable Comparison comparisonOperator() {
    Token token = current();
    if (token.isName("not") && lookAhead().isName("in")) {
      next();
      next();
      return Expression.Comparison.NOT_IN;
    }
    Expression.Comparison operator =
        token.kind() == Token.Kind.OPERATOR
            ? switch (token.text()) {
              case "==" -> Expression.Comparison.EQUAL;
              case "!=" -> Expression.Comparison.NOT_EQUAL;
              case "<" -> Expression.Comparison.LESS;
              case "<=" -> Expression.Comparison.LESS_OR_EQUAL;
              case ">" -> Expression.Comparison.GREATER;
              case ">=" -> Expression.Comparison.GREATER_OR_EQUAL;
              default -> null;
            }
            : token.isName("in") ? Expression.Comparison.IN : null;
    if (operator != null) {
      next();
    }
    return operator;
  }

  private Expression sum() {
    Expression left = concatenation();
    while (current().isOperator("+") || current().isOperator("-")) {
      Expression.Operator operator =
          next().text().equals("+") ? Expression.Operator.ADD : Expression.Operator.SUBTRACT;
      left = new Expression.Binary(operator, left, concatenation());
    }
    return left;
  }

  private Expression concatenation() {
    Expression first = product();
    if (!current().isOperator("~")) {
      return first;
    }
    List<Expression> parts = new ArrayList<>(List.of(first));
    while (skipOperator("~")) {
      parts.add(product());
    }
    return new Expression.Concatenation(parts);
  }

  private Expression product() {
    Expression left = power();
    while (true) {
      Expression.Operator operator =
          current().kind() != Token.Kind.OPERATOR
              ? null
              : switch (current().text()) {
                case "*" -> Expression.Operator.MULTIPLY;
                case "/" -> Expression.Operator.DIVIDE;
                case "//" -> Expression.Operator.FLOOR_DIVIDE;
                case "%" -> Expression.Operator.MODULO;
                default -> null;
              };
      if (operator == null) {
        return left;
      }
      next();
      left = new Expression.Binary(operator, left, power());
    }
  }

  private Expression power() {
    Expression left = unary(true);
    while (skipOperator("**")) {
      left = new Expression.Binary(Expression.Operator.POWER, left, unary(true));
    }
    return left;
  }

  private Expression unary(boolean withFilters) {
    Expression value;
    if (skipOperator("-")) {
      value = new Expression.Negative(unary(false));
    } else if (skipOperator("+")) {
      value = new Expression.Positive(unary(false));
    } else {
      value = primary();
    }
    value = postfix(value);
    return withFilters ? filtersAndTests(value) : value;
  }

  private Expression primary() {
    Token token = current();
    return switch (token.kind()) {
      case NAME -> {
        next();
        yield switch (token.text()) {
          case "true", "True" -> new Expression.Constant(true);
          case "false", "False" -> new Expression.Constant(false);
          case "none", "None" -> new Expression.Constant(None.NONE);
          default -> {
            namesRead.add(token.text());
            yield new Expression.Name(token.text());
          }
        };
      }
      case STRING -> {
        StringBuilder text = new StringBuilder();
        while (current().kind() == Token.Kind.STRING) {
          text.append(next().value());
        }
        yield new Expression.Constant(text.toString());
      }
      case NUMBER -> new Expression.Constant(next().value());
      case OPERATOR ->
          switch (token.text()) {
            case "(" -> {
              next();
              boolean isEmpty = current().isOperator(")");
              Expression inside = isEmpty ? new Expression.TupleOf(List.of()) : tuple(true);
              expectOperator(")");
              yield inside;
            }
            case "[" -> {
              next();
              yield new Expression.ListOf(expressionsUntil("]"));
            }
            case "{" -> dict();
            default -> throw unexpected("an expression");
          };
      default -> throw unexpected("an expression");
    };
  }

  /** Parses expressions separated by commas, and the closing bracket. */
  private List<Expression> expressionsUntil(String close) {
    List<Expression> elements = new ArrayList<>();
    while (!skipOperator(close)) {
      if (!elements.isEmpty()) {
        expectOperator(",");
        if (skipOperator(close)) {
          break;
        }
      }
      elements.add(expression());
    }
    return elements;
  }

  private Expression dict() {
    next();
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!skipOperator("}")) {
      if (!keys.isEmpty()) {
        expectOperator(",");
        if (skipOperator("}")) {
          break;
        }
      }
      keys.add(expression());
      expectOperator(":");
      values.add(expression());
    }
    return new Expression.DictOf(keys, values);
  }

  private Expression postfix(Expression value) {
    while (true) {
      if (skipOperator(".")) {
        Token token = next();
        value =
            switch (token.kind()) {
              case NAME -> new Expression.Attribute(value, token.text());
              case NUMBER -> new Expression.Item(value, new Expression.Constant(token.value()));
              default -> throw Errors.syntax("expected name or number", token.line());
            };
      } else if (skipOperator("[")) {
        value = subscript(value);
      } else if (current().isOperator("(")) {
        value = new Expression.Call(value, arguments());
      } else {
        return value;
      }
    }
  }

  private Expression subscript(Expression owner) {
    Expression start = current().isOperator(":") ? null : expression();
    if (start != null && !current().isOperator(":")) {
      if (current().isOperator(",")) {
        List<Expression> keys = new ArrayList<>(List.of(start));
        while (skipOperator(",") && !current().isOperator("]")) {
          keys.add(expression());
        }
        start = new Expression.TupleOf(keys);
      }
      expectOperator("]");
      return new Expression.Item(owner, start);
    }
    expectOperator(":");
    Expression stop = current().isOperator(":") || current().isOperator("]") ? null : expression();
    Expression step = null;
    if (skipOperator(":") && !current().isOperator("]")) {
      step = expression();
    }
    expectOperator("]");
    return new Expression.Slice(owner, start, stop, step);
  }

  final Expression filtersAndTests(Expression value) {
    while (true) {
      if (skipOperator("|")) {
        value = filter(value);
      } else if (skipName("is")) {
        value = test(value);
      } else if (current().isOperator("(")) {
        value = new Expression.Call(value, arguments());
      } else {
        return value;
      }
    }
  }

  /** Parses a filter; its name is the current token. */
  final Expression filter(@Nullable Expression operand) {
    String name = dottedName();
    Expression.CallArguments arguments =
        current().isOperator("(") ? arguments() : Expression.CallArguments.NONE;
    return new Expression.Filter(operand, name, arguments);
  }

  private String dottedName() {
    StringBuilder name = new StringBuilder(expect(Token.Kind.NAME, "a name").text());
    while (skipOperator(".")) {
      name.append('.').append(expect(Token.Kind.NAME, "a name").text());
    }
    return name.toString();
  }

  private Expression test(Expression operand) {
    boolean negated = skipName("not");
    String name = dottedName();
    Token token = current();
    Expression.CallArguments arguments = Expression.CallArguments.NONE;
    boolean takesOperand =
        switch (token.kind()) {
          case NAME -> !ENDS_TEST.contains(token.text());
          case STRING, NUMBER -> true;
          default -> token.isOperator("[") || token.isOperator("{");
        };
    if (token.isOperator("(")) {
      arguments = arguments();
    } else if (token.isName("is")) {
      throw Errors.syntax("You cannot chain multiple tests with is", token.line());
    } else if (takesOperand) {
      arguments =
          new Expression.CallArguments(
              List.of(postfix(primary())), List.of(), List.of(), null, null);
    }
    Expression test = new Expression.Test(operand, name, arguments);
    return negated ? new Expression.Not(test) : test;
  }

  private Expression.CallArguments arguments() {
    int line = current().line();
    expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<Expression> named = new ArrayList<>();
    Expression spread = null;
    Expression namedSpread = null;
    boolean isFirst = true;
    while (!skipOperator(")")) {
      if (!isFirst) {
        expectOperator(",");
        if (skipOperator(")")) {
          break;
        }
      }
      isFirst = false;
      if (skipOperator("*")) {
        spread = expression();
      } else if (skipOperator("**")) {
        namedSpread = expression();
      } else if (current().kind() == Token.Kind.NAME && lookAhead().isOperator("=")) {
        names.add(next().text());
        next();
        named.add(expression());
      } else if (names.isEmpty() && spread == null && namedSpread == null) {
        positional.add(expression());
      } else {
        throw Errors.syntax("invalid syntax for function call expression", line);
      }
    }
    return new Expression.CallArguments(positional, names, named, spread, namedSpread);
  }
}
