package dev.rapt.model.load;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.family.Family;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The model types that Rapt supports: {@code model_type} in config.json. */
public final class ModelTypes {
  private ModelTypes() {}

  /** Returns all model types, in alphabetical order. */
  public static Set<String> known() {
    Set<String> known = new TreeSet<>(DecoderFamilies.TABLE.modelTypes());
    known.addAll(TextPart.multimodalTypes());
    known.addAll(EncoderFamilies.TABLE.modelTypes());
    known.addAll(Seq2SeqFamilies.TABLE.modelTypes());
    return known;
  }

  /** Returns whether models of this type are multimodal, so that only their text part is loaded. */
  public static boolean isMultimodal(String modelType) {
    return TextPart.multimodalTypes().contains(modelType);
  }

  /**
   * Returns the model type of a config.json.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if it has none, or an unsupported one
   */
  public static String require(ConfigReader json) {
    String type = json.requireString("model_type");
    if (!known().contains(type)) {
      throw json.error("model_type", unknown("a supported type", type, known()));
    }
    return type;
  }

  /**
   * Returns the family of a config.json.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if the table does not have the model type
   */
  public static <C extends ModelConfig, B> Family<? extends C, B> family(
      FamilyTable<C, B> table, ConfigReader json) {
    String type = json.requireString("model_type");
    Optional<Family<? extends C, B>> family = table.find(type);
    if (family.isEmpty()) {
      throw json.error(
          "model_type",
          known().contains(type)
              ? "must be %s, got %s: %s; choose another model%s"
                  .formatted(
                      table.kind(),
                      type,
                      HeadKind.found(json),
                      HeadKind.command(json)
                          .map(name -> ", or run this one with " + name)
                          .orElse(""))
              : unknown(table.kind(), type, table.modelTypes()));
    }
    return family.get();
  }

  private static String unknown(String kind, String type, Collection<String> types) {
    List<String> similar = SimilarNames.to(type, types);
    return "must be %s, got %s; docs/models.md lists the supported types%s"
        .formatted(kind, type, similar.isEmpty() ? "" : ", such as " + String.join(", ", similar));
  }
}
