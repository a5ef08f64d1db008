package dev.rapt.model.load;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Task of a model's head. It follows from the suffix of the Hugging Face transformers class that
 * {@code architectures} in config.json names: {@code BertForMaskedLM}.
 */
public enum HeadKind {
  /** Causal language modelling. */
  LANGUAGE_MODEL("a language model", "rapt generate", "ForCausalLM", "LMHeadModel"),
  /** Masked language modelling. */
  MASKED_LM("a masked language model", "rapt fill-mask", "ForMaskedLM"),
  /** Sequence-to-sequence: generates a text from a source text. */
  TEXT_TO_TEXT(
      "a sequence-to-sequence model",
      "rapt summarize or rapt translate",
      "ForConditionalGeneration",
      "MTModel"),
  /** Classification of texts. */
  SEQUENCE_CLASSIFICATION("a text classifier", "rapt classify", "ForSequenceClassification"),
  /** Classification of tokens. */
  TOKEN_CLASSIFICATION("a token classifier", "rapt tag", "ForTokenClassification"),
  /** Extractive question answering. */
  QUESTION_ANSWERING("a question answering model", "rapt answer", "ForQuestionAnswering"),
  /** Multiple choice. */
  MULTIPLE_CHOICE("a multiple choice model", null, "ForMultipleChoice"),
  /** Next sentence prediction. */
  NEXT_SENTENCE("a next sentence prediction model", null, "ForNextSentencePrediction"),
  /** Pretraining of an encoder. */
  PRETRAINING("a pretraining model", null, "ForPreTraining"),
  /** No head: hidden states. */
  NONE("a model without a head", "rapt embed", "Model", "EncoderModel");

  private final String description;
  private final @Nullable String command;
  private final String suffix;
  private final @Nullable String otherSuffix;

  HeadKind(String description, @Nullable String command, String suffix) {
    this(description, command, suffix, null);
  }

  HeadKind(
      String description, @Nullable String command, String suffix, @Nullable String otherSuffix) {
    this.description = description;
    this.command = command;
    this.suffix = suffix;
    this.otherSuffix = otherSuffix;
  }

  private List<String> suffixes() {
    return otherSuffix == null ? List.of(suffix) : List.of(suffix, otherSuffix);
  }

  /** Returns the name of a model with this head: {@code a masked language model}. */
  public String description() {
    return description;
  }

  /** Returns the transformers class with this head, given any class of the family. */
  public String className(String ofFamily) {
    String stem =
        Arrays.stream(values())
            .flatMap(kind -> kind.suffixes().stream())
            .filter(ofFamily::endsWith)
            .findFirst()
            .map(end -> ofFamily.substring(0, ofFamily.length() - end.length()))
            .orElse(ofFamily);
    return suffixes().stream()
        .map(stem::concat)
        .filter(ofFamily::equals)
        .findFirst()
        .orElse(stem + suffix);
  }

  /**
   * Returns the kind of the class that a config.json names; empty if it names none, or an unknown
   * one.
   */
  public static Optional<HeadKind> of(ConfigReader json) {
    String name = architecture(json);
    for (HeadKind kind : values()) {
      if (kind.suffixes().stream().anyMatch(name::endsWith)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /** As {@link #of}; of a folder that names no class, the usual kind of its family. */
  public static Optional<HeadKind> likely(ConfigReader json) {
    return architecture(json).isEmpty() ? usual(json.stringOr("model_type", "")) : of(json);
  }

  private static String architecture(ConfigReader json) {
    return json.has("architectures")
        ? json.strings("architectures").stream().findFirst().orElse("")
        : "";
  }

  /** Returns whether layers of this head may share their names with those of another head. */
  private boolean hasLayersOfItsOwn() {
    return switch (this) {
      case SEQUENCE_CLASSIFICATION, TOKEN_CLASSIFICATION, QUESTION_ANSWERING, MULTIPLE_CHOICE ->
          true;
      case LANGUAGE_MODEL, MASKED_LM, TEXT_TO_TEXT, NEXT_SENTENCE, PRETRAINING, NONE -> false;
    };
  }

  /**
   * Checks that a checkpoint does not hold another head whose layers have the same names.
   *
   * @throws CheckpointException if it does
   */
  public void requireNotConfused(ConfigReader json) {
    HeadKind found = of(json).orElse(this);
    if (found != this && hasLayersOfItsOwn() && found.hasLayersOfItsOwn()) {
      throw mismatch(json);
    }
  }

  /** Returns an error that states what a folder holds instead of a model with this head. */
  public CheckpointException mismatch(ConfigReader json) {
    return new CheckpointException(
        json.path(),
        "must describe %s, got %s; %sgive it this head with rapt finetune"
            .formatted(
                description,
                found(json),
                command(json).map(name -> "run it with %s, or ".formatted(name)).orElse("")));
  }

  /** Returns what a folder holds: {@code a language model (architectures: X)}. */
  public static String found(ConfigReader json) {
    String name = architecture(json);
    HeadKind kind = of(json).orElse(null);
    String type = json.stringOr("model_type", "");
    if (kind == null && name.isEmpty()) {
      return usual(type)
          .map(usual -> "%s (model_type: %s)".formatted(usual.description, type))
          .orElse("model_type " + type);
    }
    return kind == null
        ? "architectures " + name
        : "%s (architectures: %s)".formatted(kind.description, name);
  }

  /**
   * Returns the command that runs what a folder holds: {@code rapt generate}; empty if none does.
   */
  static Optional<String> command(ConfigReader json) {
    Optional<HeadKind> kind =
        architecture(json).isEmpty() ? usual(json.stringOr("model_type", "")) : of(json);
    return kind.map(found -> found.command);
  }

  /** Returns the usual head of a family, for folders that do not name their class. */
  private static Optional<HeadKind> usual(String modelType) {
    if (Seq2SeqFamilies.TABLE.has(modelType)) {
      return Optional.of(TEXT_TO_TEXT);
    }
    return DecoderFamilies.TABLE.has(modelType) || ModelTypes.isMultimodal(modelType)
        ? Optional.of(LANGUAGE_MODEL)
        : Optional.empty();
  }
}
