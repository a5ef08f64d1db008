package dev.rapt.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.checkpoint.SafetensorsFile;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.golden.Golden;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class LogitsProcessorGoldenTest {
  private static final double TOLERANCE = 1e-4;

  @Test
  void everyProcessorMatchesTheRecordedScores() {
    Path folder = Golden.folder("ops/logits_processors");
    JsonNode names = JsonFiles.read(folder.resolve("cases.json")).get("names");
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsFile file = SafetensorsFile.map(folder.resolve("cases.safetensors"), arena);
      assertThat(names.size()).isGreaterThan(30);
      for (JsonNode name : names.values()) {
        check(file, "out." + name.stringValue(), name.stringValue(), "input_ids");
      }
      check(file, "out_first.forced_bos_4", "forced_bos_4", "input_ids_first");
    }
  }

  private static void check(SafetensorsFile file, String out, String name, String idsName) {
    int[][] ids = ints(file.entry(idsName));
    int[][] encoderIds = ints(file.entry("encoder_input_ids"));
    float[][] scores = floats(file.entry("scores"));
    float[][] want = floats(file.entry(out));
    for (int row = 0; row < want.length; row++) {
      float[] got = scores[row].clone();
      processor(name, encoderIds[row]).process(ids[row], ids[row].length, got);
      for (int i = 0; i < got.length; i++) {
        double allowed = TOLERANCE * Math.max(1, Math.abs(want[row][i]));
        boolean close =
            got[i] == want[row][i] || Math.abs((double) got[i] - want[row][i]) <= allowed;
        assertThat(close)
            .as("%s [%d, %d]: want %s, got %s", name, row, i, want[row][i], got[i])
            .isTrue();
      }
    }
  }

  private static LogitsProcessor processor(String name, int[] encoderIds) {
    float last = name.matches(".*_[0-9.]+") ? Float.parseFloat(name.replaceAll(".*_", "")) : 0;
    String kind = name.replaceAll("_[0-9.]+$", "");
    return switch (kind) {
      case "temperature" -> new TruncationProcessors.Temperature(last);
      case "top_k" -> new TruncationProcessors.TopK((int) last, 1);
      case "top_p" -> new TruncationProcessors.TopP(last, 1);
      case "top_p_0.5_min_tokens" -> new TruncationProcessors.TopP(0.5, (int) last);
      case "min_p" -> new TruncationProcessors.MinP(last, 1);
      case "typical" -> new TruncationProcessors.Typical(last, 1);
      case "epsilon" -> new TruncationProcessors.EpsilonCutoff(last, 1);
      case "eta" -> new TruncationProcessors.EtaCutoff(last, 1);
      case "top_h" -> new TruncationProcessors.TopH(last);
      case "repetition" -> new PenaltyProcessors.Repetition(last);
      case "encoder_repetition" -> new PenaltyProcessors.EncoderRepetition(last, encoderIds);
      case "no_repeat" -> new ConstraintProcessors.NoRepeatNgram((int) last);
      case "encoder_no_repeat" ->
          new ConstraintProcessors.EncoderNoRepeatNgram((int) last, encoderIds);
      case "min_length_20_eos_3" -> new ConstraintProcessors.MinLength(20, new int[] {3, 4});
      case "min_length_5_eos" -> new ConstraintProcessors.MinLength(5, new int[] {3});
      case "min_new_tokens_prompt_10_min_5_eos" ->
          new ConstraintProcessors.MinLength(15, new int[] {3});
      case "bad_words" ->
          new ConstraintProcessors.SequenceBiases(
              List.of(
                  new SequenceBias(List.of(7), Float.NEGATIVE_INFINITY),
                  new SequenceBias(List.of(5, 9), Float.NEGATIVE_INFINITY),
                  new SequenceBias(List.of(6, 5, 1), Float.NEGATIVE_INFINITY)));
      case "sequence_bias" ->
          new ConstraintProcessors.SequenceBiases(
              List.of(
                  new SequenceBias(List.of(8), 2.5f),
                  new SequenceBias(List.of(5, 9), -4),
                  new SequenceBias(List.of(6, 5, 1), 10)));
      case "forced_bos" -> new ConstraintProcessors.Force(new int[] {(int) last}, 1);
      case "forced_eos" -> new ConstraintProcessors.Force(new int[] {3}, (int) last - 1);
      case "suppress" -> new ConstraintProcessors.Suppress(new int[] {1, 2, 8});
      case "begin_suppress_at" ->
          new ConstraintProcessors.SuppressAtBegin(new int[] {1, 2}, (int) last);
      case "exponential_decay" -> new PenaltyProcessors.ExponentialDecay(5 + 4, 1.1, new int[] {3});
      case "normalize" -> new TruncationProcessors.Normalize();
      case "inf_nan" -> new ConstraintProcessors.RemoveInvalid();
      default -> throw new AssertionError("no processor for " + name);
    };
  }

  private static int[][] ints(TensorEntry entry) {
    int cols = (int) entry.shape().dim(1);
    int[][] rows = new int[(int) entry.shape().dim(0)][cols];
    for (int i = 0; i < rows.length * cols; i++) {
      rows[i / cols][i % cols] = (int) entry.data().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i);
    }
    return rows;
  }

  private static float[][] floats(TensorEntry entry) {
    int cols = (int) entry.shape().dim(1);
    float[][] rows = new float[(int) entry.shape().dim(0)][cols];
    for (int i = 0; i < rows.length * cols; i++) {
      rows[i / cols][i % cols] = entry.data().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
    }
    return rows;
  }
}
