package dev.rapt.model;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.ModelConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Families of one kind, by their {@code model_type}.
 *
 * @param <C> what their configurations have in common
 * @param <B> what is built
 */
final class FamilyTable<C extends ModelConfig, B> {
  private final String kind;
  private final Map<String, Family<? extends C, B>> byType = new LinkedHashMap<>();

  /**
   * A table.
   *
   * @param kind what the families are, as error messages call it: {@code a decoder}
   */
  FamilyTable(String kind, List<Family<? extends C, B>> families) {
    this.kind = kind;
    for (Family<? extends C, B> family : families) {
      if (byType.put(family.modelType(), family) != null) {
        throw new IllegalStateException("families: twice " + family.modelType());
      }
    }
  }

  /** Whether a model type is in this table. */
  boolean has(String modelType) {
    return byType.containsKey(modelType);
  }

  /** The model types, in order. */
  Set<String> modelTypes() {
    return byType.keySet();
  }

  /**
   * The family that a config.json names.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if it is none of these
   */
  Family<? extends C, B> of(ConfigReader json) {
    String type = json.requireString("model_type");
    Family<? extends C, B> family = byType.get(type);
    if (family == null) {
      throw json.error(
          "model_type",
          ModelTypes.known().contains(type)
              ? "must be %s, got %s: %s".formatted(kind, type, HeadKind.found(json))
              : "must be %s (%s), got %s"
                  .formatted(kind, String.join(", ", byType.keySet()), type));
    }
    return family;
  }

  /** The family of a configuration. */
  Family<? extends C, B> of(ModelConfig config) {
    Family<? extends C, B> family = byType.get(config.modelType());
    if (family == null) {
      throw new IllegalArgumentException(
          "model: must be %s, got %s".formatted(kind, config.modelType()));
    }
    return family;
  }
}
