package dev.rapt.generate;

import java.util.List;
import java.util.OptionalInt;

/** Collects {@link GenerationOptions}; its records document the values. */
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

  /** No end token before this many new tokens. */
  public GenerationOptionsBuilder minNewTokens(int value) {
    minNewTokens = value;
    return this;
  }

  /** No end token before this many tokens with the prompt. */
  public GenerationOptionsBuilder minLength(int value) {
    minLength = value;
    return this;
  }

  /** Whether to draw the next token at random. */
  public GenerationOptionsBuilder doSample(boolean value) {
    doSample = value;
    return this;
  }

  /** Samples with scores divided by this; 0 is greedy search. */
  public GenerationOptionsBuilder temperature(double value) {
    doSample = true;
    temperature = value;
    return this;
  }

  /** Keeps the k best; 0 keeps all. */
  public GenerationOptionsBuilder topK(int value) {
    topK = value;
    return this;
  }

  /** With topK, without sampling: contrastive search with this weight of likeness; 0 for none. */
  public GenerationOptionsBuilder penaltyAlpha(double value) {
    penaltyAlpha = value;
    return this;
  }

  /** Keeps the best with this probability together; 1 keeps all. */
  public GenerationOptionsBuilder topP(double value) {
    topP = value;
    return this;
  }

  /** Removes what is less likely than this share of the best; 0 keeps all. */
  public GenerationOptionsBuilder minP(double value) {
    minP = value;
    return this;
  }

  /** Keeps this mass of typical tokens; 1 keeps all. */
  public GenerationOptionsBuilder typicalP(double value) {
    typicalP = value;
    return this;
  }

  /** Removes what is less likely; 0 keeps all. */
  public GenerationOptionsBuilder epsilonCutoff(double value) {
    epsilonCutoff = value;
    return this;
  }

  /** Removes what is less likely, depending on the entropy; 0 keeps all. */
  public GenerationOptionsBuilder etaCutoff(double value) {
    etaCutoff = value;
    return this;
  }

  /** Keeps the best with this share of the entropy; 0 keeps all. */
  public GenerationOptionsBuilder topH(double value) {
    topH = value;
    return this;
  }

  /** Makes log-probabilities of the scores in the end. */
  public GenerationOptionsBuilder renormalizeLogits(boolean value) {
    renormalizeLogits = value;
    return this;
  }

  /** Replaces NaN and infinities. */
  public GenerationOptionsBuilder removeInvalidValues(boolean value) {
    removeInvalidValues = value;
    return this;
  }

  /** Seed of the random draws. */
  public GenerationOptionsBuilder seed(long value) {
    seed = value;
    return this;
  }

  /** Above 1 makes tokens in the row less likely. */
  public GenerationOptionsBuilder repetitionPenalty(double value) {
    repetitionPenalty = value;
    return this;
  }

  /** Above 1 makes tokens of the encoder's input more likely. */
  public GenerationOptionsBuilder encoderRepetitionPenalty(double value) {
    encoderRepetitionPenalty = value;
    return this;
  }

  /** Subtracted from tokens that were generated. */
  public GenerationOptionsBuilder presencePenalty(double value) {
    presencePenalty = value;
    return this;
  }

  /** Subtracted as often as a token was generated. */
  public GenerationOptionsBuilder frequencyPenalty(double value) {
    frequencyPenalty = value;
    return this;
  }

  /** Biases of sequences. */
  public GenerationOptionsBuilder sequenceBias(List<SequenceBias> value) {
    sequenceBias = value;
    return this;
  }

  /** No n-gram of this size twice; 0 allows all. */
  public GenerationOptionsBuilder noRepeatNgramSize(int value) {
    noRepeatNgramSize = value;
    return this;
  }

  /** No n-gram of this size from the encoder's input; 0 allows all. */
  public GenerationOptionsBuilder encoderNoRepeatNgramSize(int value) {
    encoderNoRepeatNgramSize = value;
    return this;
  }

  /** Sequences that must not occur. */
  public GenerationOptionsBuilder badWordsIds(List<List<Integer>> value) {
    badWordsIds = value;
    return this;
  }

  /** Ids that are never generated. */
  public GenerationOptionsBuilder suppressTokens(List<Integer> value) {
    suppressTokens = value;
    return this;
  }

  /** Ids that are not generated first. */
  public GenerationOptionsBuilder beginSuppressTokens(List<Integer> value) {
    beginSuppressTokens = value;
    return this;
  }

  /** Last token when the greatest length is reached. */
  public GenerationOptionsBuilder forcedEosTokenIds(List<Integer> value) {
    forcedEosTokenIds = value;
    return this;
  }

  /** Beams for each prompt; 1 for none. */
  public GenerationOptionsBuilder numBeams(int value) {
    numBeams = value;
    return this;
  }

  /** Groups of beams that are kept different. */
  public GenerationOptionsBuilder numBeamGroups(int value) {
    numBeamGroups = value;
    return this;
  }

  /** Subtracted from what groups before chose. */
  public GenerationOptionsBuilder diversityPenalty(double value) {
    diversityPenalty = value;
    return this;
  }

  /** Exponent of the length that scores are divided by. */
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

  /** Fills rows that ended. */
  public GenerationOptionsBuilder padTokenId(int value) {
    padTokenId = value;
    return this;
  }

  /** A sequence ends when its text contains one of them. */
  public GenerationOptionsBuilder stopStrings(List<String> value) {
    stopStrings = value;
    return this;
  }

  /** Sequences for each prompt. */
  public GenerationOptionsBuilder numReturnSequences(int value) {
    numReturnSequences = value;
    return this;
  }

  /** Keeps the logits of every step. */
  public GenerationOptionsBuilder recordLogits(boolean value) {
    recordLogits = value;
    return this;
  }

  /** Records log-probabilities of the chosen token and this many alternatives; -1 for none. */
  public GenerationOptionsBuilder topLogProbs(int value) {
    topLogProbs = value;
    return this;
  }

  /** Most tokens to generate. */
  public GenerationOptionsBuilder maxNewTokens(int value) {
    maxNewTokens = OptionalInt.of(value);
    return this;
  }

  /** Most tokens with the prompt, in place of a number of new tokens. */
  public GenerationOptionsBuilder maxLength(int value) {
    maxNewTokens = OptionalInt.empty();
    maxLength = value;
    return this;
  }

  /** Makes end tokens more likely from {@code start} new tokens on. */
  public GenerationOptionsBuilder exponentialDecayLengthPenalty(int start, double factor) {
    decayStart = start;
    decayFactor = factor;
    return this;
  }

  /** First token after a start token that stands alone. */
  public GenerationOptionsBuilder forcedBosTokenId(int value) {
    forcedBosTokenId = OptionalInt.of(value);
    return this;
  }

  /**
   * The options.
   *
   * @throws IllegalArgumentException if a value is out of range or two exclude each other
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
