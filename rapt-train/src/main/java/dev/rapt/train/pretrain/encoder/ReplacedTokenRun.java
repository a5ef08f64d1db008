package dev.rapt.train.pretrain.encoder;

import dev.rapt.autograd.Casts;
import dev.rapt.metrics.Confusion;
import dev.rapt.model.Model;
import dev.rapt.tensor.Scope;
import dev.rapt.train.Evaluator;
import dev.rapt.train.Measurement;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.NoisedWindows;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.Windows;
import dev.rapt.train.noise.Denoising;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.ReplacedTokenObjective;
import dev.rapt.train.objective.ReplacedTokenObjective.Outcome;
import dev.rapt.train.objective.ReplacedTokenObjective.Targets;
import dev.rapt.train.pretrain.objective.PretrainRun;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.random.Draws;
import dev.rapt.train.shape.TrainFlops;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Pretraining of a discriminator and its generator. */
record ReplacedTokenRun(
    GeneratorPair pair,
    TrainedModel trained,
    ReplacedTokenObjective objective,
    BatchSampler<TargetBatch<Targets>> batches,
    Iterable<TargetBatch<Targets>> heldOut)
    implements PretrainRun<TargetBatch<Targets>> {
  private static final int REPLACED = 1;

  /** Opens a run, which owns the models from then on. */
  static ReplacedTokenRun open(
      PretrainSetup setup, MaskedTexts texts, GeneratorPair pair, float weight) {
    try {
      PretrainSpec spec = setup.spec();
      NoisedWindows.Noise<TargetBatch<Targets>> noise =
          (windows, draws) -> batch(texts.batch(windows, draws), draws);
      Windows train = setup.windows(setup.train(), texts.room());
      Windows heldOut = setup.windows(setup.heldOut(), texts.room());
      return new ReplacedTokenRun(
          pair,
          pair.trained(setup),
          new ReplacedTokenObjective(pair.generator(), pair.discriminator(), pair.sums(), weight),
          new NoisedWindows<>(train, spec.batchSize(), spec.seed(), false, noise),
          NoisedWindows.heldOut(heldOut, spec.batchSize(), spec.seed(), noise));
    } catch (RuntimeException e) {
      pair.close();
      throw e;
    }
  }

  /** Adds to a masked batch the numbers by which its tokens are replaced. */
  private static TargetBatch<Targets> batch(TargetBatch<int[]> masked, List<Draws> draws) {
    int[] tokens = masked.targets();
    double[] uniform = new double[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      if (tokens[i] != Denoising.IGNORED) {
        uniform[i] = draws.get(i / masked.texts().seqLen()).uniform();
      }
    }
    return new TargetBatch<>(masked.texts(), new Targets(tokens, uniform), masked.numTargets());
  }

  @Override
  public Model model() {
    return pair.discriminator();
  }

  @Override
  public Evaluator evaluator(long maxBatches) {
    return () -> measure(maxBatches);
  }

  private Measurement measure(long maxBatches) {
    Confusion detected = new Confusion(List.of("original", "replaced"));
    double generatorLoss = 0, detectionLoss = 0;
    long masked = 0, right = 0;
    Iterator<TargetBatch<Targets>> iterator = heldOut.iterator();
    for (long i = 0; i < maxBatches && iterator.hasNext(); i++) {
      TargetBatch<Targets> batch = iterator.next();
      if (batch.numTargets() == 0) {
        continue;
      }
      try (Scope scope = trained.scope().child()) {
        Outcome outcome = objective.run(batch, Forward.evaluation(scope, batch.numTargets()));
        float[] scores = Casts.toFloat(scope, outcome.logits()).toFloats();
        long tokens = count(detected, batch, outcome.replaced(), scores);
        generatorLoss += batch.numTargets() * (double) outcome.generatorLoss().getFloat(0);
        detectionLoss += tokens * (double) outcome.detectionLoss().getFloat(0);
        masked += batch.numTargets();
        right += outcome.rightGuesses();
      }
    }
    if (masked == 0) {
      throw new IllegalArgumentException(
          "held-out text: must have at least one masked token, got none; use more text");
    }
    double ofGenerator = generatorLoss / masked;
    double ofDetection = detectionLoss / detected.total();
    Confusion.ClassScore score = detected.score(REPLACED);
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("detection_loss", ofDetection);
    metrics.put("detection_accuracy", detected.accuracy());
    metrics.put("replaced_precision", score.precision());
    metrics.put("replaced_recall", score.recall());
    metrics.put("generator_loss", ofGenerator);
    metrics.put("generator_accuracy", (double) right / masked);
    return new Measurement(ofGenerator + objective.weight() * ofDetection, masked, metrics, null);
  }

  /** Counts what was detected in a batch; returns the number of tokens that are not padding. */
  private static long count(
      Confusion detected, TargetBatch<Targets> batch, int[] replaced, float[] scores) {
    long tokens = 0;
    int T = batch.texts().seqLen();
    for (int i = 0; i < scores.length; i++) {
      if (i % T < batch.texts().lengths()[i / T]) {
        detected.add(replaced[i], scores[i] > 0 ? REPLACED : 0);
        tokens++;
      }
    }
    return tokens;
  }

  @Override
  public double flopsPerToken() {
    Model generator = pair.generator();
    return PretrainRun.super.flopsPerToken()
        + TrainFlops.perToken(generator, generator.parameters().trained(), batches.seqLen());
  }

  @Override
  public void close() {
    pair.close();
  }
}
