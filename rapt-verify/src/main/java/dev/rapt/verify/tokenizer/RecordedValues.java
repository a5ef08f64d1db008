package dev.rapt.verify.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Values of cases.json as lists, for comparison. */
final class RecordedValues {
  private RecordedValues() {}

  /** Integers; null becomes -1. */
  static List<Integer> list(JsonNode array) {
    List<Integer> values = new ArrayList<>(array.size());
    array.forEach(node -> values.add(node.isNull() ? -1 : node.intValue()));
    return values;
  }

  static List<Integer> list(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  static List<String> texts(JsonNode array) {
    return array.valueStream().map(JsonNode::stringValue).toList();
  }
}
