package dev.rapt.verify.function;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.generate.logits.LogitsProcessor;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.options.GenerationOptionsBuilder;
import dev.rapt.generate.options.SequenceBias;
import dev.rapt.verify.report.Comparison;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Compares the effect of each generation option on recorded scores. */
final class LogitsProcessorChecks {
  /** The name of a call: an option and its value. */
  private static final Pattern NAME = Pattern.compile("(.*?)_?([0-9.]*)");

  /** Length of the recorded rows. */
  private static final int ROW = 12;

  /**
   * Generation options and the prompt they apply to.
   *
   * @param options the options
   * @param promptLength number of ids of the row that belong to the prompt
   */
  private record Call(GenerationOptionsBuilder options, int promptLength) {}

  private LogitsProcessorChecks() {}

  static void run(FunctionCase recorded) {
    for (JsonNode node : recorded.cases().get("names").values()) {
      String name = node.stringValue();
      recorded.call(
          name,
          differences -> {
            compare(recorded, name, "out." + name, "input_ids", differences);
            if (recorded.has("out_first." + name)) {
              compare(recorded, name, "out_first." + name, "input_ids_first", differences);
            }
          });
    }
  }

  private static void compare(
      FunctionCase recorded,
      String name,
      String out,
      String idsName,
      FunctionCase.Differences differences) {
    int[][] ids = Comparison.toMatrix(recorded.tensor(idsName));
    int[][] encoderIds = Comparison.toMatrix(recorded.tensor("encoder_input_ids"));
    TensorEntry entry = recorded.tensor("scores");
    float[] scores = recorded.floats("scores");
    float[] want = recorded.floats(out);
    int vocabSize = Math.toIntExact(entry.shape().dim(1));
    for (int row = 0; row < ids.length; row++) {
      int from = row * vocabSize;
      float[] got = Arrays.copyOfRange(scores, from, from + vocabSize);
      Call call = call(name);
      List<LogitsProcessor> processors =
          LogitsProcessor.of(call.options.build(), call.promptLength, encoderIds[row]);
      for (LogitsProcessor processor : processors) {
        processor.process(ids[row], ids[row].length, got);
      }
      float[] wantRow = Arrays.copyOfRange(want, from, from + vocabSize);
      differences.add(out + "[" + row + "]", wantRow, got, FunctionCase.DEFAULT_ATOL);
    }
  }

  private static Call call(String name) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      throw new UnsupportedOperationException("no option of this name");
    }
    String kind = matcher.group(1);
    double value = matcher.group(2).isEmpty() ? 0 : Double.parseDouble(matcher.group(2));
    GenerationOptionsBuilder options = GenerationOptions.builder().topK(0);
    return switch (kind) {
      case "exponential_decay" ->
          new Call(options.exponentialDecayLengthPenalty(5, 1.1).eosTokenIds(List.of(3)), 4);
      case "min_new_tokens_prompt_10_min_5_eos" ->
          new Call(options.minNewTokens(5).eosTokenIds(List.of(3)), 10);
      default -> new Call(options(kind, value, options), ROW);
    };
  }

  private static GenerationOptionsBuilder options(
      String kind, double value, GenerationOptionsBuilder options) {
    return switch (kind) {
      case "temperature" -> options.doSample(true).temperature(value);
      case "top_k" -> options.doSample(true).topK((int) value);
      case "top_p" -> options.doSample(true).topP(value);
      // Beam search keeps one token more than there are end-of-sequence tokens, here 4.
      case "top_p_0.5_min_tokens" ->
          options.doSample(true).topP(0.5).numBeams(2).eosTokenIds(List.of(0, 1, 2));
      case "min_p" -> options.doSample(true).minP(value);
      case "typical" -> options.doSample(true).typicalP(value);
      case "epsilon" -> options.doSample(true).epsilonCutoff(value);
      case "eta" -> options.doSample(true).etaCutoff(value);
      case "top_h" -> options.doSample(true).topH(value);
      case "repetition" -> options.repetitionPenalty(value);
      case "encoder_repetition" -> options.encoderRepetitionPenalty(value);
      case "no_repeat" -> options.noRepeatNgramSize((int) value);
      case "encoder_no_repeat" -> options.encoderNoRepeatNgramSize((int) value);
      case "min_length_20_eos_3" -> options.minLength(20).eosTokenIds(List.of(3, 4));
      case "min_length_5_eos" -> options.minLength(5).eosTokenIds(List.of(3));
      case "bad_words" -> options.badWordsIds(List.of(List.of(7), List.of(5, 9), List.of(6, 5, 1)));
      case "sequence_bias" ->
          options.sequenceBias(
              List.of(
                  new SequenceBias(List.of(8), 2.5f),
                  new SequenceBias(List.of(5, 9), -4),
                  new SequenceBias(List.of(6, 5, 1), 10)));
      case "forced_bos" -> options.forcedBosTokenId((int) value);
      case "forced_eos" -> options.forcedEosTokenIds(List.of(3)).maxLength((int) value);
      case "suppress" -> options.suppressTokens(List.of(1, 2, 8));
      case "begin_suppress_at" -> options.beginSuppressTokens(List.of(1, 2));
      case "normalize" -> options.renormalizeLogits(true);
      case "inf_nan" -> options.removeInvalidValues(true);
      default -> throw new UnsupportedOperationException("no option of this name");
    };
  }
}
