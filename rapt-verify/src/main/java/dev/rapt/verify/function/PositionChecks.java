package dev.rapt.verify.function;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.config.RopeConfig;
import dev.rapt.nn.Sinusoids;
import dev.rapt.nn.attention.Alibi;
import dev.rapt.nn.attention.LogBuckets;
import dev.rapt.nn.attention.RelativeBuckets;
import dev.rapt.nn.attention.Rope;
import java.util.List;
import java.util.function.IntUnaryOperator;
import tools.jackson.databind.JsonNode;

/** Compares position encodings: RoPE frequencies, ALiBi slopes, distance buckets, sinusoids. */
final class PositionChecks {
  private static final double TOLERANCE = 2e-7;

  private final FunctionCase recorded;

  private PositionChecks(FunctionCase recorded) {
    this.recorded = recorded;
  }

  static void run(FunctionCase recorded) {
    PositionChecks checks = new PositionChecks(recorded);
    for (JsonNode rope : recorded.cases().get("rope").values()) {
      checks.rope(rope);
    }
    for (String tensor : recorded.names()) {
      if (!tensor.startsWith("rope.") && !tensor.equals("relative_position")) {
        recorded.call(tensor, differences -> checks.table(tensor, differences));
      }
    }
  }

  private void rope(JsonNode rope) {
    String tensor = rope.get("tensor").stringValue();
    String type = rope.path("rope_parameters").path("rope_type").asString();
    recorded.call(
        tensor + " (" + type + ")",
        differences -> {
          ConfigReader json = ConfigReader.of(recorded.folder().resolve("cases.json"), rope);
          RopeConfig config = RopeConfig.parse(json, json.requireInt("max_position_embeddings"));
          Rope rotation = config.rope(json.requireInt("head_dim"), false);
          float[] got = rotation.frequencies(json.intOr("seq_len", 1));
          differences.add("frequency", recorded.floats(tensor), got, TOLERANCE);
          differences.add(
              "attention_scaling",
              rope.get("attention_scaling").doubleValue(),
              rotation.attentionFactor(),
              TOLERANCE);
        });
  }

  /** A table whose name holds its kind and parameters: {@code t5_bucket.causal.32.128}. */
  private void table(String tensor, FunctionCase.Differences differences) {
    List<String> name = List.of(tensor.split("\\."));
    switch (name.getFirst()) {
      case "alibi" -> alibi(tensor, differences);
      case "sinusoidal" -> sinusoids(tensor, name.get(1), differences);
      case "t5_bucket" -> {
        RelativeBuckets buckets =
            new RelativeBuckets(
                Integer.parseInt(name.get(2)),
                Integer.parseInt(name.get(3)),
                name.get(1).equals("bidirectional"));
        buckets(tensor, buckets::bucket, differences);
      }
      case "deberta_v2_bucket" -> {
        LogBuckets buckets =
            new LogBuckets(Integer.parseInt(name.get(1)), Integer.parseInt(name.get(2)));
        buckets(tensor, buckets::bucket, differences);
      }
      default -> throw new UnsupportedOperationException("no table of this name");
    }
  }

  /** ALiBi: slopes times positions, (H, T). */
  private void alibi(String tensor, FunctionCase.Differences differences) {
    TensorEntry entry = recorded.tensor(tensor);
    float[] want = recorded.floats(tensor);
    float[] slopes = Alibi.slopes(Math.toIntExact(entry.shape().dim(0)));
    int T = Math.toIntExact(entry.shape().dim(1));
    for (int i = 0; i < want.length; i++) {
      differences.add("[" + i + "]", want[i], slopes[i / T] * (i % T), TOLERANCE);
    }
  }

  private void sinusoids(String tensor, String model, FunctionCase.Differences differences) {
    Sinusoids sinusoids =
        switch (model) {
          case "marian" -> Sinusoids.HALVES;
          case "whisper" -> Sinusoids.FAIRSEQ;
          default -> throw new UnsupportedOperationException("sinusoids of " + model);
        };
    TensorEntry entry = recorded.tensor(tensor);
    int rows = Math.toIntExact(entry.shape().dim(0));
    int width = Math.toIntExact(entry.shape().dim(1));
    differences.add("", recorded.floats(tensor), sinusoids.table(rows, width), TOLERANCE);
  }

  private void buckets(
      String tensor, IntUnaryOperator bucket, FunctionCase.Differences differences) {
    int[] distances = recorded.ints("relative_position");
    int[] want = recorded.ints(tensor);
    for (int i = 0; i < want.length; i++) {
      differences.add("of " + distances[i], want[i], bucket.applyAsInt(distances[i]), 0);
    }
  }
}
