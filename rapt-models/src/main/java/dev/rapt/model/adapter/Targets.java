package dev.rapt.model.adapter;

import dev.rapt.checkpoint.ConfigReader;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which linear layers an adapter updates, by PEFT's rules ({@code check_target_module_exists}).
 *
 * @param names layers with one of these names, or whose name ends with a dot and one of them; empty
 *     if there is an expression
 * @param expression layers whose whole name matches; {@code all-linear} for all but the head; null
 *     if there are names
 * @param excluded layers that are left out, like {@code names}
 * @param excludedExpression layers that are left out, or null
 * @param layers only layers of blocks with these numbers; empty for all
 */
public record Targets(
    List<String> names,
    @Nullable String expression,
    List<String> excluded,
    @Nullable String excludedExpression,
    List<Integer> layers) {
  /** All linear layers but the language-model head. */
  public static final String ALL_LINEAR = "all-linear";

  private static final List<String> QUERY_VALUE = List.of("query", "value");
  private static final List<String> Q_V = List.of("q_proj", "v_proj");
  private static final List<String> FUSED = List.of("query_key_value");

  /** TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING of PEFT 0.21, of families that Rapt has. */
  private static final Map<String, List<String>> USUAL =
      Map.ofEntries(
          Map.entry("bart", Q_V),
          Map.entry("bert", QUERY_VALUE),
          Map.entry("bloom", FUSED),
          Map.entry("codegen", List.of("qkv_proj")),
          Map.entry("deberta-v2", List.of("query_proj", "value_proj")),
          Map.entry("electra", QUERY_VALUE),
          Map.entry("falcon", FUSED),
          Map.entry("gemma", Q_V),
          Map.entry("gemma2", Q_V),
          Map.entry("gemma3_text", Q_V),
          Map.entry("gpt2", List.of("c_attn")),
          Map.entry("gpt_bigcode", List.of("c_attn")),
          Map.entry("gpt_neo", Q_V),
          Map.entry("gpt_neox", FUSED),
          Map.entry("gptj", Q_V),
          Map.entry("llama", Q_V),
          Map.entry("llama4", Q_V),
          Map.entry("mistral", Q_V),
          Map.entry("mixtral", Q_V),
          Map.entry("mpt", List.of("Wqkv")),
          Map.entry("mt5", List.of("q", "v")),
          Map.entry("opt", Q_V),
          Map.entry("phi", List.of("q_proj", "v_proj", "fc1", "fc2")),
          Map.entry("qwen2", Q_V),
          Map.entry("qwen3", Q_V),
          Map.entry("roberta", QUERY_VALUE),
          Map.entry("rwkv", List.of("key", "value", "receptance", "output")),
          Map.entry("stablelm", Q_V),
          Map.entry("t5", List.of("q", "v")),
          Map.entry("xlm-roberta", QUERY_VALUE));

  private static final Pattern BLOCK = Pattern.compile(".*\\.[^.]*\\.(\\d+)\\..*");

  /** Returns the names or the expression, for messages. */
  String shown() {
    return expression == null ? String.join(", ", names) : expression;
  }

  /** Returns the layers whose names end like this: {@code q_proj}. */
  public static Targets named(List<String> names) {
    return new Targets(List.copyOf(names), null, List.of(), null, List.of());
  }

  /** Returns all linear layers but the language-model head. */
  public static Targets allLinear() {
    return new Targets(List.of(), ALL_LINEAR, List.of(), null, List.of());
  }

  /**
   * Returns the layers that PEFT updates by default in models of this {@code model_type}; all
   * linear layers where it has no default.
   */
  public static Targets usual(String modelType) {
    List<String> names = USUAL.get(modelType);
    return names == null ? allLinear() : named(names);
  }

  static Targets parse(ConfigReader json) {
    JsonNode layers = json.json().path("layers_to_transform");
    JsonNode pattern = json.json().path("layers_pattern");
    if (pattern.isString() || (pattern.isContainer() && !pattern.isEmpty())) {
      throw json.error("layers_pattern", "is not supported, must be null, got " + pattern);
    }
    return new Targets(
        names(json, "target_modules"),
        expression(json, "target_modules"),
        names(json, "exclude_modules"),
        expression(json, "exclude_modules"),
        layers.isInt() ? List.of(layers.asInt()) : json.ints("layers_to_transform"));
  }

  private static List<String> names(ConfigReader json, String key) {
    return json.json().path(key).isString() ? List.of() : json.strings(key);
  }

  private static @Nullable String expression(ConfigReader json, String key) {
    JsonNode value = json.json().path(key);
    if (!value.isString()) {
      return null;
    }
    try {
      return Pattern.compile(value.stringValue()).pattern();
    } catch (PatternSyntaxException e) {
      throw json.error(key, "must be a regular expression, but " + e.getDescription());
    }
  }

  void write(ObjectNode json) {
    put(json, "target_modules", names, expression);
    put(json, "exclude_modules", excluded, excludedExpression);
    if (layers.isEmpty()) {
      json.putNull("layers_to_transform");
    } else {
      ArrayNode numbers = json.putArray("layers_to_transform");
      layers.forEach(numbers::add);
    }
  }

  private static void put(
      ObjectNode json, String key, List<String> names, @Nullable String expression) {
    if (expression != null || names.isEmpty()) {
      json.put(key, expression);
    } else {
      ArrayNode array = json.putArray(key);
      names.forEach(array::add);
    }
  }

  /**
   * Returns whether the adapter updates this layer.
   *
   * @param layer full name: {@code model.layers.0.self_attn.q_proj}
   * @param isHead whether it is the language-model head
   */
  boolean has(String layer, boolean isHead) {
    if (excluded.stream().anyMatch(name -> endsLike(layer, name))
        || (excludedExpression != null && layer.matches(excludedExpression))) {
      return false;
    }
    if (expression != null) {
      return expression.equals(ALL_LINEAR) ? !isHead : layer.matches(expression);
    }
    return names.stream().anyMatch(name -> endsLike(layer, name)) && isOfChosenBlock(layer);
  }

  private boolean isOfChosenBlock(String layer) {
    if (layers.isEmpty()) {
      return true;
    }
    Matcher block = BLOCK.matcher(layer);
    return block.matches() && layers.contains(Integer.valueOf(block.group(1)));
  }

  static boolean endsLike(String layer, String name) {
    return layer.equals(name) || layer.endsWith("." + name);
  }
}
