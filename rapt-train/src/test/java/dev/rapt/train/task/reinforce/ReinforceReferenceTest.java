package dev.rapt.train.task.reinforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.model.load.Loading;
import dev.rapt.reward.Reward;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainStep;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.example.Example;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TuningSpec;
import dev.rapt.train.task.completion.Answer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Steps of GRPO, compared with those of TRL, and of PPO, compared with TRL's formulas. */
class ReinforceReferenceTest {
  /** Steps of Adam multiply differences of rounding in the gradients. */
  private static final double TOLERANCE = 1e-3;

  @TempDir private Path path;

  private static Path golden(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(ReinforceReferenceTest.class.getResource("/golden/" + name))
            .toURI());
  }

  private static JsonNode recorded() throws URISyntaxException {
    return JsonFiles.read(golden("reinforce").resolve("cases.json"));
  }

  static Stream<JsonNode> grpo() throws URISyntaxException {
    return recorded().get("grpo").valueStream();
  }

  static Stream<JsonNode> ppo() throws URISyntaxException {
    return recorded().get("ppo").valueStream();
  }

  @ParameterizedTest
  @MethodSource("grpo")
  void stepsOfGrpoAreThoseOfTrl(JsonNode given) throws IOException, URISyntaxException {
    compare(new GrpoTask(NO_REWARD), given);
  }

  @ParameterizedTest
  @MethodSource("ppo")
  void stepsOfPpoAreThoseOfTrlsFormulas(JsonNode given) throws IOException, URISyntaxException {
    compare(new PpoTask(NO_REWARD), given);
  }

  private static final Reward NO_REWARD = (_, _, _) -> 0; // answers and rewards are recorded

  private void compare(ReinforceTask task, JsonNode given) throws IOException, URISyntaxException {
    JsonNode all = recorded();
    Map<String, String> settings = new HashMap<>();
    given.get("settings").forEachEntry((name, value) -> settings.put(name, value.asString()));
    settings.put("num-generations", all.get("generations").asString());
    settings.put("max-completion-length", all.get("max_length").asString());
    settings.put("num-iterations", given.get("iterations").asString());
    AdamW.Options adamW = AdamW.Options.defaults().withBeta2(0.999).withWeightDecay(0);
    TrainOptions options =
        TrainOptions.builder(10).precision(PrecisionMode.F32).maxGradNorm(1).build();
    try (ReinforceRun run = (ReinforceRun) task.open(setup(settings))) {
      run.begin(path, options, null);
      Rollouts rollouts =
          new Rollouts(
              run.plan(),
              number -> run.make(number, sampled(all.get("rollouts").get((int) number), all)));
      Objective<RolloutBatch> objective = run.objective(rollouts);
      TrainedModel trained =
          TrainedModel.tuned(run.model(), golden("prefer")).with(run.moreWeights());
      try (AdamW optimizer = new AdamW(trained.parameters().trained(), adamW);
          TrainStep<RolloutBatch> update =
              new TrainStep<>(trained, objective, optimizer, options)) {
        long at = 0;
        for (JsonNode step : given.get("steps")) {
          RolloutBatch batch = run.batches().batch(at++);
          TrainStep.Result result = update.run(List.of(batch), 0, all.get("lr").asDouble());
          Map<String, Double> measured = new LinkedHashMap<>(objective.metrics());
          measured.put("loss", result.loss());
          measured.put("grad_norm", result.gradNorm());
          compare("step " + at, measured, step);
        }
      }
    }
  }

  private static void compare(String where, Map<String, Double> measured, JsonNode step) {
    step.forEachEntry((name, value) -> {
      double right = value.asDouble();
      boolean isMissing = name.equals("clip_ratio") && !measured.containsKey(name);
      assertThat(isMissing ? 0 : measured.get(name))
          .as("%s, %s", where, name)
          .isCloseTo(right, within(TOLERANCE * Math.max(1, Math.abs(right))));
    });
  }

  private TaskSetup setup(Map<String, String> settings) throws IOException, URISyntaxException {
    Path model = golden("prefer");
    Path prompts =
        Files.writeString(path.resolve("prompts.jsonl"), "{\"prompt\": \"one?\"}\n".repeat(2));
    TuningSpec spec =
        new TuningSpec(
            "grpo",
            model.toString(),
            List.of(prompts.toString()),
            List.of(prompts.toString()),
            0.1,
            Map.of(),
            2,
            0,
            1,
            false,
            1,
            null,
            null,
            settings);
    return new TaskSetup(spec, model, Loading.newHead(true, 1), Tokenizer.load(model));
  }

  /** Makes groups of recorded answers, with the metrics that the sampler would measure. */
  private static GroupSampler.Sampled sampled(JsonNode rollout, JsonNode all) {
    int generations = all.get("generations").asInt();
    Example example = new Example(Path.of("-"), 1, JsonNodeFactory.instance.objectNode());
    List<Group> groups = new ArrayList<>();
    for (int p = 0; p < rollout.get("prompts").size(); p++) {
      int[] prompt = ints(rollout.get("prompts").get(p));
      List<SampledAnswer> answers = new ArrayList<>();
      double[] rewards = new double[generations];
      for (int g = 0; g < generations; g++) {
        int[] answer = ints(rollout.get("answers").get(p * generations + g));
        int[] ids = Arrays.copyOf(prompt, prompt.length + answer.length);
        System.arraycopy(answer, 0, ids, prompt.length, answer.length);
        boolean isCut = answer[answer.length - 1] != 0;
        answers.add(new SampledAnswer(new Answer(ids, prompt.length), "", isCut));
        rewards[g] = rollout.get("rewards").get(p * generations + g).asDouble();
      }
      groups.add(new Group(new PromptRow("", prompt, example), answers, rewards));
    }
    return GroupSampler.Sampled.of(groups);
  }

  private static int[] ints(JsonNode list) {
    return list.valueStream().mapToInt(JsonNode::asInt).toArray();
  }
}
