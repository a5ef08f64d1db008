package dev.rapt.train.task.prefer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.model.Model;
import dev.rapt.model.load.Loading;
import dev.rapt.tensor.Scope;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import dev.rapt.train.TrainStep;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.batch.Batch;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TuningSpec;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Steps of preference tuning and of a reward model, compared with those of TRL. */
class PreferenceReferenceTest {
  /** Steps of Adam multiply differences of rounding in the gradients. */
  private static final double TOLERANCE = 1e-4;

  private static final double NORM_TOLERANCE = 1e-3;

  @TempDir private Path path;

  private static Path golden() throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(PreferenceReferenceTest.class.getResource("/golden/prefer"))
            .toURI());
  }

  private static JsonNode recorded() throws URISyntaxException {
    return JsonFiles.read(golden().resolve("cases.json"));
  }

  private static JsonNode steps(JsonNode recorded, String loss) {
    for (JsonNode each : recorded.get("cases")) {
      if (each.get("loss").asString().equals(loss)) {
        return each;
      }
    }
    throw new AssertionError(loss);
  }

  private static TaskSetup setup(Path model, Path examples, Map<String, String> settings) {
    TuningSpec spec =
        new TuningSpec(
            "prefer",
            model.toString(),
            List.of(examples.toString()),
            List.of(examples.toString()),
            0.1,
            Map.of(),
            3,
            64,
            1,
            false,
            1,
            null,
            null,
            settings);
    return new TaskSetup(spec, model, Loading.newHead(true, 1), Tokenizer.load(model));
  }

  /** Trains on the rows in their order; compares each step with a recorded one. */
  private static <B extends Batch> void compareSteps(
      Model model,
      Path folder,
      Objective<B> objective,
      List<B> batches,
      JsonNode recorded,
      String loss,
      Consumer<JsonNode> beforeStep) {
    AdamW.Options adamW = AdamW.Options.defaults().withBeta2(0.999).withWeightDecay(0);
    TrainOptions options =
        TrainOptions.builder(10).precision(PrecisionMode.F32).maxGradNorm(1).build();
    TrainedModel trained = TrainedModel.tuned(model, folder);
    try (AdamW optimizer = new AdamW(trained.parameters().trained(), adamW);
        TrainStep<B> update = new TrainStep<>(trained, objective, optimizer, options)) {
      int at = 0;
      for (JsonNode step : steps(recorded, loss).get("steps")) {
        beforeStep.accept(step);
        B batch = batches.get(at++ % batches.size());
        TrainStep.Result result = update.run(List.of(batch), 0, recorded.get("lr").asDouble());
        assertThat(result.loss())
            .as("%s, loss of step %d", loss, at)
            .isCloseTo(step.get("loss").asDouble(), within(TOLERANCE));
        double norm = step.get("grad_norm").asDouble();
        assertThat(result.gradNorm())
            .as("%s, gradient norm of step %d", loss, at)
            .isCloseTo(norm, within(NORM_TOLERANCE * Math.max(1, norm)));
      }
    }
  }

  private static <R> List<List<R>> inOrder(List<R> rows, int size) {
    List<List<R>> batches = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += size) {
      batches.add(rows.subList(from, from + size));
    }
    return batches;
  }

  @ParameterizedTest
  @ValueSource(strings = {"dpo", "robust", "ipo", "kto", "orpo", "simpo"})
  void stepsAreThoseOfTrl(String loss) throws IOException, URISyntaxException {
    JsonNode recorded = recorded();
    JsonNode given = steps(recorded, loss);
    Map<String, String> settings = new HashMap<>(Map.of("loss", loss));
    Map.of(
            "beta", "beta",
            "gamma", "gamma",
            "smoothing", "label-smoothing",
            "desirable", "desirable-weight",
            "undesirable", "undesirable-weight")
        .forEach((key, setting) -> {
          if (given.has(key)) {
            settings.put(setting, given.get(key).asString());
          }
        });
    Path examples = golden().resolve(loss.equals("kto") ? "thumbs.jsonl" : "pairs.jsonl");
    TaskSetup setup = setup(golden(), examples, settings);
    try (PreferRun run = (PreferRun) new PreferTask().open(setup)) {
      run.begin(path, TrainOptions.of(1), null);
      List<PreferenceBatch> batches =
          inOrder(run.train(), 3).stream().map(PreferenceBatch::new).toList();
      int[] at = {0};
      compareSteps(
          run.model(),
          golden(),
          run.objective(),
          batches,
          recorded,
          loss,
          step -> compareRewards(run, batches.get(at[0]++ % batches.size()), step));
    }
  }

  private static void compareRewards(PreferRun run, PreferenceBatch batch, JsonNode step) {
    boolean areSingle = run.objective().loss().kind() == PreferenceLoss.Kind.KTO;
    int B = batch.batchSize();
    try (Scope scope = run.model().scope().child()) {
      PreferenceObjective.Measured measured = run.objective().measure(batch, scope);
      assertThat(measured.loss() / B).isCloseTo(step.get("loss").asDouble(), within(TOLERANCE));
      List<Scored> firsts = measured.scores().subList(0, B);
      Stream<Scored> chosen =
          firsts.stream().filter(s -> batch.rows().get(firsts.indexOf(s)).isDesirable());
      double reward = chosen.mapToDouble(run.objective().loss()::reward).average().orElseThrow();
      assertThat(reward).isCloseTo(step.get("chosen").asDouble(), within(1e-3));
      if (!areSingle) {
        double rejected =
            measured.scores().subList(B, 2 * B).stream()
                .mapToDouble(run.objective().loss()::reward)
                .average()
                .orElseThrow();
        assertThat(rejected).isCloseTo(step.get("rejected").asDouble(), within(1e-3));
      }
    }
  }

  @Test
  void stepsOfARewardModelAreThoseOfTrl() throws IOException, URISyntaxException {
    JsonNode recorded = recorded();
    Path model = golden().resolve("reward");
    TaskSetup setup = setup(model, golden().resolve("margins.jsonl"), Map.of());
    try (RewardRun run = (RewardRun) new RewardTask().open(setup)) {
      compareSteps(
          run.model(),
          model,
          run.objective(),
          inOrder(run.train(), 3).stream().map(run::batch).toList(),
          recorded,
          "reward",
          _ -> {});
    }
  }
}
