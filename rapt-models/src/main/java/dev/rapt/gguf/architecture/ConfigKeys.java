package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keys of GGUF and of config.json with the same value, a pair on each line of a table: the key of
 * GGUF without the name of the architecture, the key of config.json, and the type of the value.
 *
 * <pre>
 * embedding_length   hidden_size   int
 * rope.freq_base     rope_theta    float
 * </pre>
 */
final class ConfigKeys {
  /** A line of the table. */
  private record Pair(String gguf, String release, Type type) {}

  private enum Type {
    INT,
    FLOAT
  }

  private final List<Pair> pairs = new ArrayList<>();

  private ConfigKeys() {}

  /** Reads a table. */
  static ConfigKeys of(String table) {
    ConfigKeys keys = new ConfigKeys();
    table
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .forEach(line -> {
          String[] words = line.split(" +", 3);
          Type type = words[2].equals("float") ? Type.FLOAT : Type.INT;
          keys.pairs.add(new Pair(words[0], words[1], type));
        });
    return keys;
  }

  /** Copies the values that a file has to a config.json. */
  void read(GgufMetadata metadata, String architecture, ObjectNode json) {
    for (Pair pair : pairs) {
      String key = architecture + "." + pair.gguf;
      if (!metadata.has(key)) {
        continue;
      }
      switch (pair.type) {
        case INT -> json.put(pair.release, integer(metadata, key));
        case FLOAT -> json.put(pair.release, decimal(metadata, key));
      }
    }
  }

  /** Copies the values that a config.json has to the metadata of a file. */
  void write(ConfigReader json, String architecture, Map<String, Object> metadata) {
    for (Pair pair : pairs) {
      if (json.has(pair.release)) {
        Object value =
            switch (pair.type) {
              case INT -> json.requireInt(pair.release, 0, Integer.MAX_VALUE);
              case FLOAT -> (float) json.requireDouble(pair.release);
            };
        metadata.put(architecture + "." + pair.gguf, value);
      }
    }
  }

  /** Returns an integer of 32 bits. */
  static int integer(GgufMetadata metadata, String key) {
    long value = metadata.integer(key);
    if (value < Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
      throw new CheckpointException(metadata.file(), key, "must be below 2^31, got " + value);
    }
    return (int) value;
  }

  /** Returns a number as its shortest decimal form reads: 1e-5 for the f32 nearest to it. */
  static double decimal(GgufMetadata metadata, String key) {
    return Double.parseDouble(Float.toString((float) metadata.number(key)));
  }
}
