package dev.rapt.text.embed;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.Truncation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * How texts become tokens of the transformer: settings of sentence_bert_config.json and
 * tokenizer_config.json.
 *
 * @param folder the folder or file of the transformer with its tokenizer
 * @param statedMaxTokens most tokens of a text by sentence_bert_config.json, infinite where absent
 * @param tokenizerMaxTokens most tokens of a text by tokenizer_config.json
 * @param lowerCases whether texts are put into lower case
 * @param hasTokenTypes whether the tokenizer tells the texts of a pair apart by token types
 * @param truncationSide {@code left} where long texts lose their start; null for what
 *     tokenizer.json says
 */
public record TransformerSettings(
    Path folder,
    double statedMaxTokens,
    double tokenizerMaxTokens,
    boolean lowerCases,
    boolean hasTokenTypes,
    @Nullable String truncationSide) {

  /** Names of the file, by the family of the first model that had it. */
  private static final List<String> FAMILIES =
      List.of("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet");

  private static final String MODEL_MAX_LENGTH = "model_max_length";

  /** Reads the settings of a folder without those of sentence-transformers. */
  public static TransformerSettings plain(Path folder) {
    return read(folder, SentenceFolder.empty(folder));
  }

  /**
   * Reads the settings of a folder.
   *
   * @param task what the transformer must compute: {@code feature-extraction}
   */
  static TransformerSettings read(Path folder, String task) {
    Path described = StoredModel.describingFolder(folder);
    ConfigReader json =
        FAMILIES.stream()
            .map(family -> described.resolve("sentence_" + family + "_config.json"))
            .filter(Files::exists)
            .findFirst()
            .map(ConfigReader::of)
            .orElseGet(() -> SentenceFolder.empty(folder));
    requireText(json, task);
    return read(folder, json);
  }

  /** Checks that the transformer reads texts as they are, and computes what its task says. */
  private static void requireText(ConfigReader json, String task) {
    String found = json.stringOr("transformer_task", task);
    if (!found.equals(task)) {
      throw json.error("transformer_task", "must be %s, got %s".formatted(task, found));
    }
    json.object("modality_config")
        .ifPresent(modalities -> {
          if (modalities.has("message")) {
            throw modalities.error(
                "message",
                "must be absent, got a chat template in front of the texts; Rapt reads texts as"
                    + " they are");
          }
          ConfigReader text = modalities.requireObject("text");
          List<String> output = text.strings("method_output_name");
          List<String> wanted =
              List.of(task.equals("feature-extraction") ? "last_hidden_state" : "logits");
          if (!output.equals(wanted)) {
            throw text.error("method_output_name", "must be %s, got %s".formatted(wanted, output));
          }
        });
    json.object("processing_kwargs")
        .filter(settings -> !settings.keys().isEmpty())
        .ifPresent(settings -> {
          throw json.error(
              "processing_kwargs", "must be empty, got settings for " + settings.keys());
        });
  }

  private static TransformerSettings read(Path folder, ConfigReader json) {
    ConfigReader tokenizer =
        SentenceFolder.orEmpty(
            StoredModel.describingFolder(folder).resolve("tokenizer_config.json"));
    return new TransformerSettings(
        folder,
        statedMaxTokens(json).orElse(Double.POSITIVE_INFINITY),
        tokenizer.positiveOr(MODEL_MAX_LENGTH, Double.MAX_VALUE),
        json.boolOr("do_lower_case", false),
        hasTokenTypes(tokenizer),
        tokenizer.optionalString("truncation_side").orElse(null));
  }

  /** The generic tokenizer class has none unless the file asks for them; those of families do. */
  private static boolean hasTokenTypes(ConfigReader json) {
    String key = "model_input_names";
    return json.has(key)
        ? json.strings(key).contains("token_type_ids")
        : !json.stringOr("tokenizer_class", "").equals("TokenizersBackend");
  }

  /** Arguments of the tokenizer, under their new or old key, come before max_seq_length. */
  private static OptionalDouble statedMaxTokens(ConfigReader json) {
    for (String key : List.of("processor_kwargs", "tokenizer_args")) {
      OptionalDouble max =
          json.object(key)
              .map(arguments -> arguments.optionalDouble(MODEL_MAX_LENGTH))
              .orElse(OptionalDouble.empty());
      if (max.isPresent()) {
        return max;
      }
    }
    return json.optionalDouble("max_seq_length");
  }

  /**
   * Returns the most tokens of a text that are read, special tokens included. What
   * sentence_bert_config.json states may exceed the context of training, unless the model ends
   * there.
   */
  public int maxTokens(ModelConfig config) {
    boolean isStated = Double.isFinite(statedMaxTokens);
    double max = isStated ? statedMaxTokens : tokenizerMaxTokens;
    return isStated && !config.endsAtMaxPositions()
        ? (int) max
        : (int) Math.min(max, config.maxPositions());
  }

  /** Returns how texts of more than this number of tokens are cut. */
  public Truncation truncation(Tokenizer tokenizer, int maxTokens) {
    boolean left =
        truncationSide == null
            ? tokenizer.truncation().map(Truncation::left).orElse(false)
            : truncationSide.equals("left");
    return new Truncation(maxTokens, Truncation.Strategy.LONGEST_FIRST, 0, left);
  }

  /** Loads the tokenizer. */
  public Tokenizer tokenizer() {
    Tokenizer tokenizer = StoredModel.of(folder).tokenizer();
    return lowerCases ? tokenizer.lowercasing() : tokenizer;
  }
}
