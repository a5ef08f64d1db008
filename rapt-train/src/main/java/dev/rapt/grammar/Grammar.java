package dev.rapt.grammar;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A grammar: the start rule, the lexicons, and names for messages.
 *
 * @param start the start rule, which generates a story
 * @param lexicons the lexicons, indexed by lexicon id
 * @param variables names of slots and aliases, indexed by variable id
 * @param isSlot whether the variable is bound by a draw; no two slots hold the same entry
 * @param formNames names of the forms, indexed by form id
 * @param plural forms of a pair of entries, indexed by form id; null where a pair lacks the form
 */
@SuppressWarnings("ArrayRecordComponent") // indexed on every choice; grammars are never compared
record Grammar(
    Rule start,
    List<Lexicon> lexicons,
    List<String> variables,
    boolean[] isSlot,
    List<String> formNames,
    byte[] @Nullable [] plural) {

  /** Form ids 0 and 1: the name as it is, and with its first letter in upper case. */
  static final int NAME = 0;

  static final byte[] AND = {' ', 'a', 'n', 'd', ' '};

  /** The entries that the variables hold while a story is generated or parsed. */
  final class Bindings {
    private final Lexicon.@Nullable Entry[] first = new Lexicon.Entry[variables.size()];
    private final Lexicon.@Nullable Entry[] second = new Lexicon.Entry[variables.size()];
    private final int[] excluded = new int[variables.size()];

    void clear() {
      Arrays.fill(first, null);
      Arrays.fill(second, null);
    }

    void bind(int variable, Lexicon.@Nullable Entry a, Lexicon.@Nullable Entry b) {
      first[variable] = a;
      second[variable] = b;
    }

    Lexicon.@Nullable Entry first(int variable) {
      return first[variable];
    }

    Lexicon.@Nullable Entry second(int variable) {
      return second[variable];
    }

    /** The number of entries of the lexicon that no slot holds. */
    int free(Lexicon lexicon) {
      int free = lexicon.size();
      for (int v = 0; v < first.length; v++) {
        if (holds(v, lexicon)) {
          free--;
        }
      }
      return free;
    }

    boolean isFree(Lexicon.Entry entry) {
      for (int v = 0; v < first.length; v++) {
        Lexicon.Entry held = first[v];
        if (held != null && isSlot[v] && held.isSame(entry)) {
          return false;
        }
      }
      return true;
    }

    /** The {@code choice}-th entry of the lexicon among those that no slot holds. */
    Lexicon.Entry pick(Lexicon lexicon, int choice) {
      int count = 0;
      for (int v = 0; v < first.length; v++) {
        Lexicon.Entry held = first[v];
        if (held != null && holds(v, lexicon)) { // insertion keeps the excluded indices sorted
          int at = count++;
          for (; at > 0 && excluded[at - 1] > held.index(); at--) {
            excluded[at] = excluded[at - 1];
          }
          excluded[at] = held.index();
        }
      }
      int index = choice;
      for (int i = 0; i < count && excluded[i] <= index; i++) {
        index++;
      }
      return lexicon.entries().get(index);
    }

    private boolean holds(int variable, Lexicon lexicon) {
      Lexicon.Entry held = first[variable];
      return isSlot[variable] && held != null && held.lexicon() == lexicon.id();
    }
  }
}
