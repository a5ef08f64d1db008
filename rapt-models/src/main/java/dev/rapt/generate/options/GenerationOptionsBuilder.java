package dev.rapt.generate.options;

import java.util.List;
import java.util.OptionalInt;

/** Builds {@link GenerationOptions}, whose records document the values. */
public final class GenerationOptionsBuilder {
  private OptionalInt maxNewTokens = OptionalInt.of(128);
  private int minNewTokens;
  private int maxLength = Integer.MAX_VALUE;
  private int minLength;
  private boolean doSample;
  private double temperature = 1;
  private int topK;
  private double penaltyAlpha;
  private double topP = 1;
  private double minP;
  private double typicalP = 1;
  private double epsilonCutoff;
  private double etaCutoff;
  private double topH;
  private boolean renormalizeLogits;
  private boolean removeInvalidValues;
  private long seed;
  private double repetitionPenalty = 1;
  private double encoderRepetitionPenalty = 1;
  private double presencePenalty;
  private double frequencyPenalty;
  private int decayStart;
  private double decayFactor = 1;
  private List<SequenceBias> sequenceBias = List.of();
  private int noRepeatNgramSize;
  private int encoderNoRepeatNgramSize;
  private List<List<Integer>> badWordsIds = List.of();
  private List<Integer> suppressTokens = List.of();
  private List<Integer> beginSuppressTokens = List.of();
  private OptionalInt forcedBosTokenId = OptionalInt.empty();
  private List<Integer> forcedEosTokenIds = List.of();
  private int numBeams = 1;
  private int numBeamGroups = 1;
  private double diversityPenalty;
  private double lengthPenalty = 1;
  private EarlyStopping earlyStopping = EarlyStopping.HEURISTIC;
  private List<Integer> eosTokenIds = List.of();
  private int padTokenId;
  private List<String> stopStrings = List.of();
  private int numReturnSequences = 1;
  private boolean recordLogits;
  private int topLogProbs = -1;

  GenerationOptionsBuilder() {}

  GenerationOptionsBuilder(GenerationOptions from) {
    maxNewTokens = from.lengths().maxNewTokens();
    minNewTokens = from.lengths().minNewTokens();
    maxLength = from.lengths().maxLength();
    minLength = from.lengths().minLength();
    doSample = from.sampling().doSample();
    temperature = from.sampling().temperature();
    topK = from.sampling().topK();
    penaltyAlpha = from.sampling().penaltyAlpha();
    topP = from.sampling().topP();
    minP = from.sampling().minP();
    typicalP = from.sampling().typicalP();
    epsilonCutoff = from.sampling().epsilonCutoff();
    etaCutoff = from.sampling().etaCutoff();
    topH = from.sampling().topH();
    renormalizeLogits = from.sampling().renormalizeLogits();
    removeInvalidValues = from.sampling().removeInvalidValues();
    seed = from.sampling().seed();
    repetitionPenalty = from.penalties().repetition();
    encoderRepetitionPenalty = from.penalties().encoderRepetition();
    presencePenalty = from.penalties().presence();
    frequencyPenalty = from.penalties().frequency();
    decayStart = from.penalties().decayStart();
    decayFactor = from.penalties().decayFactor();
    sequenceBias = from.penalties().sequenceBias();
    noRepeatNgramSize = from.constraints().noRepeatNgramSize();
    encoderNoRepeatNgramSize = from.constraints().encoderNoRepeatNgramSize();
    badWordsIds = from.constraints().badWordsIds();
    suppressTokens = from.constraints().suppressTokens();
    beginSuppressTokens = from.constraints().beginSuppressTokens();
    forcedBosTokenId = from.constraints().forcedBosTokenId();
    forcedEosTokenIds = from.constraints().forcedEosTokenIds();
    numBeams = from.beams().numBeams();
    numBeamGroups = from.beams().numGroups();
    diversityPenalty = from.beams().diversityPenalty();
    lengthPenalty = from.beams().lengthPenalty();
    earlyStopping = from.beams().earlyStopping();
    eosTokenIds = from.eosTokenIds();
    padTokenId = from.padTokenId();
    stopStrings = from.stopStrings();
    numReturnSequences = from.numReturnSequences();
    recordLogits = from.recordLogits();
    topLogProbs = from.topLogProbs();
  }

