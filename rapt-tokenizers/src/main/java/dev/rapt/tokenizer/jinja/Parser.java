package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Lexer.Token;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.types.ChatTemplateException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses the statements of a template. */
final class Parser extends ExpressionParser {
  private final Set<String> blocks = new HashSet<>();
  private int loops; // that enclose the current statement

  private Parser(List<Token> tokens) {
    super(tokens);
  }

  /**
   * Parses a template.
   *
   * @param keepsSpace whether white space around tags stays
   * @throws ChatTemplateException if the template is not well formed; names the line
   */
  static List<Statement> parse(String template, boolean keepsSpace) {
    try {
      Parser parser = new Parser(Lexer.tokens(template, keepsSpace));
      return parser.statements(Set.of(), "");
    } catch (StackOverflowError e) {
      throw Errors.syntax("nested too deeply", 0);
    }
  }

  /** Parses statements up to one of the end tags; its name is the current token afterwards. */
  private List<Statement> statements(Set<String> ends, String opened) {
    List<Statement> statements = new ArrayList<>();
    while (true) {
      Token token = next();
      switch (token.kind()) {
        case TEXT -> statements.add(new Statement.Text(token.text(), token.line()));
        case PRINT_BEGIN -> {
          statements.add(new Statement.Print(tuple(true), token.line()));
          expect(Token.Kind.PRINT_END, "'}}'");
        }
        case TAG_BEGIN -> {
          if (current().kind() == Token.Kind.NAME && ends.contains(current().text())) {
            return statements;
          }
          statements.add(statement());
          endTag();
        }
        default -> {
          if (!ends.isEmpty()) {
            throw Errors.syntax(
                "unexpected end of template; '"
                    + opened
                    + "' must be closed with '"
                    + String.join("' or '", ends.stream().sorted().toList())
                    + "'",
                token.line());
          }
          return statements;
        }
      }
    }
  }

  private void endTag() {
    expect(Token.Kind.TAG_END, "'%}'");
  }

  /** Parses the statements between this tag and its end tag, and the end tag itself. */
  private List<Statement> body(String opened, String end) {
    List<Statement> body = bodyUntil(opened, Set.of(end));
    next();
    return body;
  }

  private List<Statement> bodyUntil(String opened, Set<String> ends) {
    skipOperator(":");
    endTag();
    return statements(ends, opened);
  }

  private Statement statement() {
    Token tag = expect(Token.Kind.NAME, "the name of a tag");
    int line = tag.line();
    return switch (tag.text()) {
      case "if" -> ifStatement(line);
      case "for" -> forStatement(line);
      case "set" -> set(line);
      case "macro" -> macro(line);
      case "call" -> call(line);
      case "with" -> with(line);
      case "filter" -> {
        Expression filter = filter(null);
        while (skipOperator("|")) {
          filter = filter(filter);
        }
        yield new Statement.FilterBlock(filter, body("filter", "endfilter"), line);
      }
      case "print" -> print(line);
      case "break", "continue" -> {
        if (loops == 0) {
          throw Errors.syntax("'" + tag.text() + "' outside loop", line);
        }
        yield tag.text().equals("break") ? new Statement.Break(line) : new Statement.Continue(line);
      }
      case "generation" ->
          new Statement.Generation(functionBody("generation", "endgeneration"), line);
      case "block" -> {
        String name = expect(Token.Kind.NAME, "a name").text();
        if (!blocks.add(name)) {
          throw new ChatTemplateException(
              "TemplateAssertionError", "block '" + name + "' defined twice", line);
        }
        skipName("scoped");
        Statement block = new Statement.Block(body("block", "endblock"), line);
        skipName(name);
        yield block;
      }
      case "autoescape" -> {
        if (!expression().equals(new Expression.Constant(false))) {
          throw new ChatTemplateException(
              "TemplateAssertionError",
              "an autoescape block, which is supported with the constant false alone",
              line);
        }
        yield new Statement.Block(body("autoescape", "endautoescape"), line);
      }
      case "include", "import", "from", "extends" ->
          throw new ChatTemplateException(
              "TypeError",
              "'" + tag.text() + "': chat templates cannot read other templates",
              line);
      default -> throw Errors.syntax("Encountered unknown tag '" + tag.text() + "'.", line);
    };
  }

  private Statement print(int line) {
    List<Expression> values = new ArrayList<>(List.of(expression()));
    while (skipOperator(",")) {
      values.add(expression());
    }
    return new Statement.Print(
        values.size() == 1 ? values.getFirst() : new Expression.Concatenation(values), line);
  }

  /** Parses a body that {@code break} and {@code continue} cannot leave. */
  private List<Statement> functionBody(String opened, String end) {
    int outer = loops;
    loops = 0;
    List<Statement> body = body(opened, end);
    loops = outer;
    return body;
  }

