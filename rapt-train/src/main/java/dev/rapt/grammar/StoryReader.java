package dev.rapt.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses a story: finds every derivation, that is every sequence of choices that generates it, by
 * backtracking over the grammar. A continuation stands for the items still to be matched.
 */
final class StoryReader {
  private final Grammar.Bindings bindings;
  private final Grammar grammar;
  private final byte[] story;
  private final List<Double> logProbabilities = new ArrayList<>();

  /** Matches the rest of the story after an item, beginning at a position. */
  private interface Continuation {
    void resume(int position, double logProbability);
  }

  private StoryReader(Grammar grammar, byte[] story) {
    this.grammar = grammar;
    this.bindings = grammar.new Bindings();
    this.story = story;
  }

  /** The log-probability, in nats, of each derivation of the story; empty if there is none. */
  static List<Double> derivations(Grammar grammar, byte[] story) {
    StoryReader reader = new StoryReader(grammar, story);
    reader.rule(
        grammar.start(),
        0,
        0.0,
        (position, logProbability) -> {
          if (position == story.length) {
            reader.logProbabilities.add(logProbability);
          }
        });
    return reader.logProbabilities;
  }

  private void rule(Rule rule, int position, double logProbability, Continuation then) {
    for (Rule.Alternative alternative : rule.alternatives()) {
      double p = (double) alternative.weight() / rule.totalWeight();
      items(alternative.items(), 0, position, logProbability + Math.log(p), then);
    }
  }

  private void items(
      List<Item> items, int i, int position, double logProbability, Continuation then) {
    if (i == items.size()) {
      then.resume(position, logProbability);
      return;
    }
    switch (items.get(i)) {
      case Item.Literal(byte[] text) -> {
        if (startsWith(text, position)) {
          items(items, i + 1, position + text.length, logProbability, then);
        }
      }
      case Item.Call(Rule rule) ->
          rule(rule, position, logProbability, (at, logP) -> items(items, i + 1, at, logP, then));
      case Item.Draw(int slot, Lexicon lexicon, int form) -> {
        double logP = logProbability - Math.log(bindings.free(lexicon));
        for (Lexicon.Entry entry : lexicon.entries()) {
          byte[] text = entry.forms()[form];
          if (startsWith(text, position) && text != null && bindings.isFree(entry)) {
            bindings.bind(slot, entry, null);
            items(items, i + 1, position + text.length, logP, then);
            bindings.bind(slot, null, null);
          }
        }
      }
      case Item.Alias(int alias, int first, int second) -> {
        Lexicon.Entry oldFirst = bindings.first(alias);
        Lexicon.Entry oldSecond = bindings.second(alias);
        Lexicon.Entry other = second == Item.Alias.NONE ? null : bindings.first(second);
        bindings.bind(alias, bindings.first(first), other);
        items(items, i + 1, position, logProbability, then);
        bindings.bind(alias, oldFirst, oldSecond);
      }
      case Item.Reference(int variable, int form) -> {
        int at = position;
        Lexicon.Entry first = bindings.first(variable);
        Lexicon.Entry second = bindings.second(variable);
        if (second == null || form > Grammar.NAME + 1) {
          at = after(second == null ? formOf(first, form) : grammar.plural()[form], at);
        } else {
          at = after(formOf(first, form), at);
          at = after(Grammar.AND, at);
          at = after(formOf(second, Grammar.NAME), at);
        }
        if (at >= 0) {
          items(items, i + 1, at, logProbability, then);
        }
      }
    }
  }

  private static byte @Nullable [] formOf(Lexicon.@Nullable Entry entry, int form) {
    return entry == null ? null : entry.forms()[form];
  }

  /** The position after the text, or -1 if the story does not continue with it. */
  private int after(byte @Nullable [] text, int position) {
    return position >= 0 && text != null && startsWith(text, position)
        ? position + text.length
        : -1;
  }

  private boolean startsWith(byte @Nullable [] text, int position) {
    return text != null
        && position + text.length <= story.length
        && Arrays.equals(story, position, position + text.length, text, 0, text.length);
  }
}
