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
 * Rotary positions as a config.json describes them: {@code rope_parameters} in newer files, {@code
 * rope_theta} and {@code rope_scaling} in older ones.
 *
 * @param theta base of the frequencies
 * @param share share of a head that is rotated, from its first element on; commonly 1
 */
public record RopeConfig(double theta, double share, RopeScaling scaling) {
  /** The base of RoFormer, arXiv:2104.09864, section 3.3. */
  public static final double DEFAULT_THETA = 10000;

  /** The rotation of whole heads. */
  public RopeConfig(double theta, RopeScaling scaling) {
    this(theta, 1, scaling);
  }

  /** The same with positions stretched in another way. */
  public RopeConfig withScaling(RopeScaling other) {
    return new RopeConfig(theta, share, other);
  }

  /** Reads either notation; whole heads are rotated. */
  public static RopeConfig parse(ConfigReader json, int maxPositions) {
    return parse(json, maxPositions, DEFAULT_THETA);
  }

  /**
   * Reads either notation; whole heads are rotated.
   *
   * @param defaultTheta the base when the file does not say
   */
  public static RopeConfig parse(ConfigReader json, int maxPositions, double defaultTheta) {
    double theta = json.positiveOr("rope_theta", defaultTheta);
    return parameters(json)
        .map(rope -> parse(rope, json, maxPositions, theta))
        .orElseGet(() -> new RopeConfig(theta, new RopeScaling.None()));
  }

  /**
   * Reads either notation of rotations of a part of each head.
   *
   * @param defaultShare the share that is rotated when the file does not say
   */
  public static RopeConfig parsePartial(ConfigReader json, int maxPositions, double defaultShare) {
    return parsePartial(json, maxPositions, defaultShare, DEFAULT_THETA);
  }

  /**
   * Reads either notation of rotations of a part of each head.
   *
   * @param defaultShare the share that is rotated when the file does not say
   * @param defaultTheta the base when the file does not say
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
   * Reads one object of the newer notation, where a file has several.
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
   * Reads the rotation of one kind of layers, where a file has several.
   *
   * @param rope its own part of the file
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
      case "mrope" -> new RopeScaling.None(); // text has the same position in all three directions
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

  /** A zero says nothing, as in the reference. */
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
   * The rotation itself.
   *
   * @param headDim E, of which a share is rotated
   * @param interleaved whether neighbours form a pair, instead of an element of each half
   */
  public Rope rope(int headDim, boolean interleaved) {
    return new Rope((int) (headDim * share), theta, scaling, interleaved);
  }

  /** Writes the newer notation. */
  public void write(ObjectNode json) {
    writeParameters(json.putObject("rope_parameters"));
  }

  /** Writes one object of the newer notation, where a file has several. */
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