  private Statement ifStatement(int line) {
    Expression condition = tuple(false);
    List<Statement> then = bodyUntil("if", Set.of("elif", "else", "endif"));
    Token end = next();
    List<Statement> otherwise =
        switch (end.text()) {
          case "elif" -> List.of(ifStatement(end.line()));
          case "else" -> body("if", "endif");
          default -> List.of();
        };
    return new Statement.If(condition, then, otherwise, line);
  }

  private Statement forStatement(int line) {
    Statement.Target target = target(false);
    expectName("in");
    Expression elements = tuple(false);
    Expression condition = skipName("if") ? expression() : null;
    boolean recursive = skipName("recursive");
    loops++;
    List<Statement> body = bodyUntil("for", Set.of("else", "endfor"));
    loops--;
    List<Statement> otherwise = next().text().equals("else") ? body("for", "endfor") : List.of();
    return new Statement.For(target, elements, condition, recursive, body, otherwise, line);
  }

  private Statement set(int line) {
    Statement.Target target = target(true);
    if (skipOperator("=")) {
      return new Statement.Set(target, tuple(true), line);
    }
    Expression filter = null;
    while (skipOperator("|")) {
      filter = filter(filter);
    }
    return new Statement.SetBlock(target, filter, body("set", "endset"), line);
  }

  /** Parses an assignment target: a name, a namespace field if allowed, or several with commas. */
  private Statement.Target target(boolean fields) {
    List<Statement.Target> targets = new ArrayList<>();
    boolean several = false;
    do {
      boolean ends = several && (current().isName("in") || current().isOperator("="));
      if (ends) {
        break;
      }
      targets.add(singleTarget(fields));
      several |= current().isOperator(",");
    } while (skipOperator(","));
    return several ? new Statement.Target.Several(targets) : targets.getFirst();
  }

  private Statement.Target singleTarget(boolean fields) {
    if (skipOperator("(")) {
      List<Statement.Target> targets = new ArrayList<>();
      while (!skipOperator(")")) {
        targets.add(singleTarget(fields));
        if (!current().isOperator(")")) {
          expectOperator(",");
        }
      }
      return targets.size() == 1 ? targets.getFirst() : new Statement.Target.Several(targets);
    }
    Token name = expect(Token.Kind.NAME, "a name to assign to");
    if (Set.of("true", "false", "none", "True", "False", "None").contains(name.text())) {
      throw Errors.syntax("can't assign to '" + name.text() + "'", name.line());
    }
    if (fields && skipOperator(".")) {
      return new Statement.Target.NamespaceField(
          name.text(), expect(Token.Kind.NAME, "a name").text());
    }
    return new Statement.Target.Variable(name.text());
  }

  private Statement with(int line) {
    List<Statement.Target> targets = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (current().kind() != Token.Kind.TAG_END && !current().isOperator(":")) {
      if (!targets.isEmpty()) {
        expectOperator(",");
      }
      targets.add(singleTarget(false));
      expectOperator("=");
      values.add(expression());
    }
    return new Statement.With(targets, values, body("with", "endwith"), line);
  }

  private Statement macro(int line) {
    String name = expect(Token.Kind.NAME, "a name").text();
    Set<String> before = collectNames();
    List<String> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    parameters(parameters, defaults);
    List<Statement> body = functionBody("macro", "endmacro");
    return new Statement.DefineMacro(
        name, signature(parameters, defaults, collectedNames(before)), body, line);
  }

  private Statement call(int line) {
    List<String> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    if (current().isOperator("(")) {
      parameters(parameters, defaults);
    }
    if (!(expression() instanceof Expression.Call call)) {
      throw Errors.syntax("expected call", line);
    }
    Set<String> before = collectNames();
    List<Statement> body = functionBody("call", "endcall");
    return new Statement.CallBlock(
        call, signature(parameters, defaults, collectedNames(before)), body, line);
  }

  private static Statement.Signature signature(
      List<String> parameters, List<Expression> defaults, Set<String> names) {
    return new Statement.Signature(
        parameters,
        defaults,
        names.contains("varargs"),
        names.contains("kwargs"),
        names.contains("caller"));
  }

  private void parameters(List<String> parameters, List<Expression> defaults) {
    expectOperator("(");
    while (!skipOperator(")")) {
      if (!parameters.isEmpty()) {
        expectOperator(",");
      }
      Token name = expect(Token.Kind.NAME, "the name of a parameter");
      if (parameters.contains(name.text())) {
        throw Errors.syntax("duplicate argument '" + name.text() + "'", name.line());
      }
      parameters.add(name.text());
      @Nullable Expression value = skipOperator("=") ? expression() : null;
      if (value != null) {
        defaults.add(value);
      } else if (name.isName("caller")) {
        throw new ChatTemplateException(
            "TemplateAssertionError",
            "the parameter caller of a macro must have a default value",
            name.line());
      } else if (!defaults.isEmpty()) {
        throw Errors.syntax("non-default argument follows default argument", name.line());
      }
    }
  }
}