  /** Forbids end tokens before this many new tokens. */
  public GenerationOptionsBuilder minNewTokens(int value) {
    minNewTokens = value;
    return this;
  }

  /** Forbids end tokens before this many tokens, prompt included. */
  public GenerationOptionsBuilder minLength(int value) {
    minLength = value;
    return this;
  }

  /** Samples the next token if true; otherwise the best token is chosen. */
  public GenerationOptionsBuilder doSample(boolean value) {
    doSample = value;
    return this;
  }

  /** Samples with scores divided by this temperature; 0 is greedy search. */
  public GenerationOptionsBuilder temperature(double value) {
    doSample = true;
    temperature = value;
    return this;
  }

  /** Top-k: keeps the k best tokens; 0 keeps all. */
  public GenerationOptionsBuilder topK(int value) {
    topK = value;
    return this;
  }

  /** Contrastive search among topK tokens with this weight of the penalty; 0 for none. */
  public GenerationOptionsBuilder penaltyAlpha(double value) {
    penaltyAlpha = value;
    return this;
  }

  /** Top-p: keeps the smallest set of best tokens with this total probability; 1 keeps all. */
  public GenerationOptionsBuilder topP(double value) {
    topP = value;
    return this;
  }

  /** Min-p: removes tokens less likely than this share of the best token; 0 keeps all. */
  public GenerationOptionsBuilder minP(double value) {
    minP = value;
    return this;
  }

  /** Typical-p: keeps the typical tokens with this total probability; 1 keeps all. */
  public GenerationOptionsBuilder typicalP(double value) {
    typicalP = value;
    return this;
  }

  /** Epsilon cutoff: removes tokens less likely than this; 0 keeps all. */
  public GenerationOptionsBuilder epsilonCutoff(double value) {
    epsilonCutoff = value;
    return this;
  }

  /** Eta cutoff: an epsilon cutoff that depends on the entropy; 0 keeps all. */
  public GenerationOptionsBuilder etaCutoff(double value) {
    etaCutoff = value;
    return this;
  }

  /** Top-H: keeps the best tokens with this share of the entropy; 0 keeps all. */
  public GenerationOptionsBuilder topH(double value) {
    topH = value;
    return this;
  }

  /** Replaces the processed scores by log-probabilities. */
  public GenerationOptionsBuilder renormalizeLogits(boolean value) {
    renormalizeLogits = value;
    return this;
  }

  /** Replaces NaN and infinities among the model's logits. */
  public GenerationOptionsBuilder removeInvalidValues(boolean value) {
    removeInvalidValues = value;
    return this;
  }

  /** Seed of sampling. */
  public GenerationOptionsBuilder seed(long value) {
    seed = value;
    return this;
  }

  /** Penalises tokens that already occur; 1 for none. */
  public GenerationOptionsBuilder repetitionPenalty(double value) {
    repetitionPenalty = value;
    return this;
  }

  /** Favours tokens of the encoder's input if above 1. */
  public GenerationOptionsBuilder encoderRepetitionPenalty(double value) {
    encoderRepetitionPenalty = value;
    return this;
  }

  /** Subtracted from tokens that were generated before. */
  public GenerationOptionsBuilder presencePenalty(double value) {
    presencePenalty = value;
    return this;
  }

  /** Subtracted once per earlier occurrence among the generated tokens. */
  public GenerationOptionsBuilder frequencyPenalty(double value) {
    frequencyPenalty = value;
    return this;
  }

  /** Biases on tokens that would complete a sequence. */
  public GenerationOptionsBuilder sequenceBias(List<SequenceBias> value) {
    sequenceBias = value;
    return this;
  }

  /** Forbids repeated n-grams of this size; 0 for none. */
  public GenerationOptionsBuilder noRepeatNgramSize(int value) {
    noRepeatNgramSize = value;
    return this;
  }

  /** Forbids n-grams of this size of the encoder's input; 0 for none. */
  public GenerationOptionsBuilder encoderNoRepeatNgramSize(int value) {
    encoderNoRepeatNgramSize = value;
    return this;
  }

  /** Forbidden sequences of ids. */
  public GenerationOptionsBuilder badWordsIds(List<List<Integer>> value) {
    badWordsIds = value;
    return this;
  }

  /** Forbidden ids. */
  public GenerationOptionsBuilder suppressTokens(List<Integer> value) {
    suppressTokens = value;
    return this;
  }

