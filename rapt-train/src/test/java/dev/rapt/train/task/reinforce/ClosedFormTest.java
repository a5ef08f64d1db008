package dev.rapt.train.task.reinforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.generate.Generator;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Llama;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainStep;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.example.Example;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.task.completion.Answer;
import dev.rapt.train.task.reinforce.loss.Episode;
import dev.rapt.train.task.reinforce.loss.GroupAdvantages;
import dev.rapt.train.task.reinforce.loss.GrpoLoss;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Bandits: a model that answers with one of a few tokens, each of which has a known reward. The
 * optimum under a penalty of the divergence has a closed form.
 */
class ClosedFormTest {
  private static final int NUM_ARMS = 4; // the tokens 0 to 3
  private static final int SAMPLES = 256;
  private static final int STEPS = 300;
  private static final double[] REWARDS = {0, 0.4, 1, 0.1};
  private static final double TOLERANCE = 0.03; // of sampling in the last steps
  private static final double[] NONE = {};

  private final PromptRow prompt =
      new PromptRow(
          "", new int[] {0}, new Example(Path.of("-"), 1, JsonNodeFactory.instance.objectNode()));

  private static CausalLm model() {
    return CausalLm.create(Llama.Config.of(DecoderSizes.of(NUM_ARMS, 8, 1, 1, 1, 16, 4, false)), 3);
  }

  private static double[] probabilities(CausalLm model) {
    List<Answer> arms =
        IntStream.range(0, NUM_ARMS).mapToObj(arm -> new Answer(new int[] {0, arm}, 1)).toList();
    return new PolicyScores(1, NUM_ARMS)
        .logProbs(model, arms).stream().mapToDouble(each -> Math.exp(each[0])).toArray();
  }

  /** Samples answers, rewards them, and compares them with each other. */
  private Rollout rollout(CausalLm model, CausalLm reference, long number) {
    GenerationOptions one = GenerationOptions.builder().maxNewTokens(1).build();
    List<SampledAnswer> answers =
        new AnswerSampler(new Generator(new CausalLmDecoding(model)), one, 1, SAMPLES)
            .sample(List.of(prompt), SAMPLES, new long[] {number})
            .getFirst();
    double[] rewards = answers.stream().mapToDouble(a -> REWARDS[a.answer().ids()[1]]).toArray();
    double[] advantages =
        GroupAdvantages.of(List.of(rewards), GroupAdvantages.Scale.NONE).getFirst();
    List<double[]> references =
        new PolicyScores(1, SAMPLES)
            .logProbs(reference, answers.stream().map(SampledAnswer::answer).toList());
    List<Episode> episodes = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      int[] ids = answers.get(i).answer().ids();
      double[] advantage = {advantages[i]};
      episodes.add(new Episode(ids, 1, true, advantage, NONE, references.get(i), NONE, NONE));
    }
    return new Rollout(number, episodes, new LinkedHashMap<>());
  }

  private double[] trained(double beta, boolean corrects) {
    RolloutPlan plan = new RolloutPlan(1, SAMPLES, 1, 1, 1, 1);
    GrpoLoss loss = new GrpoLoss(GrpoLoss.Kind.GRPO, 0.2, 0.2, beta, corrects, 1);
    TrainOptions options = TrainOptions.builder(STEPS).precision(PrecisionMode.F32).build();
    AdamW.Options adamW = AdamW.Options.defaults().withWeightDecay(0);
    try (CausalLm reference = model();
        CausalLm model = model()) {
      Rollouts rollouts = new Rollouts(plan, number -> rollout(model, reference, number));
      TrainedModel all = TrainedModel.fresh(model, TokenIds.NONE);
      try (AdamW optimizer = new AdamW(all.parameters().trained(), adamW);
          TrainStep<RolloutBatch> update =
              new TrainStep<>(
                  all, new GrpoObjective(model, loss, plan, rollouts, 1), optimizer, options)) {
        for (int step = 0; step < STEPS; step++) {
          double lr = step < STEPS / 2 ? 1e-2 : 1e-3;
          update.run(List.of(new RolloutBatch(step, 0, SAMPLES)), step, lr);
        }
      }
      return probabilities(model);
    }
  }

  /** DPO, arXiv:2305.18290, equation 4: the reference times exp(reward / beta), normalised. */
  @Test
  void theOptimumIsTheReferenceTimesTheExponentOfTheReward() {
    double beta = 0.5;
    double[] wanted;
    try (CausalLm model = model()) {
      wanted = probabilities(model);
    }
    Arrays.setAll(wanted, arm -> wanted[arm] * Math.exp(REWARDS[arm] / beta));
    double sum = Arrays.stream(wanted).sum();
    double[] right = Arrays.stream(wanted).map(each -> each / sum).toArray();
    assertThat(trained(beta, true)).containsExactly(right, within(TOLERANCE));
  }

  /**
   * The original penalty has the gradient of KL(reference, model), which is stationary where p =
   * beta reference / (c - reward), for the c that makes it a distribution.
   */
  @Test
  void theOptimumOfTheOriginalPenaltyIsInverseToTheReward() {
    double beta = 0.5;
    double[] before;
    try (CausalLm model = model()) {
      before = probabilities(model);
    }
    double low = 1; // the largest reward
    double high = 100;
    while (high - low > 1e-12) {
      double c = (low + high) / 2;
      boolean isTooLarge = Arrays.stream(inverse(before, beta, c)).sum() > 1;
      low = isTooLarge ? c : low;
      high = isTooLarge ? high : c;
    }
    assertThat(trained(beta, false)).containsExactly(inverse(before, beta, low), within(TOLERANCE));
  }

  private static double[] inverse(double[] before, double beta, double c) {
    double[] found = new double[NUM_ARMS];
    Arrays.setAll(found, arm -> beta * before[arm] / (c - REWARDS[arm]));
    return found;
  }

  @Test
  void withoutPenaltyTheBestArmWins() {
    assertThat(trained(0, true)[2]).isGreaterThan(0.95);
  }
}
