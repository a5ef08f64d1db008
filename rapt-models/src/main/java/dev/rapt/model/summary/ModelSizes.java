package dev.rapt.model.summary;

import dev.rapt.checkpoint.ConfigReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The sizes in a config.json, whichever keys its family uses. Also covers families that Rapt cannot
 * run.
 *
 * @param family the model type
 * @param values the sizes found, by Rapt's names for them
 * @param uses tasks of the model, from the names of its classes in Hugging Face transformers
 * @param isTied whether the embeddings are tied: the head shares the weight of the token embedding
 * @param numExperts experts per layer; 0 without experts
 * @param activeExperts experts per layer that run for a token; 0 without experts
 * @param cacheValuesPerToken values per position in the KV cache, over all layers; 0 if unknown
 */
public record ModelSizes(
    String family,
    Map<String, Integer> values,
    List<String> uses,
    boolean isTied,
    long numExperts,
    long activeExperts,
    long cacheValuesPerToken) {

  /** Reads the sizes of a configuration. */
  public static ModelSizes of(ConfigReader config) {
    ConfigReader text = config.object("text_config").orElse(config);
    Map<String, Integer> values = new LinkedHashMap<>();
    put(values, "layers", text, "num_hidden_layers", "n_layer", "n_layers", "num_layers");
    put(values, "hidden_size", text, "hidden_size", "n_embd", "d_model", "dim");
    put(values, "heads", text, "num_attention_heads", "n_head", "n_heads", "num_heads");
    put(values, "key_value_heads", text, "num_key_value_heads", "num_kv_heads");
    put(values, "head_dim", text, "head_dim", "d_kv", "kv_channels");
    put(values, "intermediate_size", text, "intermediate_size", "n_inner", "d_ff", "ffn_dim");
    put(values, "experts", text, "num_local_experts", "n_routed_experts", "num_experts");
    put(values, "experts_per_token", text, "num_experts_per_tok", "num_experts_per_token");
    put(values, "sliding_window", text, "sliding_window");
    put(
        values,
        "context",
        text,
        "max_position_embeddings",
        "n_positions",
        "max_seq_len",
        "seq_length");
    put(values, "vocabulary", text, "vocab_size");
    return new ModelSizes(
        config.stringOr("model_type", "unknown"),
        values,
        uses(config.strings("architectures")),
        text.boolOr("tie_word_embeddings", config.boolOr("tie_word_embeddings", true)),
        values.getOrDefault("experts", 0),
        values.getOrDefault("experts_per_token", 0),
        cacheValues(text, values));
  }

  /** Puts the value of the first key that the configuration has. */
  private static void put(
      Map<String, Integer> values, String name, ConfigReader config, String... keys) {
    for (String key : keys) {
      if (config.json().path(key).isInt()) {
        values.put(name, config.requireInt(key));
        return;
      }
    }
  }

  /**
   * Multi-head latent attention caches a latent vector and a rotary key; other attention caches G
   * keys and values.
   */
  private static long cacheValues(ConfigReader config, Map<String, Integer> values) {
    int layers = values.getOrDefault("layers", 0);
    int width = values.getOrDefault("hidden_size", 0);
    int heads = values.getOrDefault("heads", 0);
    if (layers == 0 || width == 0 || heads == 0) {
      return 0;
    }
    if (config.json().path("kv_lora_rank").isInt()) {
      return layers
          * ((long) config.requireInt("kv_lora_rank") + config.intOr("qk_rope_head_dim", 0));
    }
    long kvHeads = values.getOrDefault("key_value_heads", heads);
    long headDim = values.getOrDefault("head_dim", width / heads);
    return 2L * layers * kvHeads * headDim;
  }

  /** Returns the bytes of the KV cache of one sequence of this many tokens, by dtype. */
  public Map<String, Long> cacheBytes(int numTokens) {
    Map<String, Long> bytes = new LinkedHashMap<>();
    bytes.put("f32", 4L * numTokens * cacheValuesPerToken);
    bytes.put("bf16", 2L * numTokens * cacheValuesPerToken);
    return bytes;
  }

  private static List<String> uses(List<String> classes) {
    List<String> uses = new ArrayList<>();
    for (String name : classes) {
      uses.add(use(name));
    }
    return List.copyOf(uses);
  }

  /** Returns the task of a class of Hugging Face transformers, from the suffix of its name. */
  private static String use(String name) {
    for (Use use : Use.values()) {
      if (name.endsWith(use.suffix)) {
        return use.words;
      }
    }
    return name;
  }

  /** Tasks by the suffixes of class names; longer suffixes come first. */
  private enum Use {
    CAUSAL("ForCausalLM", "generate text"),
    GPT2("LMHeadModel", "generate text"),
    MASKED("ForMaskedLM", "fill masks"),
    PRETRAINING("ForPreTraining", "fill masks, pretrained"),
    SEQUENCE("ForSequenceClassification", "classify texts"),
    TOKEN("ForTokenClassification", "classify tokens"),
    QUESTION("ForQuestionAnswering", "answer questions"),
    CHOICE("ForMultipleChoice", "choose answers"),
    IMAGE("ForImageClassification", "classify images"),
    SPEECH("ForCTC", "transcribe speech"),
    CONDITIONAL("ForConditionalGeneration", "generate text from an input"),
    MARIAN("MTModel", "translate"),
    BARE("Model", "embed");

    private final String suffix;
    private final String words;

    Use(String suffix, String words) {
      this.suffix = suffix;
      this.words = words;
    }
  }
}
