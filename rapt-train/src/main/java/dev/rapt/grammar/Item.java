package dev.rapt.grammar;

/** A part of an alternative: text, a random draw, a reference to a drawn entry, or a rule. */
sealed interface Item {

  /** Fixed text. */
  @SuppressWarnings("ArrayRecordComponent") // items are never compared
  record Literal(byte[] text) implements Item {}

  /** Draws uniformly from the entries that no slot holds, binds the slot and emits a form. */
  record Draw(int slot, Lexicon lexicon, int form) implements Item {}

  /** Binds an alias to the entry of one variable, or to the entries of two; emits nothing. */
  record Alias(int alias, int first, int second) implements Item {
    static final int NONE = -1;
  }

  /** Emits a form of the entry that a variable holds. */
  record Reference(int variable, int form) implements Item {}

  /** Expands a rule. */
  record Call(Rule rule) implements Item {}
}
