package dev.rapt.eval.task;

import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.options.GenerationOptionsBuilder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How a task generates.
 *
 * @param until stop strings
 * @param maxTokens most new tokens
 * @param maxTokensNode where the task says so; null if it does not
 * @param samples whether it samples; else it takes the likeliest token
 * @param temperature of sampling
 * @param topK 0 for all tokens
 * @param topP 1 for all tokens
 */
public record GenerationSettings(
    List<String> until,
    int maxTokens,
    @Nullable YamlNode maxTokensNode,
    boolean samples,
    double temperature,
    int topK,
    double topP) {
  private static final int USUAL_MAX_TOKENS = 256;

  /**
   * Reads {@code generation_kwargs}.
   *
   * @param maxTokens most new tokens, instead of what the node says
   */
  static GenerationSettings read(
      @Nullable YamlNode node, String fewShotDelimiter, OptionalInt maxTokens) {
    if (node == null) {
      return new GenerationSettings(
          List.of(fewShotDelimiter), maxTokens.orElse(USUAL_MAX_TOKENS), null, false, 1, 0, 1);
    }
    TaskKeys keys = TaskKeys.of(node);
    List<String> until =
        keys.find("until")
            .map(stop -> stop.elements().stream().map(YamlNode::text).toList())
            .orElse(List.of(fewShotDelimiter));
    YamlNode max = null;
    for (String name :
        List.of("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")) {
      Optional<YamlNode> found = keys.find(name);
      max = max == null ? found.orElse(null) : max;
    }
    double temperature = keys.find("temperature").map(YamlNode::number).orElse(0.0);
    boolean samples = keys.flagOr("do_sample", temperature > 0);
    int topK = keys.find("top_k").map(k -> k.count(0)).orElse(0);
    double topP = keys.find("top_p").map(YamlNode::number).orElse(1.0);
    keys.refuseOthers();
    return new GenerationSettings(
        until.stream().filter(stop -> !stop.isEmpty()).toList(),
        maxTokens.orElse(max == null ? USUAL_MAX_TOKENS : max.count(1)),
        maxTokens.isPresent() ? null : max,
        samples && temperature > 0,
        temperature,
        topK,
        topP);
  }

  /** Returns the options of generation, with what the model's folder says about its tokens. */
  GenerationOptions options(GenerationOptions base, int repeats, long seed) {
    GenerationOptionsBuilder builder =
        base.toBuilder()
            .maxNewTokens(maxTokens)
            .stopStrings(until)
            .numBeams(1)
            .numReturnSequences(samples ? repeats : 1);
    if (samples) {
      builder.doSample(true).temperature(temperature).topK(topK).topP(topP).seed(seed);
    } else {
      builder.doSample(false);
    }
    return builder.build();
  }
}
