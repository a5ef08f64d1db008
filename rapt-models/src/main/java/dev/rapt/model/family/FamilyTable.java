package dev.rapt.model.family;

import dev.rapt.model.config.ModelConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Families of one kind, by their {@code model_type}.
 *
 * @param <C> common type of the configurations
 * @param <B> type of the models without their heads
 */
public final class FamilyTable<C extends ModelConfig, B> {
  private final String kind;
  private final Map<String, Family<? extends C, B>> byType = new LinkedHashMap<>();

  /**
   * Creates a table.
   *
   * @param kind name of such a model for error messages: {@code a decoder}
   */
  public FamilyTable(String kind, List<Family<? extends C, B>> families) {
    this.kind = kind;
    for (Family<? extends C, B> family : families) {
      if (byType.put(family.modelType(), family) != null) {
        throw new IllegalStateException(
            "families: model types must be distinct, got " + family.modelType() + " twice");
      }
    }
  }

  /** Returns whether a model type is in this table. */
  public boolean has(String modelType) {
    return byType.containsKey(modelType);
  }

  /** The model types, in order. */
  public Set<String> modelTypes() {
    return byType.keySet();
  }

  /** Returns the name of such a model for error messages: {@code a decoder}. */
  public String kind() {
    return kind;
  }

  /** Returns the family of a {@code model_type}, empty if it is not in this table. */
  public Optional<Family<? extends C, B>> find(String modelType) {
    return Optional.ofNullable(byType.get(modelType));
  }

  /**
   * Returns the family of a configuration.
   *
   * @throws IllegalArgumentException if this table does not have it
   */
  public Family<? extends C, B> of(ModelConfig config) {
    Family<? extends C, B> family = byType.get(config.modelType());
    if (family == null) {
      throw new IllegalArgumentException(
          "model: must be %s, got %s".formatted(kind, config.modelType()));
    }
    return family;
  }
}
