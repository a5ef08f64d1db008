package dev.rapt.generate.constrain.automaton;

/** A grammar matches no text. */
public final class EmptyGrammarException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  EmptyGrammarException(String message) {
    super(message);
  }
}
