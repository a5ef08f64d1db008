package dev.rapt.generate.constrain.schema;

import dev.rapt.generate.constrain.automaton.Configurations;
import dev.rapt.generate.constrain.automaton.EmptyGrammarException;
import dev.rapt.generate.constrain.automaton.Lowering;
import dev.rapt.generate.constrain.automaton.Machine;
import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.expression.Expr;
import dev.rapt.generate.constrain.expression.Rules;
import dev.rapt.generate.constrain.regular.Fsa;
import dev.rapt.generate.options.JsonSpacing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Compiles a JSON Schema (draft 2020-12) to rules for the JSON texts that satisfy it. Each set of
 * schemas that apply to one value becomes a rule, so that recursive references are calls of rules.
 */
public final class SchemaCompiler {
  private static final int MAX_COUNT = 10_000;

  private final Expansion expansion;
  private final JsonNode document;
  private final JsonSpacing spacing;
  private final Separators separators;
  private final Map<String, Expr> rules = new LinkedHashMap<>();
  private final Deque<Runnable> open = new ArrayDeque<>(); // rules that are called, not yet made

  private SchemaCompiler(JsonNode document, JsonSpacing spacing) {
    this.document = document;
    this.spacing = spacing;
    expansion = new Expansion(document);
    separators = Separators.of(spacing);
    rules.put("character", JsonStrings.anyCharacter());
    rules.put("string", JsonStrings.quoted(Expr.star(new Expr.Call("character"))));
    rules.put("number", JsonNumbers.any());
    rules.put("integer", JsonNumbers.anyInteger());
  }

  /**
   * The rules for the texts of a schema.
   *
   * @param schema the document
   * @param spacing the white space of the texts
   * @throws IllegalArgumentException if it is malformed or has keywords that cannot be enforced;
   *     names the place by a JSON pointer
   */
  public static Rules compile(JsonNode schema, JsonSpacing spacing) {
    return new SchemaCompiler(schema, spacing).rules(List.of(SchemaNode.root(schema)));
  }

  private Rules rules(List<SchemaNode> schemas) {
    rules.put("root", value(schemas));
    while (!open.isEmpty()) {
      open.pop().run();
    }
    return new Rules(rules, "root");
  }

  /** The texts of values that satisfy all of these schemas. */
  private Expr value(List<SchemaNode> schemas) {
    List<Expr> options = new ArrayList<>();
    for (Conjunction conjunction : expansion.of(schemas)) {
      String name = conjunction.nodes().isEmpty() ? "any value" : conjunction.key();
      if (!rules.containsKey(name)) {
        rules.put(name, Expr.NONE); // until it is made
        open.push(() -> rules.put(name, conjunction(conjunction)));
      }
      options.add(new Expr.Call(name));
    }
    return options.size() == 1 ? options.getFirst() : new Expr.Choice(options);
  }

  private Expr conjunction(Conjunction schema) {
    List<JsonNode> values = schema.values();
    if (values != null) {
      return literals(schema, values);
    }
    List<Expr> options = new ArrayList<>();
    Set<JsonType> types = schema.types();
    for (JsonType type : types) {
      switch (type) {
        case NULL -> options.add(Expr.text("null"));
        case BOOLEAN -> options.add(Expr.choice(Expr.text("true"), Expr.text("false")));
        case INTEGER -> {
          if (!types.contains(JsonType.NUMBER)) {
            options.add(number(schema, true));
          }
        }
        case NUMBER -> options.add(number(schema, false));
        case STRING -> options.add(string(schema));
        case ARRAY -> options.add(array(schema));
        case OBJECT -> options.add(object(schema));
      }
    }
    return new Expr.Choice(options);
  }

  /** Those of the values that satisfy the other keywords. */
  private Expr literals(Conjunction schema, List<JsonNode> values) {
    List<SchemaNode> others =
        schema.nodes().stream().map(n -> n.only(SchemaNode.Part.WITHOUT_VALUES)).toList();
    Machine machine;
    try {
      SchemaCompiler compiler = new SchemaCompiler(document, spacing);
      compiler.rules.put("root", compiler.conjunction(new Conjunction(others)));
      while (!compiler.open.isEmpty()) {
        compiler.open.pop().run();
      }
      machine = Machine.of(new Rules(compiler.rules, "root"), CharSet.ALL);
    } catch (EmptyGrammarException nothing) {
      return Expr.NONE;
    }
    List<Expr> options = new ArrayList<>();
    for (JsonNode value : values) {
      if (matches(machine, JsonLiterals.text(value))) {
        options.add(JsonLiterals.of(value, separators));
      }
    }
    return new Expr.Choice(options);
  }

