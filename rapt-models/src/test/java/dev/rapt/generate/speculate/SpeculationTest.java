package dev.rapt.generate.speculate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.generate.Generator;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.logits.Logits;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.options.GenerationOptionsBuilder;
import dev.rapt.generate.search.FinishReason;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.generate.search.Letters;
import dev.rapt.generate.search.TokenScore;
import dev.rapt.model.CausalLm;
import dev.rapt.model.MultiTokenPrediction;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Llama;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Speculation changes nothing but the time. */
class SpeculationTest {
  private static final int VOCABULARY = 12;
  private static final int[] PROMPT = {1, 2, 3, 1, 2};

  private static CausalLm model;
  private static CausalLm other;
  private static MultiTokenPrediction modules;
  private static Generator plain;

  @BeforeAll
  static void create() {
    model = create(7);
    other = create(8);
    modules = MultiTokenPrediction.create(model, 3, 9);
    plain = generator(model);
  }

  private static CausalLm create(long seed) {
    // weights large enough that tokens decide what follows
    DecoderSizes sizes = new DecoderSizes(VOCABULARY, 16, 2, 4, 2, 4, 32, 128, false, 0.4);
    return CausalLm.create(Llama.Config.of(sizes), seed);
  }

  private static Generator generator(CausalLm model) {
    return new Generator(new CausalLmDecoding(model), prompt -> new Letters());
  }

  @AfterAll
  static void close() {
    model.close();
    other.close();
  }

  /** Drafters of all kinds: good, bad, and changing. */
  enum Guesses {
    LOOKUP {
      @Override
      Speculation speculation() {
        return Speculation.promptLookup();
      }
    },
    SAME_MODEL {
      @Override
      Speculation speculation() {
        return Speculation.draftModel(model);
      }
    },
    OTHER_MODEL {
      @Override
      Speculation speculation() {
        return Speculation.draftModel(other);
      }
    },
    MODULES {
      @Override
      Speculation speculation() {
        return Speculation.multiToken(model, modules);
      }
    },
    ALWAYS_ONE {
      @Override
      Speculation speculation() {
        return eager((_, most) -> ids(most, 1));
      }
    };

    abstract Speculation speculation();
  }

  private static int[] ids(int count, int token) {
    return IntStream.generate(() -> token).limit(count).toArray();
  }

  /** Guesses as this function of the ids and the most tokens says. */
  private static Speculation eager(BiFunction<int[], Integer, int[]> guess) {
    Drafter drafter =
        new Drafter() {
          @Override
          public int[] draft(int[] ids, int length, int most, TokenChoice choice) {
            return guess.apply(Arrays.copyOf(ids, length), most);
          }

          @Override
          public void close() {}
        };
    return new Speculation(_ -> drafter, 6);
  }

  private static GenerationOptionsBuilder sampling() {
    return GenerationOptions.builder()
        .temperature(0.9)
        .topK(9)
        .topP(0.97)
        .minP(0.01)
        .repetitionPenalty(1.1)
        .frequencyPenalty(0.1)
        .maxNewTokens(60);
  }

