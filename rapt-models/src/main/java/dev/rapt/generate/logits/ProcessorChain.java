package dev.rapt.generate.logits;

import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.options.SequenceBias;
import java.util.ArrayList;
import java.util.List;

/** The processors of one row, in the order of Hugging Face's generate. */
final class ProcessorChain {
  private ProcessorChain() {}

  /**
   * The processors that the options request.
   *
   * @param promptLength number of ids of the prompt
   * @param encoderIds the encoder's input; empty for a decoder-only model
   * @param more processors of the caller, applied before temperature and truncation
   */
  static List<LogitsProcessor> of(
      GenerationOptions options, int promptLength, int[] encoderIds, List<LogitsProcessor> more) {
    List<LogitsProcessor> chain = new ArrayList<>();
    int[] eosIds = toArray(options.eosTokenIds());
    addPenalties(chain, options, promptLength, encoderIds);
    addConstraints(chain, options, promptLength, encoderIds, eosIds);
    chain.addAll(more);
    GenerationOptions.Sampling sampling = options.sampling();
    if (sampling.doSample()) {
      // Beam search needs a token to continue with even if all end tokens are kept.
      int minKeep = options.beams().numBeams() > 1 ? Math.max(2, eosIds.length + 1) : 1;
      addTruncations(chain, sampling, minKeep);
    }
    if (sampling.renormalizeLogits()) {
      chain.add(new TruncationProcessors.Normalize());
    }
    return List.copyOf(chain);
  }

  private static void addPenalties(
      List<LogitsProcessor> chain, GenerationOptions options, int promptLength, int[] encoderIds) {
    GenerationOptions.Penalties penalties = options.penalties();
    if (!penalties.sequenceBias().isEmpty()) {
      chain.add(new ConstraintProcessors.SequenceBiases(penalties.sequenceBias()));
    }
    if (penalties.encoderRepetition() != 1) {
      chain.add(
          new PenaltyProcessors.EncoderRepetition(
              (float) penalties.encoderRepetition(), encoderIds));
    }
    if (penalties.repetition() != 1) {
      chain.add(new PenaltyProcessors.Repetition((float) penalties.repetition()));
    }
    if (penalties.presence() != 0 || penalties.frequency() != 0) {
      chain.add(
          new PenaltyProcessors.Occurrence(
              promptLength, (float) penalties.presence(), (float) penalties.frequency()));
    }
  }

  private static void addConstraints(
      List<LogitsProcessor> chain,
      GenerationOptions options,
      int promptLength,
      int[] encoderIds,
      int[] eosIds) {
    GenerationOptions.Constraints constraints = options.constraints();
    if (constraints.noRepeatNgramSize() > 0) {
      chain.add(new ConstraintProcessors.NoRepeatNgram(constraints.noRepeatNgramSize()));
    }
    if (constraints.encoderNoRepeatNgramSize() > 0) {
      chain.add(
          new ConstraintProcessors.EncoderNoRepeatNgram(
              constraints.encoderNoRepeatNgramSize(), encoderIds));
    }
    if (!constraints.badWordsIds().isEmpty()) {
      List<SequenceBias> forbidden = new ArrayList<>();
      for (List<Integer> word : constraints.badWordsIds()) {
        if (word.size() > 1 || !options.eosTokenIds().contains(word.getFirst())) {
          forbidden.add(new SequenceBias(word, Float.NEGATIVE_INFINITY));
        }
      }
      chain.add(new ConstraintProcessors.SequenceBiases(forbidden));
    }
    int minLength = options.lengths().minLengthFor(promptLength);
    if (minLength > promptLength && eosIds.length > 0) {
      chain.add(new ConstraintProcessors.MinLength(minLength, eosIds));
    }
    boolean forcesBos = constraints.forcedBosTokenId().isPresent();
    if (forcesBos) {
      int[] bos = {constraints.forcedBosTokenId().getAsInt()};
      chain.add(new ConstraintProcessors.Force(bos, 1));
    }
    int maxLength = options.lengths().maxLengthFor(promptLength);
    if (!constraints.forcedEosTokenIds().isEmpty()) {
      chain.add(
          new ConstraintProcessors.Force(toArray(constraints.forcedEosTokenIds()), maxLength - 1));
    }
    if (options.sampling().removeInvalidValues()) {
      chain.add(new ConstraintProcessors.RemoveInvalid());
    }
    if (options.penalties().decayFactor() != 1) {
      chain.add(
          new PenaltyProcessors.ExponentialDecay(
              promptLength + options.penalties().decayStart(),
              options.penalties().decayFactor(),
              eosIds));
    }
    if (!constraints.suppressTokens().isEmpty()) {
      chain.add(new ConstraintProcessors.Suppress(toArray(constraints.suppressTokens())));
    }
    if (!constraints.beginSuppressTokens().isEmpty()) {
      int begin = promptLength > 1 || !forcesBos ? promptLength : promptLength + 1;
      chain.add(
          new ConstraintProcessors.SuppressAtBegin(
              toArray(constraints.beginSuppressTokens()), begin));
    }
  }

  private static void addTruncations(
      List<LogitsProcessor> chain, GenerationOptions.Sampling sampling, int minKeep) {
    if (sampling.temperature() != 1) {
      chain.add(new TruncationProcessors.Temperature((float) sampling.temperature()));
    }
    if (sampling.topH() > 0) {
      chain.add(new TruncationProcessors.TopH(sampling.topH()));
    }
    if (sampling.topK() > 0) {
      chain.add(new TruncationProcessors.TopK(sampling.topK(), minKeep));
    }
    if (sampling.topP() < 1) {
      chain.add(new TruncationProcessors.TopP(sampling.topP(), minKeep));
    }
    if (sampling.minP() > 0) {
      chain.add(new TruncationProcessors.MinP(sampling.minP(), minKeep));
    }
    if (sampling.typicalP() < 1) {
      chain.add(new TruncationProcessors.Typical(sampling.typicalP(), minKeep));
    }
    if (sampling.epsilonCutoff() > 0 && sampling.epsilonCutoff() < 1) {
      chain.add(new TruncationProcessors.EpsilonCutoff(sampling.epsilonCutoff(), minKeep));
    }
    if (sampling.etaCutoff() > 0 && sampling.etaCutoff() < 1) {
      chain.add(new TruncationProcessors.EtaCutoff(sampling.etaCutoff(), minKeep));
    }
  }

  static int[] toArray(List<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }
}
