package dev.rapt.eval.task;

import dev.rapt.train.example.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a task makes question, choices and answer of an example.
 *
 * @param choices null without choices
 * @param fixedChoices choices that are the same for all examples; null if they are not
 */
record DocFormat(
    DocTemplate text,
    DocTemplate target,
    @Nullable DocTemplate choices,
    @Nullable List<String> fixedChoices) {

  /** Reads the format; keys that are missing come from another format, if there is one. */
  static DocFormat read(TaskKeys keys, @Nullable DocFormat other) {
    DocTemplate text = keys.find("doc_to_text").map(DocTemplate::new).orElse(null);
    DocTemplate target = keys.find("doc_to_target").map(DocTemplate::new).orElse(null);
    YamlNode choices = keys.find("doc_to_choice").orElse(null);
    DocTemplate template = null;
    List<String> fixed = null;
    if (choices == null && other != null) {
      template = other.choices;
      fixed = other.fixedChoices;
    } else if (choices != null && choices.isMap()) {
      fixed = choices.fields().values().stream().map(YamlNode::text).toList();
    } else if (choices != null && choices.isList()) {
      fixed = choices.elements().stream().map(YamlNode::text).toList();
    } else if (choices != null) {
      template = new DocTemplate(choices);
    }
    if (other == null) {
      text = text == null ? new DocTemplate(keys.require("doc_to_text")) : text;
      target = target == null ? new DocTemplate(keys.require("doc_to_target")) : target;
      return new DocFormat(text, target, template, fixed);
    }
    return new DocFormat(
        text == null ? other.text : text, target == null ? other.target : target, template, fixed);
  }

  boolean hasChoices() {
    return choices != null || fixedChoices != null;
  }

  /** Returns the question, or the index of a choice if the choices are the questions. */
  Object question(Example doc) {
    Object value = text.of(doc);
    if (value instanceof Long || (value instanceof String digits && isIndex(digits))) {
      return Integer.valueOf(value.toString());
    }
    return text.text(doc);
  }

  private boolean isIndex(String text) {
    return hasChoices() && text.matches("\\d{1,9}");
  }

  /** Returns the choices of an example. */
  List<String> choicesOf(Example doc) {
    if (fixedChoices != null) {
      return fixedChoices;
    }
    if (choices == null) {
      return List.of();
    }
    Object value = choices.of(doc);
    List<?> list =
        value instanceof String text
            ? PythonLiteral.list(text).orElse(null)
            : value instanceof List<?> found
                ? found
                : value instanceof Map<?, ?> map ? new ArrayList<>(map.values()) : null;
    if (list == null || list.isEmpty()) {
      throw doc.error(
          "must give a list of choices for %s, got %s".formatted(choices.node().key(), value));
    }
    List<String> texts = list.stream().map(String::valueOf).toList();
    if (texts.contains("")) {
      throw doc.error("must give choices that are not empty, got " + texts);
    }
    return texts;
  }

  /** Returns the answer of an example. */
  Answer answer(Example doc) {
    Object value = target.of(doc);
    if (value instanceof String text) {
      if (isIndex(text) && !choicesOf(doc).contains(text)) {
        return Answer.index(Integer.parseInt(text));
      }
      boolean isList = text.length() >= 2 && text.startsWith("[") && text.endsWith("]");
      return isList
          ? PythonLiteral.list(text).map(Answer::of).orElse(Answer.text(text))
          : Answer.text(text);
    }
    if (value instanceof Long number) {
      return hasChoices() ? Answer.index(number.intValue()) : Answer.text(number.toString());
    }
    if (value instanceof List<?> list && !list.isEmpty()) {
      return Answer.of(list);
    }
    throw doc.error("must give an answer for %s, got %s".formatted(target.node().key(), value));
  }
}
