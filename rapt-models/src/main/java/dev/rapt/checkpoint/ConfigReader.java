package dev.rapt.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the keys of a JSON configuration. A key that is missing or null is absent; any other value
 * must have the requested type (a number in quotes is not a number). Every error is a {@link
 * CheckpointException} that names the file, the key, what must hold and what was found:
 *
 * <pre>{@code
 * ConfigReader config = ConfigReader.of(folder.resolve("config.json"));
 * int hiddenSize = config.requireInt("hidden_size", 1, 1 << 20);
 * double normEps = config.doubleOr("rms_norm_eps", 1e-6);
 * }</pre>
 */
public final class ConfigReader {
  private final Path file;
  private final String prefix;
  private final JsonNode object;

  private ConfigReader(Path file, String prefix, JsonNode object) {
    this.file = file;
    this.prefix = prefix;
    this.object = object;
  }

  /**
   * Reads a file that holds a JSON object.
   *
   * @throws CheckpointException if the file is missing or holds anything else
   */
  public static ConfigReader of(Path file) {
    return of(file, JsonFiles.read(file));
  }

  /** Reads a JSON object; {@code file} is named in errors. */
  public static ConfigReader of(Path file, JsonNode object) {
    if (!object.isObject()) {
      throw new CheckpointException(
          file, "must hold a JSON object, got " + JsonFiles.describe(object));
    }
    return new ConfigReader(file, "", object);
  }

  /** Returns the file that errors name. */
  public Path path() {
    return file;
  }

  /** Returns the JSON object, for values without a fixed type. */
  public JsonNode json() {
    return object;
  }

  /** Returns the keys of this object, sorted. */
  public Set<String> keys() {
    return new TreeSet<>(object.propertyNames());
  }

  /** Returns whether the key is present and not null. */
  public boolean has(String key) {
    return find(key) != null;
  }

  /** Returns a copy with this value for the key if it is absent. */
  public ConfigReader withDefault(String key, JsonNode value) {
    return has(key) ? this : with(key, value);
  }

  /** Returns a copy with this value for the key. */
  public ConfigReader with(String key, JsonNode value) {
    ObjectNode changed = (ObjectNode) object.deepCopy();
    changed.set(key, value);
    return new ConfigReader(file, prefix, changed);
  }

  /** Returns an error about a key: {@code config.json: <key> <problem>}. */
  public CheckpointException error(String key, String problem) {
    return new CheckpointException(file, prefix + key, problem);
  }

