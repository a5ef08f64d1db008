package dev.rapt.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * A rule: a named choice between weighted alternatives. Built while the grammar is read, then
 * constant.
 */
final class Rule {
  private final String name;
  private final List<Alternative> alternatives = new ArrayList<>();
  private int totalWeight;

  /** A sequence of items, chosen with probability weight / total weight of its rule. */
  record Alternative(int weight, List<Item> items) {}

  Rule(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  List<Alternative> alternatives() {
    return alternatives;
  }

  int totalWeight() {
    return totalWeight;
  }

  void add(Alternative alternative) {
    totalWeight = Math.addExact(totalWeight, alternative.weight());
    alternatives.add(alternative);
  }
}
