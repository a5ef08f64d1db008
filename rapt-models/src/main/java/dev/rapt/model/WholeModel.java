package dev.rapt.model;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.load.HeadKind;
import java.nio.file.Path;

/** Models of folders whose kind is not known beforehand. */
public final class WholeModel {
  private WholeModel() {}

  /**
   * Loads a model with the head that its config.json names, or else the usual one of its family.
   */
  public static Model load(Path folder, ConfigReader config) {
    String type = config.stringOr("model_type", "");
    HeadKind kind = HeadKind.of(config).orElseGet(() -> usualHead(type));
    Path file = config.path();
    boolean isSeq2Seq = Seq2SeqLm.isFamily(type);
    return switch (kind) {
      case LANGUAGE_MODEL -> CausalLm.load(folder);
      case MASKED_LM -> MaskedLm.load(folder);
      case TEXT_TO_TEXT ->
          isSeq2Seq ? Seq2SeqLm.load(folder) : CausalLm.load(folder); // of images and text
      case SEQUENCE_CLASSIFICATION -> Classifier.load(folder, Classifier.Unit.SEQUENCE);
      case TOKEN_CLASSIFICATION -> Classifier.load(folder, Classifier.Unit.TOKEN);
      case QUESTION_ANSWERING -> QuestionAnswering.load(folder);
      case MULTIPLE_CHOICE -> MultipleChoice.load(folder, file);
      case NEXT_SENTENCE -> NextSentence.load(folder, file);
      case PRETRAINING ->
          type.equals("electra")
              ? ReplacedTokenDetection.load(folder, file, false)
              : Pretraining.load(folder, file, false);
      case NONE -> Encoder.load(folder);
    };
  }

  private static HeadKind usualHead(String modelType) {
    return Seq2SeqLm.isFamily(modelType)
        ? HeadKind.TEXT_TO_TEXT
        : CausalLm.isFamily(modelType) ? HeadKind.LANGUAGE_MODEL : HeadKind.NONE;
  }
}