  /** Ids that are forbidden as the first new token. */
  public GenerationOptionsBuilder beginSuppressTokens(List<Integer> value) {
    beginSuppressTokens = value;
    return this;
  }

  /** The last token at the greatest length, one of these. */
  public GenerationOptionsBuilder forcedEosTokenIds(List<Integer> value) {
    forcedEosTokenIds = value;
    return this;
  }

  /** Beams for each prompt; 1 for none. */
  public GenerationOptionsBuilder numBeams(int value) {
    numBeams = value;
    return this;
  }

  /** Groups of diverse beam search. */
  public GenerationOptionsBuilder numBeamGroups(int value) {
    numBeamGroups = value;
    return this;
  }

  /** Subtracted from tokens that earlier groups chose at the same step. */
  public GenerationOptionsBuilder diversityPenalty(double value) {
    diversityPenalty = value;
    return this;
  }

  /** Exponent of the length by which scores are divided. */
  public GenerationOptionsBuilder lengthPenalty(double value) {
    lengthPenalty = value;
    return this;
  }

  /** When beam search ends. */
  public GenerationOptionsBuilder earlyStopping(EarlyStopping value) {
    earlyStopping = value;
    return this;
  }

  /** Ids that end a sequence. */
  public GenerationOptionsBuilder eosTokenIds(List<Integer> value) {
    eosTokenIds = value;
    return this;
  }

  /** Id that pads prompts. */
  public GenerationOptionsBuilder padTokenId(int value) {
    padTokenId = value;
    return this;
  }

  /** Texts that end a sequence. */
  public GenerationOptionsBuilder stopStrings(List<String> value) {
    stopStrings = value;
    return this;
  }

  /** Sequences for each prompt. */
  public GenerationOptionsBuilder numReturnSequences(int value) {
    numReturnSequences = value;
    return this;
  }

  /** Records the logits of every step. */
  public GenerationOptionsBuilder recordLogits(boolean value) {
    recordLogits = value;
    return this;
  }

  /** Records log-probabilities of the chosen token and this many alternatives; -1 for none. */
  public GenerationOptionsBuilder topLogProbs(int value) {
    topLogProbs = value;
    return this;
  }

  /** Most new tokens. */
  public GenerationOptionsBuilder maxNewTokens(int value) {
    maxNewTokens = OptionalInt.of(value);
    return this;
  }

  /** Most tokens with the prompt, instead of a number of new tokens. */
  public GenerationOptionsBuilder maxLength(int value) {
    maxNewTokens = OptionalInt.empty();
    maxLength = value;
    return this;
  }

  /** Makes end tokens more likely after {@code start} new tokens. */
  public GenerationOptionsBuilder exponentialDecayLengthPenalty(int start, double factor) {
    decayStart = start;
    decayFactor = factor;
    return this;
  }

  /** The first new token after a prompt of one token. */
  public GenerationOptionsBuilder forcedBosTokenId(int value) {
    forcedBosTokenId = OptionalInt.of(value);
    return this;
  }

  /**
   * The options.
   *
   * @throws GenerationOptionException if a value is out of range or contradicts another
   */
  public GenerationOptions build() {
    return new GenerationOptions(
        new GenerationOptions.Lengths(maxNewTokens, minNewTokens, maxLength, minLength),
        new GenerationOptions.Sampling(
            doSample,
            temperature,
            topK,
            penaltyAlpha,
            topP,
            minP,
            typicalP,
            epsilonCutoff,
            etaCutoff,
            topH,
            renormalizeLogits,
            removeInvalidValues,
            seed),
        new GenerationOptions.Penalties(
            repetitionPenalty,
            encoderRepetitionPenalty,
            presencePenalty,
            frequencyPenalty,
            decayStart,
            decayFactor,
            sequenceBias),
        new GenerationOptions.Constraints(
            noRepeatNgramSize,
            encoderNoRepeatNgramSize,
            badWordsIds,
            suppressTokens,
            beginSuppressTokens,
            forcedBosTokenId,
            forcedEosTokenIds),
        new GenerationOptions.Beams(
            numBeams, numBeamGroups, diversityPenalty, lengthPenalty, earlyStopping),
        eosTokenIds,
        padTokenId,
        stopStrings,
        numReturnSequences,
        recordLogits,
        topLogProbs);
  }
}
