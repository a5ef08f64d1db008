package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.gguf.GgufFile;
import dev.rapt.gguf.GgufMetadata;
import dev.rapt.gguf.GgufTensor;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.nn.attention.Rope;
import dev.rapt.nn.attention.RopeScaling;
import dev.rapt.tensor.DType;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * RoPE in a GGUF file: {@code rope.freq_base}, {@code rope.scaling...}, and divisors of the
 * frequencies in the tensors {@code rope_freqs}, {@code rope_factors_long} and {@code
 * rope_factors_short}.
 *
 * @param file the file
 * @param architecture name with which its keys begin
 */
record RopeKeys(GgufFile file, String architecture) {
  static final String FREQUENCIES = "rope_freqs.weight";
  static final String LONG = "rope_factors_long.weight";
  static final String SHORT = "rope_factors_short.weight";

  /** What Llama 3.1 to 3.3 have, all but the factor. */
  private static final RopeScaling.Llama3 LLAMA3 = new RopeScaling.Llama3(8, 1, 4, 8192);

  private GgufMetadata metadata() {
    return file.metadata();
  }

  private String key(String name) {
    return architecture + ".rope." + name;
  }

  /**
   * Returns the RoPE of the file.
   *
   * @param headDim E
   * @param maxPositions context length
   * @param truncates whether YaRN rounds the bounds of its ramp
   */
  RopeConfig config(int headDim, int maxPositions, boolean truncates) {
    double theta =
        metadata().has(key("freq_base"))
            ? ConfigKeys.decimal(metadata(), key("freq_base"))
            : RopeConfig.DEFAULT_THETA;
    long rotated = metadata().integer(key("dimension_count"), headDim);
    if (rotated < 2 || rotated > headDim) {
      throw new CheckpointException(
          file.path(),
          key("dimension_count"),
          "must be from 2 to the width of a head, %d, got %d".formatted(headDim, rotated));
    }
    return new RopeConfig(
        theta, (double) rotated / headDim, scaling(theta, (int) rotated, maxPositions, truncates));
  }

  private RopeScaling scaling(double theta, int rotated, int maxPositions, boolean truncates) {
    if (file.tensors().containsKey(LONG)) {
      return new RopeScaling.LongRope(
          divisors(SHORT, rotated),
          divisors(LONG, rotated),
          (double) maxPositions / original(maxPositions),
          original(maxPositions),
          factor("scaling.attn_factor"));
    }
    if (file.tensors().containsKey(FREQUENCIES)) {
      return byDivisors(theta, divisors(FREQUENCIES, rotated), maxPositions);
    }
    String type =
        metadata().has(key("scaling.type")) ? metadata().text(key("scaling.type")) : "none";
    return switch (type) {
      case "none" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(requiredFactor());
      case "yarn" -> {
        double factor = requiredFactor();
        Double attention = factor("scaling.attn_factor");
        yield new RopeScaling.Yarn(
            factor,
            original(maxPositions),
            metadata().number(key("scaling.yarn_beta_fast"), 32),
            metadata().number(key("scaling.yarn_beta_slow"), 1),
            attention == null ? null : attention * (0.1 * Math.log(factor) + 1),
            null,
            null,
            truncates);
      }
      default ->
          throw new CheckpointException(
              file.path(), key("scaling.type"), "must be none, linear or yarn, got " + type);
    };
  }

  private double requiredFactor() {
    Double factor = factor("scaling.factor");
    if (factor == null || !(factor > 0)) {
      throw new CheckpointException(
          file.path(), key("scaling.factor"), "must be a number above 0, got " + factor);
    }
    return factor;
  }

  private @Nullable Double factor(String name) {
    return metadata().has(key(name)) ? ConfigKeys.decimal(metadata(), key(name)) : null;
  }

  private int original(int usual) {
    String key = key("scaling.original_context_length");
    return metadata().has(key) ? ConfigKeys.integer(metadata(), key) : usual;
  }

