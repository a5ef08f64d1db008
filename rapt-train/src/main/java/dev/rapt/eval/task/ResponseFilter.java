package dev.rapt.eval.task;

import dev.rapt.train.example.Example;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A step that turns the responses to one prompt into others. */
@FunctionalInterface
interface ResponseFilter {
  /**
   * Returns other responses.
   *
   * @param responses responses to the same prompt
   * @param doc example that the prompt asks about
   */
  List<String> apply(List<String> responses, Example doc);

  /** Steps in order, which leave one response. */
  record Pipeline(String name, List<ResponseFilter> steps) {
    /** The pipeline of tasks that name none. */
    static final Pipeline FIRST =
        new Pipeline("none", List.of((responses, doc) -> responses.subList(0, 1)));

    /** Reads an entry of {@code filter_list}. */
    static Pipeline read(YamlNode node) {
      TaskKeys keys = TaskKeys.of(node);
      String name = keys.require("name").text();
      List<ResponseFilter> steps = new ArrayList<>();
      String last = "none";
      for (YamlNode step : keys.require("filter").elements()) {
        TaskKeys settings = TaskKeys.of(step);
        steps.add(ResponseFilter.read(settings));
        settings.refuseOthers();
        last = settings.textOr("function", "");
      }
      keys.refuseOthers();
      if (!last.equals("take_first")) {
        throw node.error("filter: must end with the function take_first, got " + last);
      }
      return new Pipeline(name, List.copyOf(steps));
    }

    /** Returns the response that is left. */
    String apply(List<String> responses, Example doc) {
      List<String> left = responses;
      for (ResponseFilter step : steps) {
        left = step.apply(left, doc);
      }
      return left.getFirst();
    }
  }

  /** Reads a step. */
  static ResponseFilter read(TaskKeys keys) {
    YamlNode function = keys.require("function");
    return switch (function.text()) {
      case "take_first" -> (responses, doc) -> responses.subList(0, 1);
      case "take_first_k" -> {
        YamlNode node = keys.require("k");
        int k = node.count(1);
        yield (responses, doc) -> {
          if (responses.size() < k) {
            throw node.error(
                "must be at most repeats, got %d of %d".formatted(k, responses.size()));
          }
          return responses.subList(0, k);
        };
      }
      case "majority_vote" -> (responses, doc) -> List.of(majority(responses));
      case "lowercase" -> each(text -> text.toLowerCase(Locale.ROOT));
      case "uppercase" -> each(text -> text.toUpperCase(Locale.ROOT));
      case "remove_whitespace" -> each(String::strip);
      case "map" -> map(keys);
      case "regex" -> RegexFilters.match(keys);
      case "multi_choice_regex" -> RegexFilters.choice(keys);
      default ->
          throw function.error(
              "must be regex, multi_choice_regex, take_first, take_first_k, majority_vote, lowercase,"
                  + " uppercase, remove_whitespace or map, got "
                  + function.text());
    };
  }

  /** Returns a step that changes each response by itself. */
  static ResponseFilter each(UnaryOperator<String> change) {
    return (responses, doc) -> responses.stream().map(change).toList();
  }

  /** Returns the most frequent response; the first among equally frequent ones. */
  static String majority(List<String> responses) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    responses.forEach(response -> counts.merge(response, 1, Integer::sum));
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(best -> firstOf(counts, best.getValue()))
        .orElseThrow();
  }

  private static String firstOf(Map<String, Integer> counts, int count) {
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue() == count)
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  private static ResponseFilter map(TaskKeys keys) {
    Map<String, String> table = new LinkedHashMap<>();
    keys.require("mapping_dict").fields().forEach((key, value) -> table.put(key, value.text()));
    String otherwise = keys.textOr("default_value", "None");
    return each(text -> table.getOrDefault(text, otherwise));
  }
}
