package dev.rapt.train.task.prefer;

import dev.rapt.train.example.Example;
import dev.rapt.train.task.completion.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Collects the pairs of a file whose answers are the same, so that all are named at once. */
final class EqualPairs {
  private static final int SHOWN = 5;

  private final List<Example> examples = new ArrayList<>();
  private final int maxTokens;
  private int firstLength;

  /**
   * None so far.
   *
   * @param maxTokens tokens of an answer with its prompt that are compared
   */
  EqualPairs(int maxTokens) {
    this.maxTokens = maxTokens;
  }

  /** Adds the example if both answers are the same. */
  void addIfEqual(Example example, Answer chosen, Answer rejected) {
    if (chosen.isEqualTo(rejected)) {
      firstLength = examples.isEmpty() ? chosen.length() : firstLength;
      examples.add(example);
    }
  }

  /**
   * Checks that there are none.
   *
   * @throws dev.rapt.train.example.ExampleException if there are some
   */
  void requireNone() {
    if (!examples.isEmpty()) {
      boolean isOne = examples.size() == 1;
      throw examples
          .getFirst()
          .error(
              "chosen and rejected must differ within %d tokens, got the same %d tokens in both%s; leave the %s out"
                  .formatted(
                      maxTokens, firstLength, isOne ? "" : others(), isOne ? "pair" : "pairs"));
    }
  }

  private String others() {
    List<Example> rest = examples.subList(1, examples.size());
    String lines =
        rest.stream()
            .limit(SHOWN)
            .map(example -> String.valueOf(example.line()))
            .collect(Collectors.joining(", "));
    return ", and equal answers in %d more lines: %s%s"
        .formatted(rest.size(), lines, rest.size() > SHOWN ? ", ..." : "");
  }
}