  /** Returns Llama 3's scaling if these are its divisors, else LongRoPE with them at any length. */
  private RopeScaling byDivisors(double theta, List<Double> divisors, int maxPositions) {
    RopeScaling.Llama3 llama3 =
        new RopeScaling.Llama3(
            divisors.getLast(),
            LLAMA3.lowFreqFactor(),
            LLAMA3.highFreqFactor(),
            original(LLAMA3.originalMaxPositions()));
    float[] usual = divisors(theta, 2 * divisors.size(), llama3);
    for (int i = 0; i < usual.length; i++) {
      if (Math.abs(usual[i] - divisors.get(i)) > 1e-4 * usual[i]) {
        return new RopeScaling.LongRope(divisors, divisors, 1, maxPositions, 1.0);
      }
    }
    return llama3;
  }

  /** Returns what Llama 3's scaling divides the frequencies by, as llama.cpp's converter does. */
  static float[] divisors(double theta, int rotated, RopeScaling.Llama3 scaling) {
    float[] divisors = new float[rotated / 2];
    for (int i = 0; i < divisors.length; i++) {
      double wavelength = 2 * Math.PI * Math.pow(theta, 2.0 * i / rotated);
      double turns = scaling.originalMaxPositions() / wavelength;
      double low = scaling.lowFreqFactor();
      double high = scaling.highFreqFactor();
      double smooth = (turns - low) / (high - low);
      divisors[i] =
          (float)
              (turns > high
                  ? 1
                  : turns < low
                      ? scaling.factor()
                      : 1 / ((1 - smooth) / scaling.factor() + smooth));
    }
    return divisors;
  }

  private List<Double> divisors(String name, int rotated) {
    GgufTensor tensor = file.tensor(name);
    boolean fits =
        tensor.type().dtype().filter(type -> type == DType.F32).isPresent()
            && tensor.shape().numElements() == rotated / 2;
    if (!fits) {
      throw new CheckpointException(
          file.path(),
          name,
          "must be %d numbers in F32, got %s in %s"
              .formatted(rotated / 2, tensor.shape(), tensor.type()));
    }
    List<Double> divisors = new ArrayList<>();
    for (float value : tensor.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED)) {
      divisors.add(Double.parseDouble(Float.toString(value)));
    }
    return divisors;
  }

  /**
   * Adds the keys and tensors that say the same as a configuration.
   *
   * @param out receives keys
   * @param tensors receives divisors by the name of their tensor
   */
  static void write(
      RopeConfig rope,
      int headDim,
      String architecture,
      Map<String, Object> out,
      Map<String, float[]> tensors) {
    String start = architecture + ".rope.";
    int rotated = (int) (headDim * rope.share());
    out.put(start + "freq_base", (float) rope.theta());
    out.put(start + "dimension_count", rotated);
    switch (rope.scaling()) {
      case RopeScaling.None _ -> {
        // no keys
      }
      case RopeScaling.Linear(double factor) -> {
        out.put(start + "scaling.type", "linear");
        out.put(start + "scaling.factor", (float) factor);
      }
      case RopeScaling.Llama3 llama3 -> {
        out.put(start + "scaling.original_context_length", llama3.originalMaxPositions());
        tensors.put(FREQUENCIES, divisors(rope.theta(), rotated, llama3));
      }
      case RopeScaling.Yarn yarn -> {
        out.put(start + "scaling.type", "yarn");
        out.put(start + "scaling.factor", (float) yarn.factor());
        out.put(start + "scaling.original_context_length", yarn.originalMaxPositions());
        out.put(start + "scaling.yarn_beta_fast", (float) yarn.betaFast());
        out.put(start + "scaling.yarn_beta_slow", (float) yarn.betaSlow());
        double attention = new Rope(rotated, rope.theta(), yarn, false).attentionFactor();
        double usual = 0.1 * Math.log(yarn.factor()) + 1;
        if (attention != usual) {
          out.put(start + "scaling.attn_factor", (float) (attention / usual));
        }
      }
      case RopeScaling.LongRope longRope -> {
        out.put(start + "scaling.original_context_length", longRope.originalMaxPositions());
        double attention = new Rope(rotated, rope.theta(), longRope, false).attentionFactor();
        out.put(start + "scaling.attn_factor", (float) attention);
        tensors.put(SHORT, floats(longRope.shortFactor()));
        tensors.put(LONG, floats(longRope.longFactor()));
      }
      case RopeScaling.Dynamic _ ->
          throw new IllegalArgumentException(
              "config.json: rope_type must be default, linear, llama3, yarn or longrope to be"
                  + " written to GGUF, got dynamic");
    }
  }

  private static float[] floats(List<Double> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i).floatValue();
    }
    return floats;
  }
}