  @ParameterizedTest
  @EnumSource
  void greedySearchGivesTheTokensOfPlainSearch(Guesses guesses) {
    GenerationOptions greedy = GenerationOptions.builder().maxNewTokens(100).build();
    GenerationOptions penalised =
        greedy.toBuilder().repetitionPenalty(1.3).noRepeatNgramSize(3).build();
    for (GenerationOptions options : List.of(greedy, penalised)) {
      assertSame(guesses.speculation(), options);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSeedGivesTheSampleOfPlainSearch(Guesses guesses) {
    for (long seed = 0; seed < 20; seed++) {
      assertSame(guesses.speculation(), sampling().seed(seed).build());
    }
  }

  private static void assertSame(Speculation speculation, GenerationOptions options) {
    assertThat(first(plain.withSpeculation(speculation), options).ids())
        .isEqualTo(first(plain, options).ids());
  }

  private static GeneratedSequence first(Generator generator, GenerationOptions options) {
    return generator.generate(Prompts.of(PROMPT), options).first();
  }

  /** Frequencies of pairs of tokens against their probabilities, which the logits give. */
  @ParameterizedTest
  @EnumSource
  void samplesHaveTheDistributionOfTheModel(Guesses guesses) {
    int samples = 1500;
    // two plain passes come first, so the last tokens are those that were guessed
    int skipped = 3;
    GenerationOptions options =
        GenerationOptions.builder()
            .temperature(0.8)
            .topK(3)
            .maxNewTokens(skipped + 3)
            .recordLogits(true)
            .build();
    double[][] expected = new double[3][VOCABULARY];
    double[][] counts = new double[3][VOCABULARY];
    int guessed = 0;
    Generator fast = plain.withSpeculation(guesses.speculation());
    for (int i = 0; i < samples; i++) {
      GeneratedSequence sample = first(fast, options.toBuilder().seed(i).build());
      guessed += sample.drafts().orElseThrow().drafted();
      for (int k = 0; k < 3; k++) {
        double[] probs = probabilities(sample.stepLogits().get(skipped + k));
        counts[k][sample.newIds()[skipped + k]]++;
        for (int token = 0; token < VOCABULARY; token++) {
          expected[k][token] += probs[token];
        }
      }
    }
    if (guesses != Guesses.LOOKUP) {
      assertThat(guessed).isGreaterThan(samples / 2);
    }
    for (int k = 0; k < 3; k++) {
      double chiSquare = 0;
      for (int token = 0; token < VOCABULARY; token++) {
        double difference = counts[k][token] - expected[k][token];
        chiSquare += expected[k][token] == 0 ? 0 : difference * difference / expected[k][token];
      }
      assertThat(chiSquare).as("token %d", k).isLessThan(31.3); // 11 degrees, 1 in 1000
    }
  }

  /** Probabilities at temperature 0.8 among the 3 best. */
  private static double[] probabilities(float[] logits) {
    float third = Logits.kthLargest(logits, 3);
    float[] scores = new float[logits.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = logits[i] < third ? Float.NEGATIVE_INFINITY : logits[i] / 0.8f;
    }
    return Logits.softmax(scores);
  }

  @Test
  void theSameModelGuessesAllRightAndSavesPasses() {
    for (GenerationOptions options :
        List.of(
            GenerationOptions.builder().maxNewTokens(100).build(),
            sampling().maxNewTokens(100).build())) {
      DraftCounts counts =
          first(plain.withSpeculation(Guesses.SAME_MODEL.speculation()), options)
              .drafts()
              .orElseThrow();
      assertThat(counts.accepted()).isEqualTo(counts.drafted()).isPositive();
      assertThat(counts.passes() + counts.accepted()).isEqualTo(100);
      assertThat(counts.tokensPerPass()).isGreaterThan(1);
    }
    assertThat(first(plain, GenerationOptions.defaults()).drafts()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void recordedValuesAndTextAreThoseOfPlainSearch(Guesses guesses) {
    for (long seed = 0; seed < 10; seed++) {
      GenerationOptions options =
          sampling()
              .seed(seed)
              .eosTokenIds(List.of(5))
              .stopStrings(List.of("cb"))
              .recordLogits(true)
              .topLogProbs(2)
              .build();
      List<String> events = new ArrayList<>();
      List<String> fastEvents = new ArrayList<>();
      GeneratedSequence wanted = listened(plain, options, events);
      GeneratedSequence found =
          listened(plain.withSpeculation(guesses.speculation()), options, fastEvents);
      assertThat(found.ids()).isEqualTo(wanted.ids());
      assertThat(found.text()).isEqualTo(wanted.text());
      assertThat(found.finishReason()).isEqualTo(wanted.finishReason());
      assertThat(fastEvents).isEqualTo(events);
      assertThat(found.stepLogits()).hasSameSizeAs(wanted.stepLogits());
      for (int i = 0; i < wanted.tokenScores().size(); i++) {
        TokenScore score = wanted.tokenScores().get(i);
        assertThat(found.tokenScores().get(i).token()).isEqualTo(score.token());
        assertThat(found.tokenScores().get(i).logProb()).isCloseTo(score.logProb(), within(1e-5f));
      }
    }
  }

  private static GeneratedSequence listened(
      Generator generator, GenerationOptions options, List<String> events) {
    return generator
        .generate(
            Prompts.of(PROMPT),
            options,
            (sequence, token, text) -> events.add(sequence + " " + token + " " + text))
        .first();
  }

  @Test
  void aSequenceEndsWithinAnAcceptedRun() {
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(50).build();
    int[] text = first(plain, options).newIds();
    Speculation oracle =
        eager((ids, most) ->
            Arrays.copyOfRange(
                text, ids.length - PROMPT.length, ids.length - PROMPT.length + most));
    Generator fast = plain.withSpeculation(oracle);
    for (int eos : text) {
      GenerationOptions ending = options.toBuilder().eosTokenIds(List.of(eos)).build();
      assertThat(first(fast, ending).newIds()).isEqualTo(first(plain, ending).newIds());
      assertThat(first(fast, ending).finishReason()).isEqualTo(FinishReason.EOS);
    }
    for (int end = 1; end < 50; end++) {
      int last = end;
      List<Integer> seen = new ArrayList<>();
      GeneratedSequence cancelled =
          fast.generate(
                  Prompts.of(PROMPT),
                  options,
                  (_, token, _) -> {
                    seen.add(token);
                    return seen.size() < last;
                  })
              .first();
      assertThat(cancelled.finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(cancelled.newIds()).hasSize(last);
      GenerationOptions shorter = options.toBuilder().maxNewTokens(last).build();
      assertThat(first(fast, shorter).newIds()).isEqualTo(Arrays.copyOf(text, last));
    }
  }

  @Test
  void promptsAndSamplesComeOneAfterTheOther() {
    Prompts prompts =
        Prompts.padded(
            new int[][] {{0, 0, 4, 5, 4, 5}, {1, 2, 3, 1, 2, 3}},
            new boolean[][] {
              {false, false, true, true, true, true}, {true, true, true, true, true, true}
            });
    GenerationOptions options = sampling().seed(4).numReturnSequences(3).build();
    for (Guesses guesses : Guesses.values()) {
      assertThat(
              plain.withSpeculation(guesses.speculation()).generate(prompts, options).toMatrix(-1))
          .isDeepEqualTo(plain.generate(prompts, options).toMatrix(-1));
    }
  }

  @Test
  void beamsAndContrastiveSearchAreRefused() {
    Generator fast = plain.withSpeculation(Speculation.promptLookup());
    assertThatThrownBy(() -> first(fast, GenerationOptions.builder().numBeams(2).build()))
        .hasMessage(
            "numBeams: must be left out with speculative decoding, which is for greedy search and"
                + " sampling");
    assertThatThrownBy(
            () -> first(fast, GenerationOptions.builder().topK(4).penaltyAlpha(0.6).build()))
        .hasMessageStartingWith("penaltyAlpha: must be left out");
    Generator off = plain.withSpeculation(Speculation.promptLookup().withMaxDraftTokens(0));
    assertThat(first(off, GenerationOptions.builder().numBeams(2).build()).drafts()).isEmpty();
    assertThatThrownBy(() -> Speculation.promptLookup().withMaxDraftTokens(31))
        .hasMessage("draft tokens: must be 0 to 30, got 31");
  }
}
