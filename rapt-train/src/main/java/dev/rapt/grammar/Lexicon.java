package dev.rapt.grammar;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A named list of entries to draw from. Every entry has a name and further forms (pronouns,
 * sounds).
 *
 * @param id position among the grammar's lexicons
 */
record Lexicon(String name, int id, List<Entry> entries) {

  /**
   * An entry of a lexicon.
   *
   * @param lexicon id of its lexicon
   * @param index position in its lexicon
   * @param forms text of each form, indexed by form id; null where the entry lacks the form
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by isSame only
  record Entry(int lexicon, int index, byte[] @Nullable [] forms) {
    boolean isSame(Entry other) {
      return lexicon == other.lexicon && index == other.index;
    }
  }

  int size() {
    return entries.size();
  }

  /** Mean length of a form over the entries, in bytes; NaN if an entry lacks the form. */
  double meanLength(int form) {
    double sum = 0;
    for (Entry entry : entries) {
      byte @Nullable [] text = entry.forms()[form];
      sum += text == null ? Double.NaN : text.length;
    }
    return sum / entries.size();
  }
}
