package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.nn.Rope;
import dev.rapt.nn.RopeScaling;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Rotary positions as a config.json describes them: {@code rope_parameters} in newer files, {@code
 * rope_theta} and {@code rope_scaling} in older ones.
 *
 * @param theta base of the frequencies
 */
public record RopeConfig(double theta, RopeScaling scaling) {
  private static final double DEFAULT_THETA = 10000;

  /** Reads either notation. */
  public static RopeConfig parse(ConfigReader json, int maxPositions) {
    ConfigReader rope =
        json.object("rope_parameters").or(() -> json.object("rope_scaling")).orElse(null);
    if (rope == null) {
      return new RopeConfig(json.doubleOr("rope_theta", DEFAULT_THETA), new RopeScaling.None());
    }
    double theta = rope.doubleOr("rope_theta", json.doubleOr("rope_theta", DEFAULT_THETA));
    return new RopeConfig(theta, parseScaling(rope, json, maxPositions));
  }

  private static RopeScaling parseScaling(ConfigReader rope, ConfigReader json, int maxPositions) {
    String type = rope.stringOr("rope_type", rope.stringOr("type", "default"));
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(rope.requireDouble("factor"));
      case "dynamic" -> new RopeScaling.Dynamic(rope.requireDouble("factor"), maxPositions);
      case "llama3" ->
          new RopeScaling.Llama3(
              rope.requireDouble("factor"),
              rope.requireDouble("low_freq_factor"),
              rope.requireDouble("high_freq_factor"),
              rope.requireInt("original_max_position_embeddings"));
      case "yarn" ->
          new RopeScaling.Yarn(
              rope.requireDouble("factor"),
              originalMaxPositions(rope, json, maxPositions),
              rope.doubleOr("beta_fast", 32),
              rope.doubleOr("beta_slow", 1),
              nullable(rope.optionalDouble("attention_factor")),
              nullable(rope.optionalDouble("mscale")),
              nullable(rope.optionalDouble("mscale_all_dim")),
              rope.boolOr("truncate", true));
      case "longrope" -> {
        int original = originalMaxPositions(rope, json, maxPositions);
        yield new RopeScaling.LongRope(
            rope.doubles("short_factor"),
            rope.doubles("long_factor"),
            rope.doubleOr("factor", (double) maxPositions / original),
            original,
            nullable(rope.optionalDouble("attention_factor")));
      }
      default ->
          throw rope.error(
              "rope_type",
              "must be one of default, linear, dynamic, llama3, yarn, longrope, got " + type);
    };
  }

  private static int originalMaxPositions(ConfigReader rope, ConfigReader json, int maxPositions) {
    return rope.intOr(
        "original_max_position_embeddings",
        json.intOr("original_max_position_embeddings", maxPositions));
  }

  /**
   * The rotation itself.
   *
   * @param rotaryDim how many elements of a head are rotated, even
   * @param interleaved whether neighbours form a pair, instead of element i and i + rotaryDim / 2
   */
  public Rope rope(int rotaryDim, boolean interleaved) {
    return new Rope(rotaryDim, theta, scaling, interleaved);
  }

  /** Writes the newer notation. */
  public void write(ObjectNode json) {
    ObjectNode rope = json.putObject("rope_parameters");
    rope.put("rope_theta", theta);
    switch (scaling) {
      case RopeScaling.None _ -> rope.put("rope_type", "default");
      case RopeScaling.Linear(double factor) ->
          rope.put("rope_type", "linear").put("factor", factor);
      case RopeScaling.Dynamic dynamic ->
          rope.put("rope_type", "dynamic").put("factor", dynamic.factor());
      case RopeScaling.Llama3 llama3 ->
          rope.put("rope_type", "llama3")
              .put("factor", llama3.factor())
              .put("low_freq_factor", llama3.lowFreqFactor())
              .put("high_freq_factor", llama3.highFreqFactor())
              .put("original_max_position_embeddings", llama3.originalMaxPositions());
      case RopeScaling.Yarn yarn -> {
        rope.put("rope_type", "yarn")
            .put("factor", yarn.factor())
            .put("original_max_position_embeddings", yarn.originalMaxPositions())
            .put("beta_fast", yarn.betaFast())
            .put("beta_slow", yarn.betaSlow())
            .put("truncate", yarn.truncate());
        putIfPresent(rope, "attention_factor", yarn.attentionFactor());
        putIfPresent(rope, "mscale", yarn.mscale());
        putIfPresent(rope, "mscale_all_dim", yarn.mscaleAllDim());
      }
      case RopeScaling.LongRope longRope -> {
        rope.put("rope_type", "longrope")
            .put("factor", longRope.factor())
            .put("original_max_position_embeddings", longRope.originalMaxPositions());
        fill(rope.putArray("short_factor"), longRope.shortFactor());
        fill(rope.putArray("long_factor"), longRope.longFactor());
        putIfPresent(rope, "attention_factor", longRope.attentionFactor());
      }
    }
  }

  private static void putIfPresent(ObjectNode json, String key, @Nullable Double value) {
    if (value != null) {
      json.put(key, value);
    }
  }

  private static void fill(ArrayNode array, List<Double> values) {
    for (double value : values) {
      array.add(value);
    }
  }

  private static @Nullable Double nullable(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }
}
