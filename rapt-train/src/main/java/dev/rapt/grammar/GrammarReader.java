package dev.rapt.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the notation of {@link StoryGrammar}. Sections begin at the start of a line, their lines
 * are indented, and {@code #} begins a comment line.
 */
final class GrammarReader {
  private static final Pattern LEXICON =
      Pattern.compile("lexicon (\\w+)(?: \\(([\\w ]+)\\))?(?: \\{([^}]*)\\})?");
  private static final Pattern WEIGHTED = Pattern.compile("(\\d+): (.*)");
  private static final Pattern ITEM = Pattern.compile("\\{([^{}]*)\\}|<(\\w+)>|[{}<>]");
  private static final Pattern ALIAS = Pattern.compile("(\\w+):=(\\w+)(?:\\+(\\w+))?");
  private static final Pattern DRAW = Pattern.compile("(\\w+)=(\\w+)(?:\\.(\\w+))?");
  private static final Pattern REFERENCE = Pattern.compile("(\\w+)(?:\\.(\\w+))?");

  private final Map<String, Rule> rules = new LinkedHashMap<>();
  private final Map<String, RawLexicon> rawLexicons = new LinkedHashMap<>();
  private final Map<String, Lexicon> lexicons = new LinkedHashMap<>();
  private final Map<String, String> plural = new LinkedHashMap<>();
  private final List<String> forms = new ArrayList<>(List.of("name", "Name"));
  private final Map<String, Integer> variables = new LinkedHashMap<>();
  private final Set<String> slots = new HashSet<>();
  private final Set<Rule> called = new HashSet<>();
  private int line;

  private record RawLexicon(
      int line, List<String> columns, Map<String, String> shared, List<String> entries) {}

  static Grammar read(String source) {
    return new GrammarReader().parse(source);
  }

  private Grammar parse(String source) {
    List<String> lines = source.lines().toList();
    readSections(lines);
    if (rules.isEmpty()) {
      throw new IllegalArgumentException(
          "grammar: must have a rule; begin a line with 'rule NAME'");
    }
    internForms(rawLexicons);
    rawLexicons.forEach((name, raw) -> lexicons.put(name, lexicon(name, raw)));
    readRules(lines);
    Rule start = rules.values().iterator().next();
    for (Rule rule : rules.values()) {
      if (rule.alternatives().isEmpty()) {
        throw new IllegalArgumentException("grammar: rule " + rule.name() + " is empty");
      }
      if (rule != start && !called.contains(rule)) {
        throw new IllegalArgumentException("grammar: rule " + rule.name() + " is never used");
      }
    }
    boolean[] isSlot = new boolean[variables.size()];
    variables.forEach((name, id) -> isSlot[id] = slots.contains(name));
    return new Grammar(
        start,
        List.copyOf(lexicons.values()),
        List.copyOf(variables.keySet()),
        isSlot,
        List.copyOf(forms),
        formTexts(plural));
  }

  /** First pass: the names of rules and lexicons, and the entries. */
  private void readSections(List<String> lines) {
    @Nullable RawLexicon open = null;
    boolean inRule = false;
    for (line = 1; line <= lines.size(); line++) {
      String text = lines.get(line - 1);
      if (isComment(text)) {
        continue;
      }
      if (Character.isWhitespace(text.charAt(0))) {
        if (open != null) {
          Arrays.stream(text.split(","))
              .map(String::strip)
              .filter(s -> !s.isEmpty())
              .forEach(open.entries()::add);
        } else if (!inRule) {
          throw error("an indented line must belong to a rule or a lexicon", text.strip());
        }
        continue;
      }
      open = null;
      inRule = text.startsWith("rule ");
      if (inRule) {
        String name = text.substring(5).strip();
        if (rules.put(name, new Rule(name)) != null) {
          throw error("rules must have different names", name);
        }
      } else if (text.startsWith("plural ")) {
        plural.putAll(pairs(text.substring(7)));
      } else {
        Matcher m = LEXICON.matcher(text);
        if (!m.matches()) {
          throw error("must be 'rule NAME', 'lexicon NAME (FORMS) {FORM=TEXT}' or 'plural'", text);
        }
        List<String> columns = m.group(2) == null ? List.of("name") : words(m.group(2));
        open =
            new RawLexicon(
                line, columns, pairs(m.group(3) == null ? "" : m.group(3)), new ArrayList<>());
        if (rawLexicons.put(m.group(1), open) != null) {
          throw error("lexicons must have different names", m.group(1));
        }
      }
    }
  }

  /** Second pass: the alternatives, now that all rules and lexicons are known. */
  private void readRules(List<String> lines) {
    @Nullable Rule rule = null;
    for (line = 1; line <= lines.size(); line++) {
      String text = lines.get(line - 1);
      if (isComment(text)) {
        continue;
      }
      if (!Character.isWhitespace(text.charAt(0))) {
        rule = text.startsWith("rule ") ? rules.get(text.substring(5).strip()) : null;
      } else if (rule != null) {
        rule.add(alternative(text.strip()));
      }
    }
  }

  private Rule.Alternative alternative(String text) {
    int weight = 1;
    Matcher weighted = WEIGHTED.matcher(text);
    if (weighted.matches()) {
      weight = Integer.parseInt(weighted.group(1));
      text = weighted.group(2);
      if (weight < 1) {
        throw error("a weight must be positive", text);
      }
    }
    if (text.equals("-")) {
      return new Rule.Alternative(weight, List.of());
    }
    text = text.startsWith("_") ? " " + text.substring(1) : text;
    text = text.endsWith("_") ? text.substring(0, text.length() - 1) + " " : text;
    List<Item> items = new ArrayList<>();
    Matcher m = ITEM.matcher(text);
    int end = 0;
    while (m.find()) {
      literal(items, text.substring(end, m.start()));
      end = m.end();
      if (m.group(2) != null) {
        Rule rule = rules.get(m.group(2));
        if (rule == null) {
          throw error("must name a rule", m.group());
        }
        called.add(rule);
        items.add(new Item.Call(rule));
      } else if (m.group(1) != null) {
        items.add(variableItem(m.group(1)));
      } else {
        throw error("brackets must be closed", text);
      }
    }
    literal(items, text.substring(end));
    return new Rule.Alternative(weight, List.copyOf(items));
  }

  private static void literal(List<Item> items, String text) {
    if (!text.isEmpty()) {
      items.add(new Item.Literal(text.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private Item variableItem(String inner) {
    Matcher alias = ALIAS.matcher(inner);
    if (alias.matches()) {
      int second = alias.group(3) == null ? Item.Alias.NONE : variable(alias.group(3));
      return new Item.Alias(variable(alias.group(1)), variable(alias.group(2)), second);
    }
    Matcher draw = DRAW.matcher(inner);
    if (draw.matches()) {
      Lexicon lexicon = lexicons.get(draw.group(2));
      if (lexicon == null) {
        throw error("must name a lexicon", inner);
      }
      int form = draw.group(3) == null ? Grammar.NAME : form(draw.group(3));
      requireDistinct(lexicon, form);
      slots.add(draw.group(1));
      return new Item.Draw(variable(draw.group(1)), lexicon, form);
    }
    Matcher reference = REFERENCE.matcher(inner);
    if (reference.matches()) {
      int form = reference.group(2) == null ? Grammar.NAME : form(reference.group(2));
      return new Item.Reference(variable(reference.group(1)), form);
    }
    throw error("must be {slot=lexicon.form}, {alias:=slot} or {slot.form}", inner);
  }

  /** The form that a draw emits must differ between entries. */
  private void requireDistinct(Lexicon lexicon, int form) {
    Set<String> seen = new HashSet<>();
    for (Lexicon.Entry entry : lexicon.entries()) {
      byte @Nullable [] text = entry.forms()[form];
      String written = text == null ? "nothing" : new String(text, StandardCharsets.UTF_8);
      if (text == null || !seen.add(written)) {
        throw error(
            "entries of " + lexicon.name() + " must differ in form " + forms.get(form), written);
      }
    }
  }

  private int variable(String name) {
    Integer id = variables.putIfAbsent(name, variables.size());
    return id == null ? variables.size() - 1 : id;
  }

  private int form(String name) {
    int id = forms.indexOf(name);
    if (id < 0) {
      throw error("must be a form of some lexicon", name);
    }
    return id;
  }

  /** Form ids: each name, then the same with an upper-case initial. */
  private void internForms(Map<String, RawLexicon> raw) {
    Set<String> names = new LinkedHashSet<>(List.of("a"));
    names.addAll(plural.keySet());
    for (RawLexicon lexicon : raw.values()) {
      names.addAll(lexicon.columns());
      names.addAll(lexicon.shared().keySet());
    }
    names.remove("name");
    for (String name : names) {
      forms.add(name);
      forms.add(capital(name));
    }
  }

  private Lexicon lexicon(String name, RawLexicon raw) {
    line = raw.line();
    if (raw.entries().isEmpty() || !raw.columns().getFirst().equals("name")) {
      throw error("a lexicon must have entries, and 'name' as its first form", name);
    }
    List<Lexicon.Entry> entries = new ArrayList<>();
    for (String entry : raw.entries()) {
      String[] columns = entry.split("/", -1);
      if (columns.length != raw.columns().size()) {
        throw error("entries must have the forms " + raw.columns(), entry);
      }
      Map<String, String> texts = new LinkedHashMap<>(raw.shared());
      texts.put("a", ("aeiou".indexOf(columns[0].charAt(0)) >= 0 ? "an " : "a ") + columns[0]);
      for (int c = 0; c < columns.length; c++) {
        texts.put(raw.columns().get(c), columns[c]);
      }
      entries.add(new Lexicon.Entry(lexicons.size(), entries.size(), formTexts(texts)));
    }
    return new Lexicon(name, lexicons.size(), List.copyOf(entries));
  }

  private byte[] @Nullable [] formTexts(Map<String, String> texts) {
    byte[] @Nullable [] result = new byte[forms.size()][];
    texts.forEach((name, text) -> {
      int id = forms.indexOf(name);
      result[id] = text.getBytes(StandardCharsets.UTF_8);
      result[id + 1] = capital(text).getBytes(StandardCharsets.UTF_8);
    });
    return result;
  }

  private Map<String, String> pairs(String text) {
    Map<String, String> result = new LinkedHashMap<>();
    for (String pair : words(text)) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw error("must be FORM=TEXT", pair);
      }
      result.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return result;
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.strip().split("\\s+")).filter(s -> !s.isEmpty()).toList();
  }

  private static String capital(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  private static boolean isComment(String text) {
    return text.isBlank() || text.startsWith("#");
  }

  private IllegalArgumentException error(String mustHold, String got) {
    return new IllegalArgumentException("grammar line " + line + ": " + mustHold + ", got " + got);
  }
}
