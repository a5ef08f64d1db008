package dev.rapt.generate.constrain;

import dev.rapt.generate.constrain.automaton.Configurations;
import dev.rapt.generate.constrain.automaton.Machine;
import dev.rapt.generate.constrain.expression.CharSet;
import dev.rapt.generate.constrain.expression.Expr;
import dev.rapt.generate.constrain.expression.Rules;
import dev.rapt.generate.constrain.syntax.GbnfParser;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A set of texts: those that a model may generate. Immutable and thread-safe. */
public final class Grammar {
  private final Rules rules;
  private final Machine machine;

  private Grammar(Rules rules) {
    this.rules = rules;
    machine = Machine.of(rules, CharSet.ALL);
  }

  /**
   * The texts that a grammar in llama.cpp's GBNF describes.
   *
   * @param source the grammar; its rule {@code root} is a whole text
   * @throws IllegalArgumentException if it is malformed, left-recursive or matches nothing; names
   *     the line
   */
  public static Grammar ofGbnf(String source) {
    return new Grammar(GbnfParser.parse(source));
  }

  /**
   * Exactly these texts.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Grammar ofChoices(List<String> texts) {
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("choices: must be at least one text, got none");
    }
    return new Grammar(Rules.of(Expr.oneOf(texts)));
  }

  /** Whether a text is in the set. */
  public boolean matches(String text) {
    Configurations at = machine.start();
    for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
      at = machine.step(at, next & 0xFF);
    }
    return at.hasEmpty();
  }

  /**
   * The automaton of the texts that need only some characters.
   *
   * @throws IllegalArgumentException if there is no such text
   */
  Machine machine(CharSet alphabet) {
    return alphabet.equals(CharSet.ALL) ? machine : Machine.of(rules, alphabet);
  }
}
