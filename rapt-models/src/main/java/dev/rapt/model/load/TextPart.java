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
 * The text part of a multimodal model: a decoder, described by {@code text_config} in config.json.
 * Its weights are named {@code language_model...}, including the head, or {@code
 * model.language_model...}, without the head. Other weights of the checkpoint are ignored.
 *
 * @param json the whole configuration
 * @param text configuration of the text part
 */
public record TextPart(ConfigReader json, ConfigReader text) {
  /**
   * A family of multimodal models.
   *
   * @param textType model type of a text part that states none
   * @param defaults default sizes of the reference, for text parts that leave them out
   * @param mayBeFlat whether older files describe the text part at the top level
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

  /** Keys of the ids of placeholder tokens for images, videos and audio. */
  private static final List<String> PLACEHOLDERS =
      List.of(
          "image_token_id",
          "image_token_index",
          "video_token_id",
          "video_token_index",
          "audio_token_id",
          "audio_token_index");

  /** Returns the types of multimodal models whose text part can be loaded. */
  public static Set<String> multimodalTypes() {
    return WHOLES.keySet();
  }

  /**
   * Returns the text part of a multimodal model; empty if a config.json describes a text-only
   * model.
   */
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
    // tie_word_embeddings of the whole model comes first; a head in the checkpoint overrides it
    return text.with(TIED, BooleanNode.valueOf(json.boolOr(TIED, text.boolOr(TIED, true))));
  }

  /** Returns the root of the text part's weights, including its head. */
  Weights root(Weights weights) {
    return weights.atIfPresent("language_model");
  }

  /**
   * Returns the weights of the text part without its head, which has this prefix in text-only
   * checkpoints.
   */
  Weights base(Weights weights, String prefix) {
    Weights inner = weights.at("model").atIfPresent("language_model");
    return inner.fullName("").endsWith("language_model.")
        ? inner
        : root(weights).atIfPresent(prefix);
  }

  /** Returns a pattern of the tensors that do not belong to the text part. */
  Pattern others() {
    return Pattern.compile("(?!(model\\.)?language_model\\.|lm_head\\.).*");
  }

  /** Checks that ids hold no placeholder tokens. */
  void requireText(int[] ids) {
    for (String key : PLACEHOLDERS) {
      OptionalInt placeholder = json.optionalInt(key);
      if (placeholder.isPresent()
          && Arrays.stream(ids).anyMatch(id -> id == placeholder.getAsInt())) {
        throw new IllegalArgumentException(
            "prompt: must be text, since only the text part of %s is loaded, got token %d, which"
                    .formatted(json.requireString("model_type"), placeholder.getAsInt())
                + " stands for an image, a video or audio (%s); remove it".formatted(key));
      }
    }
  }
}