  /** Returns the value as a 32-bit integer. */
  public int requireInt(String key) {
    return toInt(key, require(key), Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  /** Returns the value as an integer from min to max, inclusive. */
  public int requireInt(String key, int min, int max) {
    return toInt(key, require(key), min, max);
  }

  /** Returns the value as an integer, or the default if the key is absent. */
  public int intOr(String key, int defaultValue) {
    return optionalInt(key).orElse(defaultValue);
  }

  /**
   * Returns the value as an integer from min to max, inclusive, or the default if the key is
   * absent.
   */
  public int intOr(String key, int defaultValue, int min, int max) {
    return optionalInt(key, min, max).orElse(defaultValue);
  }

  /** Returns the value as an integer, empty if the key is absent. */
  public OptionalInt optionalInt(String key) {
    return optionalInt(key, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  /** Returns the value as an integer from min to max, inclusive, empty if the key is absent. */
  public OptionalInt optionalInt(String key, int min, int max) {
    JsonNode value = find(key);
    return value == null ? OptionalInt.empty() : OptionalInt.of(toInt(key, value, min, max));
  }

  /** Returns the value as a number other than NaN; {@code Infinity} is allowed. */
  public double requireDouble(String key) {
    return toDouble(key, require(key));
  }

  /** Returns the value as a number, or the default if the key is absent. */
  public double doubleOr(String key, double defaultValue) {
    return optionalDouble(key).orElse(defaultValue);
  }

  /** Returns the value as a dropout probability in [0, 1), or the default if the key is absent. */
  public float dropoutOr(String key, double defaultValue) {
    double value = doubleOr(key, defaultValue);
    if (!(value >= 0 && (float) value < 1)) {
      throw error(key, "must be in [0, 1), got " + value);
    }
    return (float) value;
  }

  /** Returns the value as the epsilon of a norm, or the default if the key is absent. */
  public float epsilonOr(String key, double defaultValue) {
    return (float) atLeastZeroOr(key, defaultValue);
  }

  /** Returns the value as a finite number of at least 0, or the default if the key is absent. */
  public double atLeastZeroOr(String key, double defaultValue) {
    double value = doubleOr(key, defaultValue);
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw error(key, "must be a finite number of at least 0, got " + value);
    }
    return value;
  }

  /** Returns the value as a finite number above 0, or the default if the key is absent. */
  public double positiveOr(String key, double defaultValue) {
    double value = atLeastZeroOr(key, defaultValue);
    if (value == 0) {
      throw error(key, "must be above 0, got 0");
    }
    return value;
  }

  /** Returns the value as a finite number above 0. */
  public double requirePositive(String key) {
    return positiveOr(key, requireDouble(key));
  }

  /** Returns the value as a number, empty if the key is absent. */
  public OptionalDouble optionalDouble(String key) {
    JsonNode value = find(key);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(toDouble(key, value));
  }

  /** Returns the value as a string. */
  public String requireString(String key) {
    return toText(key, require(key));
  }

  /** Returns the value as a string, or the default if the key is absent. */
  public String stringOr(String key, String defaultValue) {
    return optionalString(key).orElse(defaultValue);
  }

  /** Returns the value as a string, empty if the key is absent. */
  public Optional<String> optionalString(String key) {
    JsonNode value = find(key);
    return value == null ? Optional.empty() : Optional.of(toText(key, value));
  }

  /** Returns the value as a boolean. */
  public boolean requireBool(String key) {
    return toBool(key, require(key));
  }

  /** Returns the value as a boolean, or the default if the key is absent. */
  public boolean boolOr(String key, boolean defaultValue) {
    JsonNode value = find(key);
    return value == null ? defaultValue : toBool(key, value);
  }

  /** Returns the object under this key, empty if the key is absent. */
  public Optional<ConfigReader> object(String key) {
    JsonNode value = find(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isObject()) {
      throw error(key, "must be an object, got " + JsonFiles.describe(value));
    }
    return Optional.of(new ConfigReader(file, prefix + key + ".", value));
  }

  /** Returns the object under this key. */
  public ConfigReader requireObject(String key) {
    return object(key).orElseThrow(() -> missing(key));
  }

  /**
   * Returns the integers under this key; a single integer counts as a list; empty if the key is
   * absent.
   */
  public List<Integer> ints(String key) {
    List<Integer> all = new ArrayList<>();
    for (JsonNode value : values(key)) {
      all.add(toInt(key, value, Integer.MIN_VALUE, Integer.MAX_VALUE));
    }
    return List.copyOf(all);
  }

  /**
   * Returns the numbers under this key; a single number counts as a list; empty if the key is
   * absent.
   */
  public List<Double> doubles(String key) {
    List<Double> all = new ArrayList<>();
    for (JsonNode value : values(key)) {
      all.add(toDouble(key, value));
    }
    return List.copyOf(all);
  }

  /**
   * Returns the strings under this key; a single string counts as a list; empty if the key is
   * absent.
   */
  public List<String> strings(String key) {
    List<String> all = new ArrayList<>();
    for (JsonNode value : values(key)) {
      all.add(toText(key, value));
    }
    return List.copyOf(all);
  }

  private Iterable<JsonNode> values(String key) {
    JsonNode value = find(key);
    if (value == null) {
      return List.of();
    }
    return value.isArray() ? value.values() : List.of(value);
  }

  private @Nullable JsonNode find(String key) {
    JsonNode value = object.get(key);
    return value == null || value.isNull() ? null : value;
  }

  private JsonNode require(String key) {
    JsonNode value = find(key);
    if (value == null) {
      throw missing(key);
    }
    return value;
  }

  private CheckpointException missing(String key) {
    return error(key, object.has(key) ? "must be set, got null" : "must be set, but is missing");
  }

  private int toInt(String key, JsonNode value, int min, int max) {
    boolean isInt = value.isIntegralNumber() && value.canConvertToInt();
    if (!isInt || value.intValue() < min || value.intValue() > max) {
      String range = "an integer";
      boolean isTooLarge = value.isIntegralNumber() && !value.canConvertToInt();
      if (isTooLarge || (min != Integer.MIN_VALUE && max != Integer.MAX_VALUE)) {
        range += " from " + min + " to " + max;
      } else if (min != Integer.MIN_VALUE) {
        range += " of at least " + min;
      } else if (max != Integer.MAX_VALUE) {
        range += " of at most " + max;
      }
      throw error(key, "must be " + range + ", got " + JsonFiles.describe(value));
    }
    return value.intValue();
  }

  private double toDouble(String key, JsonNode value) {
    if (!value.isNumber() || Double.isNaN(value.doubleValue())) {
      throw error(key, "must be a number, got " + JsonFiles.describe(value));
    }
    return value.doubleValue();
  }

  private String toText(String key, JsonNode value) {
    if (!value.isString()) {
      throw error(key, "must be a string, got " + JsonFiles.describe(value));
    }
    return value.stringValue();
  }

  private boolean toBool(String key, JsonNode value) {
    if (!value.isBoolean()) {
      throw error(key, "must be true or false, got " + JsonFiles.describe(value));
    }
    return value.booleanValue();
  }
}
