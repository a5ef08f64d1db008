package dev.rapt.model.load;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.Weights;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.IntNode;
import tools.jackson.databind.node.StringNode;

/**
 * The text part of a published model that reads images or sound, too: an ordinary decoder, which
 * config.json describes under {@code text_config}. Its weights lie under {@code language_model},
 * the head's among them, or under {@code model.language_model}, with the head outside. All else in
 * the checkpoint is left alone.
 *
 * @param json the whole configuration
 * @param text that of the text part
 */
public record TextPart(ConfigReader json, ConfigReader text) {
  /**
   * A family of whole models.
   *
   * @param textType type of a text part that names none
   * @param defaults of its configuration, where files leave out what the reference has by default
   * @param mayBeFlat whether older files have what describes the text part at their top
   */
  private record Whole(String textType, Map<String, Integer> defaults, boolean mayBeFlat) {
    Whole(String textType) {
      this(textType, Map.of(), false);
    }

    static Whole maybeFlat(String textType) {
      return new Whole(textType, Map.of(), true);
    }
  }

  private static final Map<String, Whole> WHOLES =
      Map.of(
          "gemma3",
          new Whole(
              "gemma3_text",
              Map.of(
                  "vocab_size", 262208,
                  "hidden_size", 2304,
                  "intermediate_size", 9216,
                  "num_hidden_layers", 26,
                  "num_attention_heads", 8,
                  "num_key_value_heads", 4,
                  "head_dim", 256,
                  "max_position_embeddings", 131072),
              false),
          "llama4",
          new Whole("llama4_text"),
          "mistral3",
          new Whole("mistral"),
          "qwen2_vl",
          Whole.maybeFlat("qwen2_vl_text"),
          "qwen2_5_vl",
          Whole.maybeFlat("qwen2_5_vl_text"),
          "qwen3_vl",
          new Whole("qwen3_vl_text"),
          "qwen3_5",
          new Whole("qwen3_5_text"),
          "qwen3_5_moe",
          new Whole("qwen3_5_moe_text"));

  private static final String TIED = "tie_word_embeddings";

  /** What names the token that stands for a piece of an image, a video or a sound. */
  private static final List<String> PLACEHOLDERS =
      List.of(
          "image_token_id",
          "image_token_index",
          "video_token_id",
          "video_token_index",
          "audio_token_id",
          "audio_token_index");

  /** The types of the models whose text part can be loaded. */
  public static Set<String> multimodalTypes() {
    return WHOLES.keySet();
  }

  /** The text part of what a config.json describes; empty where that is text and nothing else. */
  public static Optional<TextPart> of(ConfigReader json) {
    Whole whole = WHOLES.get(json.stringOr("model_type", ""));
    return whole == null
        ? Optional.empty()
        : Optional.of(new TextPart(json, describe(json, whole)));
  }

  private static ConfigReader describe(ConfigReader json, Whole whole) {
    StringNode textType = StringNode.valueOf(whole.textType);
    ConfigReader text =
        whole.mayBeFlat && !json.has("text_config")
            ? json.with("model_type", textType)
            : json.requireObject("text_config").withDefault("model_type", textType);
    if (text.requireString("model_type").equals(whole.textType)) {
      for (Map.Entry<String, Integer> value : whole.defaults.entrySet()) {
        text = text.withDefault(value.getKey(), IntNode.valueOf(value.getValue()));
      }
    }
    // the head that is tied is that of the whole model; a checkpoint that has one comes first
    return text.with(TIED, BooleanNode.valueOf(json.boolOr(TIED, text.boolOr(TIED, true))));
  }

  /** Where the names of the text part begin, its head's among them. */
  Weights root(Weights weights) {
    return weights.atIfPresent("language_model");
  }

  /** Where the text part without its head lies, which has this prefix in a checkpoint of text. */
  Weights base(Weights weights, String prefix) {
    Weights inner = weights.at("model").atIfPresent("language_model");
    return inner.fullName("").endsWith("language_model.")
        ? inner
        : root(weights).atIfPresent(prefix);
  }

  /** Names of what is not of the text part. */
  Pattern others() {
    return Pattern.compile("(?!(model\\.)?language_model\\.|lm_head\\.).*");
  }

  /** Refuses tokens that stand for something else than text. */
  void requireText(int[] ids) {
    for (String key : PLACEHOLDERS) {
      OptionalInt placeholder = json.optionalInt(key);
      if (placeholder.isPresent()
          && Arrays.stream(ids).anyMatch(id -> id == placeholder.getAsInt())) {
        throw new IllegalArgumentException(
            "prompt: must be text, since of %s the text part alone is loaded, got token %d, which"
                    .formatted(json.requireString("model_type"), placeholder.getAsInt())
                + " stands for an image, a video or a sound (%s); leave it out".formatted(key));
      }
    }
  }
}