  private static boolean matches(Machine machine, String text) {
    Configurations at = machine.start();
    for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
      at = machine.step(at, next & 0xFF);
    }
    return at.hasEmpty();
  }

  private Expr number(Conjunction schema, boolean integer) {
    JsonNumbers.Limits limits = schema.limits(integer);
    if (limits.isFree()) {
      return new Expr.Call(integer ? "integer" : "number");
    }
    try {
      return JsonNumbers.within(limits);
    } catch (IllegalArgumentException e) {
      String keyword = limits.multiples().isEmpty() ? "minimum" : "multipleOf";
      throw schema.owner(keyword).error(keyword, String.valueOf(e.getMessage()));
    }
  }

  private Expr string(Conjunction schema) {
    if (schema.has("pattern", "format")) {
      return JsonStrings.of(StringContent.of(schema));
    }
    return schema.has("minLength", "maxLength")
        ? JsonStrings.quoted(StringContent.length(schema, new Expr.Call("character")))
        : new Expr.Call("string");
  }

  private int bounded(Conjunction schema, String keyword, @Nullable Integer count) {
    if (count != null && count > MAX_COUNT) {
      throw schema.owner(keyword).error(keyword, "must be at most %d".formatted(MAX_COUNT));
    }
    return count == null ? Integer.MAX_VALUE : count;
  }

  /** Node i of the graph has read i items. */
  private Expr array(Conjunction schema) {
    int least = bounded(schema, "minItems", schema.least("minItems"));
    Integer limit = schema.greatest("maxItems");
    int prefix = 0;
    for (SchemaNode node : schema.nodes()) {
      JsonNode listed = node.get("prefixItems");
      if (listed != null && !listed.isArray()) {
        throw node.error("prefixItems", "must be an array of schemas, got " + listed);
      }
      JsonNode items = node.get("items");
      if (items != null && items.isArray()) {
        throw node.error("items", "must be one schema, got an array; write prefixItems");
      }
      prefix = Math.max(prefix, listed == null ? 0 : listed.size());
    }
    int most = Math.max(Math.max(least, prefix), 1); // after so many items all are alike
    boolean isBounded = limit != null;
    most = isBounded ? bounded(schema, "maxItems", limit) : most;
    List<Expr.Graph.Edge> edges = new ArrayList<>();
    boolean[] finals = new boolean[most + 1];
    for (int i = 0; i <= most; i++) {
      finals[i] = i >= least;
      if (i < most || !isBounded) {
        Expr item = value(items(schema, i));
        Expr label = i == 0 ? item : Expr.sequence(separators.comma(), item);
        edges.add(new Expr.Graph.Edge(i, label, Math.min(i + 1, most)));
      }
    }
    return Expr.sequence(
        Expr.text("["),
        separators.inside(),
        new Expr.Graph(edges, finals),
        separators.inside(),
        Expr.text("]"));
  }

  /** The schemas of item i. */
  private static List<SchemaNode> items(Conjunction schema, int i) {
    List<SchemaNode> items = new ArrayList<>();
    for (SchemaNode node : schema.nodes()) {
      JsonNode prefix = node.get("prefixItems");
      if (prefix != null && i < prefix.size()) {
        items.add(node.at("prefixItems", Integer.toString(i)));
      } else if (node.get("items") != null) {
        items.add(node.at("items"));
      }
    }
    return items;
  }

  /**
   * Listed properties come first, in the order of the schema, then others. Node (i, c) of the graph
   * is before property i and after c members, where c stops at the greatest count that matters.
   */
  private Expr object(Conjunction schema) {
    ObjectShape shape = ObjectShape.of(schema);
    int least = bounded(schema, "minProperties", schema.least("minProperties"));
    Integer limit = schema.greatest("maxProperties");
    if (!shape.isClosed() && least > Math.max(1, shape.required().size())) {
      throw schema
          .owner("minProperties")
          .error(
              "minProperties",
              "must be at most 1 or the number of required properties where others are allowed,"
                  + " since names may repeat, got "
                  + least);
    }
    int most = Math.max(least, 1);
    most = limit == null ? most : Math.min(bounded(schema, "maxProperties", limit), most(shape));
    boolean isBounded = limit != null && limit == most;
    int rows = most + 1;
    List<String> names = List.copyOf(shape.names());
    List<Expr.Graph.Edge> edges = new ArrayList<>();
    boolean[] finals = new boolean[(names.size() + 1) * rows];
    for (int i = 0; i <= names.size(); i++) {
      boolean isListed = i < names.size();
      Expr member = isListed ? member(shape, names.get(i)) : additional(shape);
      for (int c = 0; c <= most; c++) {
        int from = i * rows + c;
        int next = isListed ? (i + 1) * rows : i * rows;
        if (c < most || !isBounded) {
          Expr label = c == 0 ? member : Expr.sequence(separators.comma(), member);
          edges.add(new Expr.Graph.Edge(from, label, next + Math.min(c + 1, most)));
        }
        if (isListed && !shape.required().contains(names.get(i))) {
          edges.add(new Expr.Graph.Edge(from, Expr.EMPTY, next + c));
        }
        finals[from] = !isListed && c >= least;
      }
    }
    return Expr.sequence(
        Expr.text("{"),
        separators.inside(),
        new Expr.Graph(edges, finals),
        separators.inside(),
        Expr.text("}"));
  }

  /** The greatest number of members that a limit can concern. */
  private static int most(ObjectShape shape) {
    return shape.isClosed() ? Math.max(1, shape.names().size()) : MAX_COUNT;
  }

  private Expr member(ObjectShape shape, String name) {
    Expr key = Expr.text(JsonStrings.literal(name));
    return Expr.sequence(key, separators.colon(), value(shape.schemasOf(name)));
  }

  /** A member with a name that no schema lists. */
  private Expr additional(ObjectShape shape) {
    if (shape.isClosed()) {
      return Expr.NONE;
    }
    Expr name = new Expr.Call("string");
    if (!shape.names().isEmpty()) {
      Expr any = Expr.star(new Expr.Chars(CharSet.ALL));
      Fsa listed = Fsa.of(Lowering.codePoints(Expr.oneOf(List.copyOf(shape.names()))));
      name = JsonStrings.of(Fsa.of(Lowering.codePoints(any)).minus(listed));
    }
    return Expr.sequence(name, separators.colon(), value(shape.additional()));
  }
}
