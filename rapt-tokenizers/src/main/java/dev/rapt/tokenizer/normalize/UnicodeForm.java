package dev.rapt.tokenizer.normalize;

import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.text.RustUnicode;
import java.text.Normalizer.Form;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The four Unicode normalisation forms, of Unicode 9 as in Hugging Face tokenizers. Later
 * characters stay as they are, and nothing is reordered or composed across them.
 */
public enum UnicodeForm {
  NFC(Form.NFC, Form.NFD),
  NFD(Form.NFD, Form.NFD),
  NFKC(Form.NFKC, Form.NFKD),
  NFKD(Form.NFKD, Form.NFKD);

  private final Form form;
  private final Form decomposed;

  UnicodeForm(Form form, Form decomposed) {
    this.form = form;
    this.decomposed = decomposed;
  }

  /** Returns whether a string is certainly in this form. */
  public boolean isNormalized(CharSequence text) {
    return java.text.Normalizer.isNormalized(text, form);
  }

  /** Converts a string to this form. */
  public String normalize(CharSequence text) {
    if (text.codePoints().noneMatch(RustUnicode::isAfter9)) {
      return java.text.Normalizer.normalize(text, form);
    }
    return apply(AlignedText.of(text)).toString();
  }

  /**
   * Converts a text to this form. Alignment follows Hugging Face tokenizers: the later parts of a
   * decomposition are inserted after the first, reordered marks keep their alignment, and
   * composition drops all parts but the first.
   */
  AlignedText apply(AlignedText text) {
    if (isNormalized(text.toString())) {
      return text;
    }
    AlignedText.Edits edits = new AlignedText.Edits(text.length());
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      if (RustUnicode.isAfter9(text.codePoint(i))) {
        normalize(text.slice(from, i), edits);
        edits.add(text.codePoint(i), 0);
        from = i + 1;
      }
    }
    normalize(text.slice(from, text.length()), edits);
    return text.edit(edits, 0);
  }

  /** Adds the edits of a text without later characters. */
  private void normalize(AlignedText text, AlignedText.Edits edits) {
    // Equal code points keep their order, so one queue per value finds them again.
    Map<Integer, ArrayDeque<Integer>> changes = new HashMap<>();
    for (int i = 0; i < text.length(); i++) {
      String parts = java.text.Normalizer.normalize(text.substring(i, i + 1), decomposed);
      int[] points = parts.codePoints().toArray();
      for (int k = 0; k < points.length; k++) {
        changes.computeIfAbsent(points[k], c -> new ArrayDeque<>()).add(k == 0 ? 0 : 1);
      }
    }
    String normalized = java.text.Normalizer.normalize(text.toString(), form);
    for (int c : normalized.codePoints().toArray()) {
      int change = 1;
      String parts = java.text.Normalizer.normalize(Character.toString(c), Form.NFD);
      for (int part : parts.codePoints().toArray()) {
        change += Objects.requireNonNull(changes.get(part)).remove() - 1;
      }
      edits.add(c, change);
    }
  }
}
