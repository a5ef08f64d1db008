package dev.rapt.text.embed;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * Pooling: makes one vector of the hidden states of a text's tokens. Several modes give the
 * concatenation of their vectors. A text without tokens has the zero vector.
 *
 * @param modes how the hidden states become vectors, in order
 * @param includesPrompt whether the tokens of the prompt count
 */
record Pooling(List<Mode> modes, boolean includesPrompt) {
  /** How the hidden states of tokens become one vector. */
  enum Mode {
    /** The first token. */
    CLS("cls", "pooling_mode_cls_token"),
    /** The largest value of each component. */
    MAX("max", "pooling_mode_max_tokens"),
    /** The mean. */
    MEAN("mean", "pooling_mode_mean_tokens"),
    /** The sum, divided by the square root of the number of tokens. */
    MEAN_SQRT_LEN("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens"),
    /** The mean, weighted by the positions 1, 2, ... */
    WEIGHTED_MEAN("weightedmean", "pooling_mode_weightedmean_tokens"),
    /** The last token. */
    LAST_TOKEN("lasttoken", "pooling_mode_lasttoken");

    private final String label;
    private final String flag;

    Mode(String label, String flag) {
      this.label = label;
      this.flag = flag;
    }
  }

  private static final String MODE = "pooling_mode";

  /** Pooling by one mode. */
  static Pooling of(Mode mode) {
    return new Pooling(List.of(mode), true);
  }

  /**
   * Reads the modes: names under {@code pooling_mode} (from release 5.4 on), else a flag for each
   * mode; the mean where none is set.
   */
  static Pooling parse(ConfigReader json) {
    List<Mode> modes = json.strings(MODE).stream().map(name -> mode(json, name)).toList();
    if (!json.has(MODE)) {
      modes = Arrays.stream(Mode.values()).filter(mode -> json.boolOr(mode.flag, false)).toList();
    }
    return new Pooling(
        modes.isEmpty() ? List.of(Mode.MEAN) : modes, json.boolOr("include_prompt", true));
  }

  private static Mode mode(ConfigReader json, String name) {
    return Arrays.stream(Mode.values())
        .filter(mode -> mode.label.equals(name))
        .findFirst()
        .orElseThrow(() ->
            json.error(
                MODE,
                "must be of %s, got %s"
                    .formatted(
                        Arrays.stream(Mode.values()).map(mode -> mode.label).toList(), name)));
  }

  /**
   * Pools the hidden states of a batch.
   *
   * @param hidden (B, T, D), f32
   * @param from (B) the first token of each text that counts
   * @param to (B) the end of each text's tokens, exclusive
   * @return (B, modes x D)
   */
  Tensor forward(Tensor hidden, int[] from, int[] to) {
    hidden.requireType(DType.F32);
    int B = Math.toIntExact(hidden.dim(0));
    int D = Math.toIntExact(hidden.dim(2));
    MemorySegment memory = hidden.memory();
    float[] pooled = new float[B * modes.size() * D];
    float[] token = new float[D];
    double[] sum = new double[D];
    int at = 0;
    for (int b = 0; b < B; b++) {
      for (Mode mode : modes) {
        Arrays.fill(sum, from[b] < to[b] && mode == Mode.MAX ? Double.NEGATIVE_INFINITY : 0);
        int begin = first(mode, from[b], to[b]);
        int end = mode == Mode.CLS ? Math.min(begin + 1, to[b]) : to[b];
        for (int t = begin; t < end; t++) {
          long offset = (b * hidden.dim(1) + t) * D * Float.BYTES;
          MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, offset, token, 0, D);
          add(mode, token, t, sum);
        }
        double divisor = divisor(mode, begin, end);
        for (int d = 0; d < D; d++) {
          pooled[at++] = (float) (sum[d] / divisor);
        }
      }
    }
    return hidden.scope().floats(pooled, B, (long) modes.size() * D);
  }

  /** The first token that a mode reads; CLS reads the first of all where the prompt is all. */
  private static int first(Mode mode, int from, int to) {
    return switch (mode) {
      case CLS -> from < to ? from : 0;
      case LAST_TOKEN -> Math.max(from, to - 1);
      case MAX, MEAN, MEAN_SQRT_LEN, WEIGHTED_MEAN -> from;
    };
  }

  private static void add(Mode mode, float[] token, int position, double[] sum) {
    for (int d = 0; d < token.length; d++) {
      switch (mode) {
        case MAX -> sum[d] = Math.max(sum[d], token[d]);
        case WEIGHTED_MEAN -> sum[d] += (position + 1.0) * token[d];
        case CLS, MEAN, MEAN_SQRT_LEN, LAST_TOKEN -> sum[d] += token[d];
      }
    }
  }

  private static double divisor(Mode mode, int from, int to) {
    double count = Math.max(1, to - from);
    return switch (mode) {
      case MEAN -> count;
      case MEAN_SQRT_LEN -> Math.sqrt(count);
      case WEIGHTED_MEAN -> count * (from + 1.0 + to) / 2; // the sum of from + 1, ..., to
      case CLS, MAX, LAST_TOKEN -> 1;
    };
  }
}
