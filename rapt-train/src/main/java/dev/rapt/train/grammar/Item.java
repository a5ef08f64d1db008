package dev.rapt.train.grammar;

/** One part of an alternative: text, a random draw, a reference to something drawn, or a rule. */
sealed interface Item {

  /** Fixed text. */
  @SuppressWarnings("ArrayRecordComponent") // items are never compared
  record Literal(byte[] text) implements Item {}

  /** Draws an entry that no other slot holds, uniformly; binds it to a slot and writes a form. */
  record Draw(int slot, Lexicon lexicon, int form) implements Item {}

  /** Gives an alias the entity, or the two entities, of other variables; writes nothing. */
  record Alias(int alias, int first, int second) implements Item {
    static final int NONE = -1;
  }

  /** Writes a form of the entity that a variable holds. */
  record Reference(int variable, int form) implements Item {}

  /** Expands a rule. */
  record Call(Rule rule) implements Item {}
}
