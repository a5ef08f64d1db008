package dev.rapt.eval.task;

import dev.rapt.train.example.Example;
import java.util.ArrayList;
import java.util.List;

/**
 * The right answers of an example: texts, or indices of choices.
 *
 * @param texts right texts; empty if there are indices
 * @param indices right choices; empty if there are texts
 * @param isSeveral whether the task gives a list of answers, one of which is enough
 */
record Answer(List<String> texts, List<Integer> indices, boolean isSeveral) {
  static Answer text(String text) {
    return new Answer(List.of(text), List.of(), false);
  }

  static Answer index(int index) {
    return new Answer(List.of(), List.of(index), false);
  }

  static Answer of(List<?> values) {
    List<String> texts = new ArrayList<>();
    List<Integer> indices = new ArrayList<>();
    for (Object value : values) {
      if (value instanceof Long number) {
        indices.add(number.intValue());
      }
      texts.add(String.valueOf(value));
    }
    return indices.size() == values.size()
        ? new Answer(List.of(), indices, true)
        : new Answer(texts, List.of(), true);
  }

  /** Returns the first answer as text. */
  String first(List<String> choices, Example doc) {
    return texts.isEmpty() ? choices.get(rightChoices(choices, doc).getFirst()) : texts.getFirst();
  }

  /** Returns the answers as texts. */
  List<String> all(List<String> choices, Example doc) {
    return choices.isEmpty() && texts.isEmpty()
        ? indices.stream().map(String::valueOf).toList()
        : texts.isEmpty() ? rightChoices(choices, doc).stream().map(choices::get).toList() : texts;
  }

  /**
   * Returns the indices of the right choices.
   *
   * @throws dev.rapt.train.example.ExampleException if an answer is none of the choices
   */
  List<Integer> rightChoices(List<String> choices, Example doc) {
    List<Integer> right = new ArrayList<>(indices);
    texts.forEach(text -> right.add(choices.indexOf(text)));
    for (int i = 0; i < right.size(); i++) {
      if (right.get(i) < 0 || right.get(i) >= choices.size()) {
        throw doc.error(
            "must have an answer among the %d choices %s, got %s"
                .formatted(
                    choices.size(), choices, texts.isEmpty() ? "number " + indices.get(i) : texts));
      }
    }
    return right;
  }
}
