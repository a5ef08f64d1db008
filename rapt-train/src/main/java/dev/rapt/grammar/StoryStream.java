package dev.rapt.grammar;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Objects;
import java.util.function.IntUnaryOperator;

/**
 * An endless sequence of stories; the same seed gives the same stories. For one thread at a time.
 */
public final class StoryStream implements Iterator<String> {
  private final Grammar grammar;
  private final Grammar.Bindings bindings;
  private final IntUnaryOperator choose;
  private byte[] story = new byte[1024];
  private int length;

  /** {@code choose} maps a bound to a choice in [0, bound). */
  StoryStream(Grammar grammar, IntUnaryOperator choose) {
    this.grammar = grammar;
    this.bindings = grammar.new Bindings();
    this.choose = choose;
  }

  @Override
  public boolean hasNext() {
    return true;
  }

  @Override
  public String next() {
    write();
    return new String(story, 0, length, StandardCharsets.UTF_8);
  }

  /** Generates the next story into the buffer; returns its length in bytes. */
  int write() {
    length = 0;
    bindings.clear();
    expand(grammar.start());
    return length;
  }

  byte[] buffer() {
    return story;
  }

  private void expand(Rule rule) {
    int choice = rule.totalWeight() == 1 ? 0 : choose.applyAsInt(rule.totalWeight());
    int a = 0;
    while (choice >= rule.alternatives().get(a).weight()) {
      choice -= rule.alternatives().get(a++).weight();
    }
    for (Item item : rule.alternatives().get(a).items()) {
      switch (item) {
        case Item.Literal literal -> append(literal.text());
        case Item.Call call -> expand(call.rule());
        case Item.Reference reference -> append(reference);
        case Item.Draw draw -> {
          int free = bindings.free(draw.lexicon());
          Lexicon.Entry entry = bindings.pick(draw.lexicon(), choose.applyAsInt(free));
          bindings.bind(draw.slot(), entry, null);
          append(formOf(entry, draw.form()));
        }
        case Item.Alias alias -> {
          boolean one = alias.second() == Item.Alias.NONE;
          bindings.bind(
              alias.alias(),
              bindings.first(alias.first()),
              one ? null : bindings.first(alias.second()));
        }
      }
    }
  }

  private void append(Item.Reference reference) {
    // ExpectedEntropy has checked that the variable is bound and the entry has the form.
    Lexicon.Entry first = Objects.requireNonNull(bindings.first(reference.variable()));
    Lexicon.Entry second = bindings.second(reference.variable());
    int form = reference.form();
    if (second == null) {
      append(formOf(first, form));
    } else if (form > Grammar.NAME + 1) {
      append(Objects.requireNonNull(grammar.plural()[form]));
    } else {
      append(formOf(first, form));
      append(Grammar.AND);
      append(formOf(second, Grammar.NAME));
    }
  }

  private static byte[] formOf(Lexicon.Entry entry, int form) {
    return Objects.requireNonNull(entry.forms()[form]);
  }

  private void append(byte[] text) {
    if (length + text.length > story.length) {
      story = Arrays.copyOf(story, 2 * (length + text.length));
    }
    System.arraycopy(text, 0, story, length, text.length);
    length += text.length;
  }
}
