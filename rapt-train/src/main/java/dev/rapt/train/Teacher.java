package dev.rapt.train;

import dev.rapt.model.CausalLm;
import dev.rapt.model.Classifier;
import dev.rapt.model.MaskedLm;
import dev.rapt.model.Model;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Set;

/**
 * The teacher of a distillation.
 *
 * @param folder its folder
 * @param temperature temperature of both distributions
 * @param alpha weight of the loss of the labels, or of the text
 */
public record Teacher(Path folder, float temperature, float alpha) {
  /** Setting: folder of the teacher. */
  public static final String FOLDER = "teacher";

  /** Setting: temperature. */
  public static final String TEMPERATURE = "temperature";

  /** Setting: weight of the loss of the labels, or of the text. */
  public static final String ALPHA = "alpha";

  /** The settings of a distillation. */
  public static final Set<String> SETTINGS = Set.of(FOLDER, TEMPERATURE, ALPHA);

  private static final double USUAL_TEMPERATURE = 2;
  private static final double USUAL_ALPHA = 0.5;

  /**
   * Returns whether the model has a teacher.
   *
   * @throws IllegalArgumentException if a setting of the distillation comes without one
   */
  public static boolean isSet(NamedSettings settings) {
    boolean isSet = settings.values().containsKey(FOLDER);
    for (String setting : SETTINGS) {
      if (!isSet && settings.values().containsKey(setting)) {
        throw new IllegalArgumentException(setting + ": must come with a teacher, got none");
      }
    }
    return isSet;
  }

  /** Reads the settings. */
  public static Teacher of(NamedSettings settings) {
    return new Teacher(
        Path.of(settings.text(FOLDER, "")),
        (float) settings.number(TEMPERATURE, USUAL_TEMPERATURE, Float.MIN_NORMAL, 1e6),
        (float) settings.number(ALPHA, USUAL_ALPHA, 0, Float.MAX_VALUE));
  }

  /**
   * Loads a teacher of classes.
   *
   * @param student has the classes that it must have
   * @param tokenizer the tokenizer that it must have
   * @param longest tokens of the longest text
   * @throws IllegalArgumentException if it has others
   */
  public Classifier classifier(Classifier student, Tokenizer tokenizer, int longest) {
    requireTokens(tokenizer);
    Classifier teacher = requireContext(Classifier.load(folder, Classifier.Unit.SEQUENCE), longest);
    String classes = teacher.labels().names().toString();
    if (!teacher.labels().names().equals(student.labels().names())) {
      teacher.close();
      throw new IllegalArgumentException(
          "%s: the teacher must have the classes %s, got %s; fine-tune the teacher on the same labels"
              .formatted(folder, student.labels().names(), classes));
    }
    return teacher;
  }

  /**
   * Loads a teacher that is a causal language model.
   *
   * @param tokenizer the tokenizer that it must have
   * @param longest tokens of the longest text
   * @throws IllegalArgumentException if it has another
   */
  public CausalLm causalLm(Tokenizer tokenizer, int longest) {
    requireTokens(tokenizer);
    return requireContext(CausalLm.load(folder), longest);
  }

  /**
   * Loads a teacher that is a masked language model.
   *
   * @param tokenizer the tokenizer that it must have
   * @param longest tokens of the longest text
   * @throws IllegalArgumentException if it has another
   */
  public MaskedLm maskedLm(Tokenizer tokenizer, int longest) {
    requireTokens(tokenizer);
    return requireContext(MaskedLm.load(folder), longest);
  }

  private <M extends Model> M requireContext(M teacher, int longest) {
    int positions = teacher.config().maxPositions();
    if (positions < longest) {
      teacher.close();
      throw new IllegalArgumentException(
          "%s: the teacher must read texts of %d tokens, got a context of %d; set a shorter max length"
              .formatted(folder, longest, positions));
    }
    return teacher;
  }

  private void requireTokens(Tokenizer wanted) {
    Tokenizer got = Tokenizer.load(folder);
    int size = Math.max(wanted.vocabSize(), got.vocabSize());
    for (int id = 0; id < size; id++) {
      String own = wanted.idToToken(id).orElse("none");
      String other = got.idToToken(id).orElse("none");
      if (!own.equals(other)) {
        throw new IllegalArgumentException(
            "%s: the teacher must have the tokens of the model, but token %d is \"%s\" where the model has \"%s\"; choose a teacher with the same tokenizer"
                .formatted(folder, id, other, own));
      }
    }
  }
}
