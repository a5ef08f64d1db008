package dev.rapt.train.task;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * How many examples have a text that was longer than is read, so that its end was left out.
 *
 * @param ofTrain number of cut training examples
 * @param train number of training examples
 * @param ofHeldOut number of cut held-out examples
 * @param heldOut number of held-out examples
 * @param limits longest lengths in tokens by the name of their option: {@code max-length}
 */
public record CutTexts(
    long ofTrain, long train, long ofHeldOut, long heldOut, Map<String, Integer> limits) {
  /** Of tasks that cut nothing. */
  public static final CutTexts NONE = new CutTexts(0, 0, 0, 0, Map.of());

  private static final String MAX_LENGTH = "max-length";

  /** Copies the limits. */
  public CutTexts {
    limits = new LinkedHashMap<>(limits);
  }

  /** Counts the cut examples among rows. */
  public static <R> CutTexts of(
      List<R> train, List<R> heldOut, Predicate<R> isCut, Map<String, Integer> limits) {
    return new CutTexts(
        train.stream().filter(isCut).count(),
        train.size(),
        heldOut.stream().filter(isCut).count(),
        heldOut.size(),
        limits);
  }

  /** As the other, with one limit. */
  public static <R> CutTexts of(List<R> train, List<R> heldOut, Predicate<R> isCut, int maxTokens) {
    return of(train, heldOut, isCut, Map.of(MAX_LENGTH, maxTokens));
  }

  /** Returns one line about them; empty if nothing was cut. */
  public Optional<String> line() {
    return ofTrain + ofHeldOut == 0
        ? Optional.empty()
        : Optional.of(
            "cut: %d of %d training and %d of %d held-out examples were longer than is read (%s)"
                .formatted(
                    ofTrain,
                    train,
                    ofHeldOut,
                    heldOut,
                    limits.entrySet().stream()
                        .map(limit -> "--%s %d".formatted(limit.getKey(), limit.getValue()))
                        .collect(Collectors.joining(", "))));
  }

  /** Returns the numbers by their names in JSON. */
  public Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("train", ofTrain);
    figures.put("held_out", ofHeldOut);
    limits.forEach((name, tokens) -> figures.put(name.replace('-', '_'), tokens));
    return figures;
  }
}
