package dev.rapt.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.logits.Logits;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.options.GenerationOptionsBuilder;
import dev.rapt.generate.options.SequenceBias;
import dev.rapt.generate.search.FinishReason;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.generate.search.Generation;
import dev.rapt.generate.search.Letters;
import dev.rapt.generate.search.TokenScore;
import dev.rapt.model.ModelOutputException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GeneratorTest {
  private static final int[] A = {1, 2, 3};
  private static final int[] B = {4, 5, 6, 7, 8};
  private static final int[] C = {9};

  private final TableModel model = new TableModel(64);
  private final Generator generator = new Generator(model);

  private static GenerationOptionsBuilder sampling() {
    return GenerationOptions.builder().temperature(1.2).seed(5).maxNewTokens(20);
  }

  private int[] alone(int[] prompt, GenerationOptions options) {
    return generator.generate(Prompts.of(prompt), options).first().ids();
  }

  @Test
  void theRestOfTheBatchDoesNotChangeTheResult() {
    List<GenerationOptions> all =
        List.of(
            GenerationOptions.builder().repetitionPenalty(1.5).noRepeatNgramSize(2).build(),
            sampling().eosTokenIds(List.of(3)).build(),
            sampling().presencePenalty(0.5).frequencyPenalty(0.2).maxLength(9).build(),
            GenerationOptions.builder().numBeams(3).eosTokenIds(List.of(3)).build(),
            sampling().numBeams(3).build());
    for (GenerationOptions options : all) {
      GenerationOptions within = options.toBuilder().build();
      Generation batch = generator.generate(Prompts.of(C, A, B), within);
      assertThat(batch.sequences().get(0).ids()).isEqualTo(alone(C, options));
      assertThat(batch.sequences().get(1).ids()).isEqualTo(alone(A, options));
      assertThat(batch.sequences().get(2).ids()).isEqualTo(alone(B, options));
    }
  }

  @Test
  void theSeedDeterminesTheSample() {
    assertThat(alone(A, sampling().build())).isEqualTo(alone(A, sampling().build()));
    assertThat(alone(A, sampling().build())).isNotEqualTo(alone(A, sampling().seed(6).build()));
    Generation several =
        generator.generate(Prompts.of(A), sampling().numReturnSequences(4).build());
    Set<List<Integer>> distinct = new HashSet<>();
    for (GeneratedSequence sequence : several.sequences()) {
      distinct.add(java.util.Arrays.stream(sequence.ids()).boxed().toList());
    }
    assertThat(distinct).hasSize(4);
    assertThat(several.first().ids()).isEqualTo(alone(A, sampling().build()));
  }

  @Test
  void samplesFollowTheProbabilities() {
    double[] counts = new double[12];
    int samples = 20_000;
    Generation drawn =
        generator.generate(
            Prompts.of(A),
            sampling().temperature(1).maxNewTokens(1).numReturnSequences(samples).build());
    drawn.sequences().forEach(sequence -> counts[sequence.newIds()[0]]++);
    float[] scores = new float[12];
    for (int token = 0; token < 12; token++) {
      scores[token] = TableModel.logit(2, 3, token);
    }
    double[] probs = Logits.softmax(scores);
    double chiSquare = 0;
    for (int token = 0; token < 12; token++) {
      double expected = samples * probs[token];
      chiSquare += (counts[token] - expected) * (counts[token] - expected) / expected;
    }
    assertThat(chiSquare).isLessThan(31.3); // 11 degrees of freedom, 1 in 1000
  }

  @Test
  void temperatureZeroIsGreedy() {
    assertThat(alone(A, sampling().temperature(0).build()))
        .isEqualTo(alone(A, GenerationOptions.builder().maxNewTokens(20).build()));
  }

  @Test
  void endedRowsAreDropped() {
    GenerationOptions options =
        GenerationOptions.builder().eosTokenIds(List.of(3, 5, 11)).maxNewTokens(30).build();
    Generation result = generator.generate(Prompts.of(A, B, C), options);
    assertThat(model.rowsPerStep.getFirst()).isEqualTo(3);
    assertThat(model.rowsPerStep.getLast()).isLessThan(3);
    assertThat(result.sequences())
        .extracting(GeneratedSequence::finishReason)
        .contains(FinishReason.EOS);
    int[][] matrix = result.toMatrix(0);
    assertThat(matrix[0]).hasSameSizeAs(matrix[1]);
    assertThat(model.open).isZero();
  }

  @Test
  void paddedPromptsGiveTheSameResultWithoutPenalties() {
    int[][] ids = {{0, 0, 1, 2, 3}, B};
    boolean[][] mask = {{false, false, true, true, true}, {true, true, true, true, true}};
    GenerationOptions options = GenerationOptions.defaults().toBuilder().maxNewTokens(9).build();
    Generation padded = generator.generate(Prompts.padded(ids, mask), options);
    assertThat(padded.first().newIds())
        .isEqualTo(generator.generate(Prompts.of(A), options).first().newIds());
    assertThat(padded.first().promptLength()).isEqualTo(5);
  }

  @Test
  void theContextLimitsPromptAndContinuation() {
    Generator small = new Generator(new TableModel(5));
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(100).build();
    GeneratedSequence full = small.generate(Prompts.of(A), options).first();
    assertThat(full.ids()).hasSize(6); // the last token is never read
    assertThat(full.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(small.generate(Prompts.of(B), options).first().ids()).hasSize(6);
    assertThat(small.generate(Prompts.of(A), options.toBuilder().numBeams(2).build()).first().ids())
        .hasSize(6);
    assertThatThrownBy(() -> small.generate(Prompts.of(new int[6]), options))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("prompt: must have at most 5 tokens, got 6; shorten it");
    assertThatThrownBy(() -> small.generate(Prompts.of(new int[0]), options))
        .hasMessageStartingWith("prompt: at least 1 token");
    assertThatThrownBy(() -> small.generate(Prompts.of(new int[] {12}), options))
        .hasMessageStartingWith("prompt: token ids must be from 0 to 11, got 12");
  }

  @Test
  void theListenerReceivesEveryTokenAndMayStop() {
    List<Integer> heard = new ArrayList<>();
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(10).build();
    GeneratedSequence stopped =
        generator
            .generate(
                Prompts.of(A),
                options,
                (sequence, token, text) -> {
                  heard.add(token);
                  return heard.size() < 4;
                })
            .first();
    assertThat(stopped.finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(stopped.newIds())
        .hasSize(4)
        .containsExactly(heard.stream().mapToInt(i -> i).toArray());
    assertThat(model.open).isZero();
  }

  @Test
  void recordedLogitsAndLogProbsAreUnprocessed() {
    GenerationOptions options =
        GenerationOptions.builder()
            .maxNewTokens(3)
            .suppressTokens(List.of(Logits.argmax(row(2, 3))))
            .recordLogits(true)
            .topLogProbs(2)
            .build();
    GeneratedSequence result = generator.generate(Prompts.of(A), options).first();
    assertThat(result.stepLogits()).hasSize(3);
    assertThat(result.stepLogits().getFirst()).isEqualTo(row(2, 3));
    TokenScore first = result.tokenScores().getFirst();
    float[] logProbs = row(2, 3);
    Logits.logSoftmax(logProbs);
    assertThat(first.logProb()).isEqualTo(logProbs[first.token()]);
    assertThat(first.alternatives()).hasSize(2);
    assertThat(first.alternatives().getFirst().token()).isEqualTo(Logits.argmax(row(2, 3)));
    assertThat(first.alternatives().get(1).token()).isEqualTo(first.token());
  }

  private static float[] row(int a, int b) {
    float[] row = new float[12];
    for (int token = 0; token < 12; token++) {
      row[token] = TableModel.logit(a, b, token);
    }
    return row;
  }

  @Test
  void stopStringsMaySpanTokensAndAreNeverReturned() {
    Generator texts = new Generator(model, _ -> new Letters());
    GenerationOptions free = GenerationOptions.builder().maxNewTokens(12).build();
    String all = texts.generate(Prompts.of(A), free).first().text();
    String stop = all.substring(4, 7);
    int at = all.indexOf(stop);
    StringBuilder streamed = new StringBuilder();
    GeneratedSequence result =
        texts
            .generate(
                Prompts.of(A),
                free.toBuilder().stopStrings(List.of("zzz", stop)).build(),
                (sequence, token, text) -> {
                  streamed.append(text);
                  return true;
                })
            .first();
    assertThat(result.text()).isEqualTo(all.substring(0, at)).isEqualTo(streamed.toString());
    assertThat(result.finishReason()).isEqualTo(FinishReason.STOP_STRING);

    GeneratedSequence beam =
        texts
            .generate(
                Prompts.of(A), free.toBuilder().numBeams(2).stopStrings(List.of("e", "f")).build())
            .first();
    assertThat(beam.text()).doesNotContain("e", "f");
    assertThatThrownBy(() ->
            generator.generate(Prompts.of(A), free.toBuilder().stopStrings(List.of("a")).build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("stopStrings: must be empty");
  }

  @Test
  void groupsOfBeamsDiffer() {
    GenerationOptions same =
        GenerationOptions.builder()
            .numBeams(4)
            .numBeamGroups(2)
            .numReturnSequences(4)
            .maxNewTokens(6)
            .build();
    GenerationOptions diverse = same.toBuilder().diversityPenalty(50).build();
    Generation first = generator.generate(Prompts.of(A, B), same);
    Generation second = generator.generate(Prompts.of(A, B), diverse);
    assertThat(first.sequences().get(0).ids()).isEqualTo(first.sequences().get(1).ids());
    List<Integer> firstTokens = new ArrayList<>();
    second.sequences().subList(0, 4).forEach(s -> firstTokens.add(s.newIds()[0]));
    assertThat(new HashSet<>(firstTokens).size()).isGreaterThan(1);
  }

  @Test
  void contradictingOptionsAreRefused() {
    assertThatThrownBy(() -> GenerationOptions.builder().numReturnSequences(2).build())
        .hasMessageStartingWith("numReturnSequences: must be 1 in greedy search");
    assertThatThrownBy(() -> GenerationOptions.builder().topP(1.5).build())
        .hasMessage("topP: must be 0 to 1, got 1.5");
    assertThatThrownBy(() -> GenerationOptions.builder().numBeams(3).numBeamGroups(2).build())
        .hasMessage("numBeamGroups: must be a divisor of the number of beams, 3, got 2");
    assertThatThrownBy(() ->
            generator.generate(
                Prompts.of(A),
                sampling().suppressTokens(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)).build()))
        .isInstanceOf(ModelOutputException.class)
        .hasMessage(
            "token 1: at least one token must be allowed, got none; the options forbid every token");
  }

  @Test
  void idsOutsideTheVocabularyAreRefused() {
    List<Integer> unknown = List.of(12);
    assertRefused("forcedBosTokenId", sampling().forcedBosTokenId(12));
    assertRefused("forcedEosTokenIds", sampling().forcedEosTokenIds(unknown));
    assertRefused("badWordsIds", sampling().badWordsIds(List.of(unknown)));
    assertRefused("sequenceBias", sampling().sequenceBias(List.of(new SequenceBias(unknown, 1))));
  }

  private void assertRefused(String name, GenerationOptionsBuilder options) {
    assertThatThrownBy(() -> generator.generate(Prompts.of(A), options.build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(name + ": must be ids of the vocabulary, from 0 to 11, got 12");
  }

  @Test
  void nanScoresAreRefused() {
    Generator broken = generator.withProcessors(List.of((_, _, scores) -> scores[3] = Float.NaN));
    for (GenerationOptionsBuilder options :
        List.of(GenerationOptions.builder(), sampling(), GenerationOptions.builder().numBeams(2))) {
      assertThatThrownBy(() -> broken.generate(Prompts.of(A), options.build()))
          .isInstanceOf(ModelOutputException.class)
          .hasMessageStartingWith("scores of the next token: must be finite, got NaN");
    }
  }
}
