package dev.rapt.eval.task;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A step that turns the responses to one prompt into others. */
@FunctionalInterface
interface ResponseFilter {
  List<String> apply(List<String> responses);

  /** Steps in order, which leave one response. */
  record Pipeline(String name, List<ResponseFilter> steps) {
    /** The pipeline of tasks that name none. */
    static final Pipeline FIRST =
        new Pipeline("none", List.of(responses -> responses.subList(0, 1)));

    /** Reads an entry of {@code filter_list}. */
    static Pipeline read(YamlNode node) {
      TaskKeys keys = TaskKeys.of(node);
      String name = keys.require("name").text();
      List<ResponseFilter> steps = new ArrayList<>();
      boolean leavesOne = false;
      for (YamlNode step : keys.require("filter").elements()) {
        TaskKeys settings = TaskKeys.of(step);
        steps.add(ResponseFilter.read(settings));
        settings.refuseOthers();
        leavesOne = settings.textOr("function", "").equals("take_first");
      }
      keys.refuseOthers();
      if (!leavesOne) {
        throw node.error("must end with the function take_first, got another end");
      }
      return new Pipeline(name, List.copyOf(steps));
    }

    /** Returns the response that is left. */
    String apply(List<String> responses) {
      List<String> left = responses;
      for (ResponseFilter step : steps) {
        left = step.apply(left);
      }
      return left.getFirst();
    }
  }

  /** Reads a step. */
  static ResponseFilter read(TaskKeys keys) {
    YamlNode function = keys.require("function");
    return switch (function.text()) {
      case "take_first" -> responses -> responses.subList(0, 1);
      case "take_first_k" -> {
        YamlNode node = keys.require("k");
        int k = node.count(1);
        yield responses -> {
          if (responses.size() < k) {
            throw node.error(
                "must be at most repeats, got %d of %d".formatted(k, responses.size()));
          }
          return responses.subList(0, k);
        };
      }
      case "majority_vote" -> responses -> List.of(majority(responses));
      case "lowercase" -> each(text -> text.toLowerCase(Locale.ROOT));
      case "uppercase" -> each(text -> text.toUpperCase(Locale.ROOT));
      case "remove_whitespace" -> each(String::strip);
      case "map" -> map(keys);
      case "regex" -> regex(keys);
      default ->
          throw function.error(
              "must be regex, take_first, take_first_k, majority_vote, lowercase, uppercase,"
                  + " remove_whitespace or map, got "
                  + function.text());
    };
  }

  private static ResponseFilter each(UnaryOperator<String> change) {
    return responses -> responses.stream().map(change).toList();
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

  private static ResponseFilter regex(TaskKeys keys) {
    YamlNode source = keys.find("regex_pattern").orElse(null);
    Pattern pattern =
        source == null ? Pattern.compile("#### (-?[0-9.,]+)") : PythonRegex.compile(source);
    YamlNode group = keys.find("group_select").orElse(null);
    int select = group == null ? 0 : (int) group.number();
    String fallback = keys.textOr("fallback", "[invalid]");
    return each(text -> {
      List<String> found = findAll(pattern, text);
      int index = select < 0 ? found.size() + select : select;
      String match = index >= 0 && index < found.size() ? found.get(index) : null;
      return match == null || match.isEmpty() ? fallback : match.strip();
    });
  }

  /** Returns the first group that is not empty, or else the whole match, of each match. */
  private static List<String> findAll(Pattern pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      String match = matcher.groupCount() == 0 ? matcher.group() : "";
      for (int g = 1; g <= matcher.groupCount() && match.isEmpty(); g++) {
        match = matcher.group(g) == null ? "" : matcher.group(g);
      }
      found.add(match);
    }
    return found;
  }
}
