package dev.rapt.grammar;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The exact entropy of a grammar, computed by recursion over its rules.
 *
 * <p>The choice of an alternative does not depend on earlier draws. A draw is uniform over the
 * entries that no slot holds, so its entropy depends only on how many slots hold an entry of that
 * lexicon. The state of the recursion is therefore the lexicon (not the entry) of each variable.
 * The recursion also checks that no variable is used before it is bound and that every form in use
 * exists.
 */
final class ExpectedEntropy {
  /** Entropy in nats, expected length in bytes, and the probability of each state afterwards. */
  record Outcome(double nats, double bytes, Map<String, Double> states) {}

  private record Visit(Rule rule, String state) {}

  private final Grammar grammar;
  private final Map<Visit, Outcome> known = new HashMap<>();
  private final Deque<Rule> open = new ArrayDeque<>();

  private ExpectedEntropy(Grammar grammar) {
    this.grammar = grammar;
  }

  static Outcome of(Grammar grammar) {
    String unbound = "\0".repeat(grammar.variables().size());
    return new ExpectedEntropy(grammar).rule(grammar.start(), unbound);
  }

  private Outcome rule(Rule rule, String state) {
    Visit visit = new Visit(rule, state);
    Outcome done = known.get(visit);
    if (done != null) {
      return done;
    }
    if (open.contains(rule)) {
      throw error(rule, "must not be recursive");
    }
    open.push(rule);
    double nats = 0;
    double bytes = 0;
    Map<String, Double> states = new LinkedHashMap<>();
    for (Rule.Alternative alternative : rule.alternatives()) {
      double p = (double) alternative.weight() / rule.totalWeight();
      Outcome outcome = sequence(rule, alternative.items(), state);
      nats += p * (outcome.nats() - Math.log(p));
      bytes += p * outcome.bytes();
      outcome.states().forEach((s, q) -> states.merge(s, p * q, Double::sum));
    }
    open.pop();
    Outcome outcome = new Outcome(nats, bytes, states);
    known.put(visit, outcome);
    return outcome;
  }

  private Outcome sequence(Rule rule, List<Item> items, String from) {
    double nats = 0;
    double bytes = 0;
    Map<String, Double> states = Map.of(from, 1.0);
    for (Item item : items) {
      Map<String, Double> next = new LinkedHashMap<>();
      for (Map.Entry<String, Double> entry : states.entrySet()) {
        double p = entry.getValue();
        Outcome outcome = item(rule, item, entry.getKey());
        nats += p * outcome.nats();
        bytes += p * outcome.bytes();
        outcome.states().forEach((s, q) -> next.merge(s, p * q, Double::sum));
      }
      states = next;
    }
    return new Outcome(nats, bytes, states);
  }

  private Outcome item(Rule rule, Item item, String state) {
    return switch (item) {
      case Item.Literal(byte[] text) -> new Outcome(0, text.length, Map.of(state, 1.0));
      case Item.Call(Rule callee) -> rule(callee, state);
      case Item.Draw(int slot, Lexicon lexicon, int form) -> {
        if (state.charAt(slot) != 0) {
          throw error(rule, "slot " + grammar.variables().get(slot) + " must be bound only once");
        }
        int free = lexicon.size();
        for (int v = 0; v < state.length(); v++) {
          if (grammar.isSlot()[v] && state.charAt(v) == lexicon.id() + 1) {
            free--;
          }
        }
        if (free < 1) {
          throw error(rule, "lexicon " + lexicon.name() + " must have an entry left to draw");
        }
        String after = with(state, slot, (char) (lexicon.id() + 1));
        yield new Outcome(Math.log(free), lexicon.meanLength(form), Map.of(after, 1.0));
      }
      case Item.Alias(int alias, int first, int second) -> {
        if (grammar.isSlot()[alias]) {
          throw error(rule, grammar.variables().get(alias) + " must not be both slot and alias");
        }
        int held = single(rule, state, first);
        if (second != Item.Alias.NONE) {
          held |= single(rule, state, second) << 8;
        }
        yield new Outcome(0, 0, Map.of(with(state, alias, (char) held), 1.0));
      }
      case Item.Reference(int variable, int form) ->
          new Outcome(0, referenceLength(rule, state, variable, form), Map.of(state, 1.0));
    };
  }

  private int single(Rule rule, String state, int variable) {
    char held = state.charAt(variable);
    if (held == 0 || held > 0xff) {
      throw error(
          rule, "{" + grammar.variables().get(variable) + "} must hold one thing where it is used");
    }
    return held;
  }

  private double referenceLength(Rule rule, String state, int variable, int form) {
    char held = state.charAt(variable);
    String name = "{" + grammar.variables().get(variable) + "}";
    if (held == 0) {
      throw error(rule, name + " must be bound before it is used");
    }
    double length;
    if (held > 0xff && form > Grammar.NAME + 1) {
      byte[] text = grammar.plural()[form];
      length = text == null ? Double.NaN : text.length;
    } else {
      length = grammar.lexicons().get((held & 0xff) - 1).meanLength(form);
      if (held > 0xff) {
        length += Grammar.AND.length;
        length += grammar.lexicons().get((held >> 8) - 1).meanLength(Grammar.NAME);
      }
    }
    if (Double.isNaN(length)) {
      throw error(rule, name + " must have the form " + grammar.formNames().get(form));
    }
    return length;
  }

  private static String with(String state, int variable, char value) {
    return state.substring(0, variable) + value + state.substring(variable + 1);
  }

  private static IllegalArgumentException error(Rule rule, String mustHold) {
    return new IllegalArgumentException("grammar rule " + rule.name() + ": " + mustHold);
  }
}
