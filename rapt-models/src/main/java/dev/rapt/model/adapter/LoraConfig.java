package dev.rapt.model.adapter;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.load.HeadKind;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Configuration of a LoRA or DoRA adapter, as adapter_config.json of PEFT holds it.
 *
 * @param rank r, columns of A and rows of B, at least 1
 * @param alpha the update is scaled by alpha / r
 * @param rankStabilized whether it is scaled by alpha / sqrt(r) instead; arXiv:2312.03732
 * @param dora whether the adapter is DoRA
 * @param dropout probability of dropout, in training, of what the updates read; in [0, 1)
 * @param targets which linear layers it updates
 * @param rankPattern ranks of single layers, by the end of their names or a regular expression
 * @param alphaPattern alphas of single layers, likewise
 * @param modulesToSave layers that are trained and stored whole, by the end of their names
 * @param baseModel folder or name of the base model, or null
 * @param taskType PEFT's name of the task, {@code CAUSAL_LM}, or null
 */
public record LoraConfig(
    int rank,
    double alpha,
    boolean rankStabilized,
    boolean dora,
    double dropout,
    Targets targets,
    Map<String, Integer> rankPattern,
    Map<String, Double> alphaPattern,
    List<String> modulesToSave,
    @Nullable String baseModel,
    @Nullable String taskType) {
  /** Name of the file in an adapter's folder. */
  public static final String FILE = "adapter_config.json";

  private static final String SEQUENCES = "SEQ_CLS";
  private static final String TOKENS = "TOKEN_CLS";
  private static final String ANSWERS = "QUESTION_ANS";

  private static final List<String> EXACT_STARTS = List.of("true", "false", "gaussian");

  /** Options of PEFT that change the computation and are not supported, unless they are off. */
  private static final List<String> UNSUPPORTED =
      List.of(
          "alora_invocation_tokens",
          "arrow_config",
          "kasa_config",
          "layer_replication",
          "lora_bias",
          "monteclora_config",
          "target_parameters",
          "trainable_token_indices",
          "use_bdlora",
          "use_qalora",
          "velora_config");

  /** Checks the values. */
  public LoraConfig {
    if (rank < 1) {
      throw new IllegalArgumentException("rank: must be at least 1, got " + rank);
    }
    if (!(alpha > 0) || Double.isInfinite(alpha)) {
      throw new IllegalArgumentException("alpha: must be positive, got " + alpha);
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("LoRA dropout: must be in [0, 1), got " + dropout);
    }
  }

  /** Returns a LoRA configuration for layers whose names end like this: {@code q_proj}. */
  public static LoraConfig of(int rank, double alpha, List<String> names) {
    return of(rank, alpha, Targets.named(names));
  }

  /** Returns a LoRA configuration for these layers. */
  public static LoraConfig of(int rank, double alpha, Targets targets) {
    return new LoraConfig(
        rank, alpha, false, false, 0, targets, Map.of(), Map.of(), List.of(), null, null);
  }

  /** Returns a copy for DoRA. */
  public LoraConfig withDora() {
    return copy(rankStabilized, true, dropout, modulesToSave, baseModel, taskType);
  }

  /** Returns a copy with the scale alpha / sqrt(r). */
  public LoraConfig withRankStabilized() {
    return copy(true, dora, dropout, modulesToSave, baseModel, taskType);
  }

  /** Returns a copy with this dropout probability. */
  public LoraConfig withDropout(double probability) {
    return copy(rankStabilized, dora, probability, modulesToSave, baseModel, taskType);
  }

  /** Returns a copy with this folder or name of the base model. */
  public LoraConfig withBaseModel(String name) {
    return copy(rankStabilized, dora, dropout, modulesToSave, name, taskType);
  }

  /**
   * Returns a copy for a model with this head: the task type of PEFT and, for classifiers and
   * question answering, the layers of the head, which PEFT then trains and stores whole.
   */
  public LoraConfig forHead(HeadKind kind) {
    Set<String> whole = new LinkedHashSet<>(modulesToSave);
    whole.addAll(headLayers(taskType(kind)));
    return copy(rankStabilized, dora, dropout, List.copyOf(whole), baseModel, taskType(kind));
  }

  /** Returns a copy in which these layers, too, are trained and stored whole. */
  public LoraConfig withModulesToSave(Collection<String> layers) {
    Set<String> whole = new LinkedHashSet<>(modulesToSave);
    layers.stream().filter(layer -> !savesWhole(layer)).forEach(whole::add);
    return copy(rankStabilized, dora, dropout, List.copyOf(whole), baseModel, taskType);
  }

  private LoraConfig copy(
      boolean rankStabilized,
      boolean dora,
      double dropout,
      List<String> modulesToSave,
      @Nullable String baseModel,
      @Nullable String taskType) {
    return new LoraConfig(
        rank,
        alpha,
        rankStabilized,
        dora,
        dropout,
        targets,
        rankPattern,
        alphaPattern,
        modulesToSave,
        baseModel,
        taskType);
  }

  private static @Nullable String taskType(HeadKind kind) {
    return switch (kind) {
      case LANGUAGE_MODEL -> "CAUSAL_LM";
      case TEXT_TO_TEXT -> "SEQ_2_SEQ_LM";
      case SEQUENCE_CLASSIFICATION -> SEQUENCES;
      case TOKEN_CLASSIFICATION -> TOKENS;
      case QUESTION_ANSWERING -> ANSWERS;
      case NONE -> "FEATURE_EXTRACTION";
      case MASKED_LM, MULTIPLE_CHOICE, NEXT_SENTENCE, PRETRAINING -> null;
    };
  }

  /** Returns the kind of head of the task; empty if the task is unknown. */
  Optional<HeadKind> head() {
    return Arrays.stream(HeadKind.values())
        .filter(kind -> taskType != null && taskType.equals(taskType(kind)))
        .findFirst();
  }

  /**
   * Returns the layers that PEFT trains and stores whole for a task, wherever the model has them.
   */
  private static List<String> headLayers(@Nullable String taskType) {
    return switch (taskType) {
      case SEQUENCES, TOKENS -> List.of("classifier", "score");
      case ANSWERS -> List.of("qa_outputs");
      case null, default -> List.of();
    };
  }

  /** Returns the rank of this layer: {@code model.layers.0.self_attn.q_proj}. */
  public int rankOf(String layer) {
    return of(rankPattern, layer, rank);
  }

  /** Returns the factor by which the update of this layer is multiplied. */
  public float scaleOf(String layer) {
    double divisor = rankStabilized ? Math.sqrt(rankOf(layer)) : rankOf(layer);
    return (float) (of(alphaPattern, layer, alpha) / divisor);
  }

  private static <T> T of(Map<String, T> pattern, String layer, T general) {
    for (Map.Entry<String, T> entry : pattern.entrySet()) {
      if (Pattern.matches("(.*\\.)?(%s)".formatted(entry.getKey()), layer)) {
        return entry.getValue();
      }
    }
    return general;
  }

  /**
   * Reads adapter_config.json.
   *
   * @throws CheckpointException if the adapter is of a kind that is not supported
   */
  public static LoraConfig parse(ConfigReader json) {
    String type = json.requireString("peft_type");
    if (!type.equals("LORA")) {
      throw json.error("peft_type", "must be LORA, got " + type);
    }
    for (String option : UNSUPPORTED) {
      JsonNode value = json.json().path(option);
      boolean off =
          value.isMissingNode() || value.isNull() || (value.isBoolean() && !value.booleanValue());
      if (!off && !(value.isContainer() && value.isEmpty())) {
        throw json.error(option, "is not supported, must be absent or null, got " + value);
      }
    }
    String bias = json.stringOr("bias", "none");
    if (!bias.equals("none")) {
      throw json.error("bias", "must be none, got " + bias);
    }
    String start = json.json().path("init_lora_weights").asString("true");
    if (!EXACT_STARTS.contains(start)) {
      throw json.error(
          "init_lora_weights",
          "must be true, false or gaussian, got %s, which changes the base model; convert the adapter to LoRA when it is saved (PEFT: path_initial_model_for_weight_conversion)"
              .formatted(start));
    }
    return new LoraConfig(
        json.intOr("r", 8, 1, Integer.MAX_VALUE),
        json.positiveOr("lora_alpha", 8),
        json.boolOr("use_rslora", false),
        json.boolOr("use_dora", false),
        dropout(json),
        Targets.parse(json),
        pattern(json, "rank_pattern", JsonNode::asInt),
        pattern(json, "alpha_pattern", JsonNode::asDouble),
        json.strings("modules_to_save"),
        json.optionalString("base_model_name_or_path").orElse(null),
        json.optionalString("task_type").orElse(null));
  }

  private static double dropout(ConfigReader json) {
    double dropout = json.json().path("lora_dropout").asDouble(0);
    if (!(dropout >= 0 && dropout < 1)) {
      throw json.error("lora_dropout", "must be in [0, 1), got " + dropout);
    }
    return dropout;
  }

  private static <T> Map<String, T> pattern(
      ConfigReader json, String key, Function<JsonNode, T> value) {
    Map<String, T> pattern = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : json.json().path(key).properties()) {
      if (!entry.getValue().isNumber()) {
        throw json.error(key, "must hold numbers, got " + entry.getValue());
      }
      pattern.put(entry.getKey(), value.apply(entry.getValue()));
    }
    return pattern;
  }

  /**
   * Returns the configuration as PEFT writes it.
   *
   * @param inputMajor whether the layers are stored as (input, output), as in GPT-2
   */
  public ObjectNode write(boolean inputMajor) {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("peft_type", "LORA");
    json.put("task_type", taskType);
    json.put("base_model_name_or_path", baseModel);
    json.put("r", rank);
    json.put("lora_alpha", alpha);
    json.put("lora_dropout", dropout);
    json.put("use_rslora", rankStabilized);
    json.put("use_dora", dora);
    json.put("bias", "none");
    json.put("fan_in_fan_out", inputMajor);
    json.put("inference_mode", true);
    json.put("init_lora_weights", true);
    targets.write(json);
    ObjectNode ranks = json.putObject("rank_pattern");
    rankPattern.forEach(ranks::put);
    ObjectNode alphas = json.putObject("alpha_pattern");
    alphaPattern.forEach(alphas::put);
    if (modulesToSave.isEmpty()) {
      json.putNull("modules_to_save");
    } else {
      ArrayNode whole = json.putArray("modules_to_save");
      modulesToSave.forEach(whole::add);
    }
    return json;
  }

  /** Returns whether a layer, or one that it is part of, is trained and stored whole. */
  boolean savesWhole(String layer) {
    Set<String> whole = new LinkedHashSet<>(modulesToSave);
    whole.addAll(headLayers(taskType));
    return whole.stream().anyMatch(name -> ("." + layer + ".").contains("." + name + "."));
  }
}
