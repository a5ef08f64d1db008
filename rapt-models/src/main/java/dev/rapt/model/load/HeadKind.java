package dev.rapt.model.load;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a model does with its head. The classes of the Python library, which {@code architectures}
 * in config.json names, end accordingly: {@code BertForMaskedLM}.
 */
public enum HeadKind {
  /** Continues texts. */
  LANGUAGE_MODEL("a language model", "rapt generate", "ForCausalLM", "LMHeadModel"),
  /** Fills in masked tokens. */
  MASKED_LM("a masked language model", "rapt fill-mask", "ForMaskedLM"),
  /** Makes a text of another. */
  TEXT_TO_TEXT(
      "an encoder-decoder that writes texts",
      "rapt summarize or rapt translate",
      "ForConditionalGeneration",
      "MTModel"),
  /** Says which class a text belongs to. */
  SEQUENCE_CLASSIFICATION("a classifier of texts", "rapt classify", "ForSequenceClassification"),
  /** Says which class each token belongs to. */
  TOKEN_CLASSIFICATION("a classifier of tokens", "rapt tag", "ForTokenClassification"),
  /** Finds answers in a text. */
  QUESTION_ANSWERING("a model that answers questions from a text", "rapt answer", "ForQuestionAnswering"),
  /** Scores answers. */
  MULTIPLE_CHOICE("a model that chooses among answers", null, "ForMultipleChoice"),
  /** Tells whether a text follows another. */
  NEXT_SENTENCE(
      "a model that tells whether texts follow each other", null, "ForNextSentencePrediction"),
  /** What an encoder was first trained for. */
  PRETRAINING("a model as it was pretrained", null, "ForPreTraining"),
  /** Hidden states and nothing else. */
  NONE("a model without a head", "rapt embed", "Model", "EncoderModel");

  private final String description;
  private final @Nullable String command;
  private final String suffix;
  private final @Nullable String otherSuffix;

  HeadKind(String description, @Nullable String command, String suffix) {
    this(description, command, suffix, null);
  }

  HeadKind(String description, @Nullable String command, String suffix, @Nullable String otherSuffix) {
    this.description = description;
    this.command = command;
    this.suffix = suffix;
    this.otherSuffix = otherSuffix;
  }

  private List<String> suffixes() {
    return otherSuffix == null ? List.of(suffix) : List.of(suffix, otherSuffix);
  }

  /** The model with this head in words: {@code a masked language model}. */
  public String description() {
    return description;
  }

  /** The class of the Python library with this head, of the family that a class belongs to. */
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

  /** The kind of the class that a config.json names; empty where it names none that is known. */
  public static Optional<HeadKind> of(ConfigReader json) {
    String name = architecture(json);
    for (HeadKind kind : values()) {
      if (kind.suffixes().stream().anyMatch(name::endsWith)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  private static String architecture(ConfigReader json) {
    return json.has("architectures")
        ? json.strings("architectures").stream().findFirst().orElse("")
        : "";
  }

  /** Whether the layers of this head may have the names of another's and mean something else. */
  private boolean hasLayersOfItsOwn() {
    return switch (this) {
      case SEQUENCE_CLASSIFICATION, TOKEN_CLASSIFICATION, QUESTION_ANSWERING, MULTIPLE_CHOICE -> true;
      case LANGUAGE_MODEL, MASKED_LM, TEXT_TO_TEXT, NEXT_SENTENCE, PRETRAINING, NONE -> false;
    };
  }

  /** Refuses a head whose layers only look like those of this kind. */
  public void requireNotConfused(ConfigReader json) {
    HeadKind found = of(json).orElse(this);
    if (found != this && hasLayersOfItsOwn() && found.hasLayersOfItsOwn()) {
      throw mismatch(json);
    }
  }

  /** Says what a folder holds instead of a model with this head. */
  public CheckpointException mismatch(ConfigReader json) {
    return new CheckpointException(
        json.path(), "must describe %s, got %s".formatted(description, found(json)));
  }

  /**
   * What a folder holds and what to do with it: {@code a language model (architectures: X); use}.
   */
  public static String found(ConfigReader json) {
    String name = architecture(json);
    HeadKind kind = of(json).orElse(null);
    String type = json.stringOr("model_type", "");
    if (kind == null && name.isEmpty()) {
      return usual(type)
          .map(usual -> "%s (model_type: %s); use %s".formatted(usual.description, type, usual.command))
          .orElse("model_type " + type);
    }
    if (kind == null) {
      return "architectures " + name;
    }
    String found = "%s (architectures: %s)".formatted(kind.description, name);
    return kind.command == null
        ? found + "; fine-tune it first"
        : "%s; use %s, or fine-tune it"
            .formatted(found, Objects.requireNonNull(kind.command));
  }

  /** What a family is for by its nature, where a folder does not say. */
  private static Optional<HeadKind> usual(String modelType) {
    if (Seq2SeqFamilies.TABLE.has(modelType)) {
      return Optional.of(TEXT_TO_TEXT);
    }
    return DecoderFamilies.TABLE.has(modelType) || ModelTypes.isMultimodal(modelType)
        ? Optional.of(LANGUAGE_MODEL)
        : Optional.empty();
  }
}
