package dev.rapt.model.load;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.family.Family;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The model families that Rapt knows, by the {@code model_type} of their config.json. */
public final class ModelTypes {
  private ModelTypes() {}

  /** All, in alphabetical order. */
  public static Set<String> known() {
    Set<String> known = new TreeSet<>(DecoderFamilies.TABLE.modelTypes());
    known.addAll(TextPart.multimodalTypes());
    known.addAll(EncoderFamilies.TABLE.modelTypes());
    known.addAll(Seq2SeqFamilies.TABLE.modelTypes());
    return known;
  }

  /** Whether of models of this type the text part alone is read. */
  public static boolean isMultimodal(String modelType) {
    return TextPart.multimodalTypes().contains(modelType);
  }

  /**
   * The type that a config.json names.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if it names none, or one that is not known
   */
  public static String require(ConfigReader json) {
    String type = json.requireString("model_type");
    if (!known().contains(type)) {
      throw json.error(
          "model_type", "must be one of %s; got %s".formatted(String.join(", ", known()), type));
    }
    return type;
  }

  /**
   * The family that a config.json names.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if the table does not have it
   */
  public static <C extends ModelConfig, B> Family<? extends C, B> family(
      FamilyTable<C, B> table, ConfigReader json) {
    String type = json.requireString("model_type");
    Optional<Family<? extends C, B>> family = table.find(type);
    if (family.isEmpty()) {
      throw json.error(
          "model_type",
          known().contains(type)
              ? "must be %s, got %s: %s".formatted(table.kind(), type, HeadKind.found(json))
              : "must be %s (%s), got %s"
                  .formatted(table.kind(), String.join(", ", table.modelTypes()), type));
    }
    return family.get();
  }
}
