package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.attention.RopeScaling;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * RoPE in a config.json: {@code rope_parameters} in the new notation, {@code rope_theta} and {@code
 * rope_scaling} in the old one.
 *
 * @param theta RoPE base, from which frequencies follow
 * @param share partial rotary factor: the fraction of a head that is rotated, from its first
 *     element on; commonly 1
 */
public record RopeConfig(double theta, double share, RopeScaling scaling) {
  /** The base of RoFormer, arXiv:2104.09864, section 3.3. */
  public static final double DEFAULT_THETA = 10000;

  /** Creates RoPE of whole heads. */
  public RopeConfig(double theta, RopeScaling scaling) {
    this(theta, 1, scaling);
  }

  /** Returns a copy with this RoPE scaling. */
  public RopeConfig withScaling(RopeScaling other) {
    return new RopeConfig(theta, share, other);
  }

  /** Reads the new or the old notation; whole heads are rotated. */
  public static RopeConfig parse(ConfigReader json, int maxPositions) {
    return parse(json, maxPositions, DEFAULT_THETA);
  }

  /**
   * Reads the new or the old notation; whole heads are rotated.
   *
   * @param defaultTheta default of {@code rope_theta}
   */
  public static RopeConfig parse(ConfigReader json, int maxPositions, double defaultTheta) {
    double theta = json.positiveOr("rope_theta", defaultTheta);
    return parameters(json)
        .map(rope -> parse(rope, json, maxPositions, theta))
        .orElseGet(() -> new RopeConfig(theta, new RopeScaling.None()));
  }

  /**
   * Reads the new or the old notation, with partial RoPE.
   *
   * @param defaultShare default of {@code partial_rotary_factor}
   */
  public static RopeConfig parsePartial(ConfigReader json, int maxPositions, double defaultShare) {
    return parsePartial(json, maxPositions, defaultShare, DEFAULT_THETA);
  }

  /**
   * Reads the new or the old notation, with partial RoPE.
   *
   * @param defaultShare default of {@code partial_rotary_factor}
   * @param defaultTheta default of {@code rope_theta}
   */
  public static RopeConfig parsePartial(
      ConfigReader json, int maxPositions, double defaultShare, double defaultTheta) {
    RopeConfig whole = parse(json, maxPositions, defaultTheta);
    double outside = json.doubleOr("partial_rotary_factor", defaultShare);
    double share =
        parameters(json)
            .map(rope -> rope.doubleOr("partial_rotary_factor", outside))
            .orElse(outside);
    if (!(share > 0 && share <= 1)) {
      throw json.error("partial_rotary_factor", "must be in (0, 1], got " + share);
    }
    return new RopeConfig(whole.theta, share, whole.scaling);
  }

  /**
   * Reads one of several objects of the new notation.
   *
   * @param rope the object
   * @param json the whole file
   */
  static RopeConfig parse(
      ConfigReader rope, ConfigReader json, int maxPositions, double defaultTheta) {
    return new RopeConfig(
        rope.positiveOr("rope_theta", defaultTheta), parseScaling(rope, json, maxPositions));
  }

  private static Optional<ConfigReader> parameters(ConfigReader json) {
    return json.object("rope_parameters").or(() -> json.object("rope_scaling"));
  }

  /**
   * Reads the RoPE of one kind of layers in a file with several.
   *
   * @param rope the object of this kind
   * @param json the file
   */
  public static RopeConfig parse(ConfigReader rope, ConfigReader json, int maxPositions) {
    return new RopeConfig(
        rope.positiveOr("rope_theta", DEFAULT_THETA), parseScaling(rope, json, maxPositions));
  }

  private static RopeScaling parseScaling(ConfigReader rope, ConfigReader json, int maxPositions) {
    String type = rope.stringOr("rope_type", rope.stringOr("type", "default"));
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "mrope" -> new RopeScaling.None(); // text has equal positions in all three dimensions
      case "linear" -> new RopeScaling.Linear(rope.requirePositive("factor"));
      case "dynamic" -> new RopeScaling.Dynamic(rope.requirePositive("factor"), maxPositions);
      case "llama3" ->
          new RopeScaling.Llama3(
              rope.requirePositive("factor"),
              rope.requirePositive("low_freq_factor"),
              rope.requirePositive("high_freq_factor"),
              originalMaxPositions(rope, json, maxPositions));
      case "yarn" ->
          new RopeScaling.Yarn(
              rope.requirePositive("factor"),
              originalMaxPositions(rope, json, maxPositions),
              unlessZero(rope, "beta_fast", 32),
              unlessZero(rope, "beta_slow", 1),
              nullable(rope.optionalDouble("attention_factor")),
              mscale(rope, "mscale"),
              mscale(rope, "mscale_all_dim"),
              rope.boolOr("truncate", true));
      case "longrope", "su" -> {
        int original = originalMaxPositions(rope, json, maxPositions);
        yield new RopeScaling.LongRope(
            rope.doubles("short_factor"),
            rope.doubles("long_factor"),
            rope.positiveOr("factor", (double) maxPositions / original),
            original,
            nullable(rope.optionalDouble("attention_factor")));
      }
      default ->
          throw rope.error(
              "rope_type",
              "must be one of default, linear, dynamic, llama3, yarn, longrope, got " + type);
    };
  }

  /** Returns the value of a key, or the default where it is absent or 0, as in the reference. */
  private static double unlessZero(ConfigReader rope, String key, double defaultValue) {
    double value = rope.atLeastZeroOr(key, defaultValue);
    return value == 0 ? defaultValue : value;
  }

  private static @Nullable Double mscale(ConfigReader rope, String key) {
    double value = rope.atLeastZeroOr(key, 0);
    return value == 0 ? null : value;
  }

  private static int originalMaxPositions(ConfigReader rope, ConfigReader json, int maxPositions) {
    return rope.intOr(
        "original_max_position_embeddings",
        json.intOr("original_max_position_embeddings", maxPositions, 1, Integer.MAX_VALUE),
        1,
        Integer.MAX_VALUE);
  }

  /**
   * Returns the rotation.
   *
   * @param headDim E, the width of a head
   * @param interleaved interleaved RoPE, instead of half-split
   */
  public Rope rope(int headDim, boolean interleaved) {
    return new Rope((int) (headDim * share), theta, scaling, interleaved);
  }

  /** Writes the new notation. */
  public void write(ObjectNode json) {
    writeParameters(json.putObject("rope_parameters"));
  }

  /** Writes one of several objects of the new notation. */
  public void writeParameters(ObjectNode rope) {
    rope.put("rope_theta", theta);
    if (share != 1) {
      rope.put("partial_rotary_factor", share);
    }
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
