package dev.rapt.text.embed;

import dev.rapt.autograd.Ops;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Pooling: makes one vector of the hidden states of a text's tokens. Several modes give the
 * concatenation of their vectors. A text without tokens has the zero vector.
 *
 * @param modes how the hidden states become vectors, in order
 * @param includesPrompt whether the tokens of the prompt count
 */
record Pooling(List<PoolingMode> modes, boolean includesPrompt) {
  private static final String MODE = "pooling_mode";

  /** Writes the configuration of pooling by one mode, for all releases. */
  static ObjectNode describe(PoolingMode mode, int hiddenSize) {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("word_embedding_dimension", hiddenSize);
    for (PoolingMode each : PoolingMode.values()) {
      json.put(each.flag(), each == mode);
    }
    return json.put("include_prompt", true);
  }

  /** Pooling by one mode. */
  static Pooling of(PoolingMode mode) {
    return new Pooling(List.of(mode), true);
  }

  /**
   * Reads the modes: names under {@code pooling_mode} (from release 5.4 on), else a flag for each
   * mode; the mean where none is set.
   */
  static Pooling parse(ConfigReader json) {
    List<PoolingMode> modes = json.strings(MODE).stream().map(name -> mode(json, name)).toList();
    if (!json.has(MODE)) {
      modes =
          Arrays.stream(PoolingMode.values())
              .filter(mode -> json.boolOr(mode.flag(), false))
              .toList();
    }
    return new Pooling(
        modes.isEmpty() ? List.of(PoolingMode.MEAN) : modes, json.boolOr("include_prompt", true));
  }

  private static PoolingMode mode(ConfigReader json, String name) {
    return Arrays.stream(PoolingMode.values())
        .filter(mode -> mode.label().equals(name))
        .findFirst()
        .orElseThrow(() ->
            json.error(
                MODE,
                "must be of %s, got %s"
                    .formatted(
                        Arrays.stream(PoolingMode.values()).map(PoolingMode::label).toList(),
                        name)));
  }

  /**
   * Pools the hidden states of a batch.
   *
   * @param hidden (B, T, D)
   * @param from (B) the first token of each text that counts
   * @param to (B) the end of each text's tokens, exclusive
   * @return (B, modes x D), f32
   */
  Tensor forward(Tensor hidden, int[] from, int[] to) {
    return Ops.concat(modes.stream().map(mode -> forward(mode, hidden, from, to)).toList());
  }

  private static Tensor forward(PoolingMode mode, Tensor hidden, int[] from, int[] to) {
    Scope scope = hidden.scope();
    int B = Math.toIntExact(hidden.dim(0)), T = Math.toIntExact(hidden.dim(1));
    int[] mask = new int[B * T];
    float[] positions = new float[B * T];
    float[] factors = new float[B];
    for (int b = 0; b < B; b++) {
      int begin = first(mode, from[b], to[b]);
      int end = mode == PoolingMode.CLS ? Math.min(begin + 1, to[b]) : to[b];
      for (int t = begin; t < end; t++) {
        mask[b * T + t] = 1;
        positions[b * T + t] = t + 1;
      }
      factors[b] = (float) ofMean(mode, begin, end);
    }
    Tensor counted = scope.ints(mask, B, T);
    if (mode == PoolingMode.MAX) {
      return Ops.maxOverTime(hidden, counted);
    }
    Tensor x =
        mode == PoolingMode.WEIGHTED_MEAN
            ? Ops.multiply(hidden, scope.floats(positions, B, T, 1))
            : hidden;
    Tensor mean = Ops.meanOverTime(x, counted, DType.F32);
    return mode == PoolingMode.MEAN_SQRT_LEN || mode == PoolingMode.WEIGHTED_MEAN
        ? Ops.multiply(mean, scope.floats(factors, B, 1))
        : mean;
  }

  /** The first token that a mode reads; CLS reads the first of all where the prompt is all. */
  private static int first(PoolingMode mode, int from, int to) {
    return switch (mode) {
      case CLS -> from < to ? from : 0;
      case LAST_TOKEN -> Math.max(from, to - 1);
      case MAX, MEAN, MEAN_SQRT_LEN, WEIGHTED_MEAN -> from;
    };
  }

  /** Returns the factor of the mean that makes it the result of a mode. */
  private static double ofMean(PoolingMode mode, int from, int to) {
    double count = Math.max(1, to - from);
    return switch (mode) {
      case MEAN_SQRT_LEN -> Math.sqrt(count);
      case WEIGHTED_MEAN -> 2 / (from + 1.0 + to); // of the mean of from + 1, ..., to
      case CLS, MAX, MEAN, LAST_TOKEN -> 1;
    };
  }
}
