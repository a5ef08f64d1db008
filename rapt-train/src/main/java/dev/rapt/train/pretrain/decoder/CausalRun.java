package dev.rapt.train.pretrain.decoder;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.model.CausalLm;
import dev.rapt.model.Model;
import dev.rapt.model.MultiTokenPrediction;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.Evaluator;
import dev.rapt.train.Measurement;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.TrainedModel.WeightFile;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.EvaluationBatches;
import dev.rapt.train.batch.NoisedWindows;
import dev.rapt.train.batch.ShuffledWindows;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.batch.Windows;
import dev.rapt.train.objective.CausalLmObjective;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.MultiTokenObjective;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.pretrain.objective.PretrainRun;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.shape.TrainFlops;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Pretraining of a decoder. The modules of multi-token prediction are in a file of their own,
 * {@code mtp.safetensors}, so that the folder is a model with or without them; {@code
 * num_nextn_predict_layers} in config.json is their number.
 */
record CausalRun(
    Model model,
    TrainedModel trained,
    Objective<TokenBatch> objective,
    BatchSampler<TokenBatch> batches,
    Iterable<TokenBatch> heldOut)
    implements PretrainRun<TokenBatch> {
  private static final double USUAL_WEIGHT = 0.3;

  /**
   * Prepares a run.
   *
   * @param further modules that predict beyond the next token; null for none
   * @param infilling rearranges windows; null for windows as they are
   */
  static CausalRun of(
      PretrainSetup setup,
      CausalLm model,
      @Nullable MultiTokenPrediction further,
      Windows train,
      Windows heldOut,
      @Nullable InfillingTexts infilling) {
    int size = setup.spec().batchSize();
    long seed = setup.spec().seed();
    TrainedModel plain = TrainedModel.fresh(model, setup.tokenIds());
    float weight = (float) setup.number("predict-weight", USUAL_WEIGHT, 0, 100);
    return new CausalRun(
        model,
        further == null ? plain : with(further, plain, setup.checkpoint()),
        further == null
            ? new CausalLmObjective(model)
            : new MultiTokenObjective(model, further, weight),
        infilling == null
            ? new ShuffledWindows(train, size, seed)
            : new NoisedWindows<>(train, size, seed, false, infilling::batch),
        infilling == null
            ? new EvaluationBatches(heldOut, size)
            : NoisedWindows.heldOut(heldOut, size, seed, infilling::batch));
  }

  /** Adds the modules to what is trained, and reads them from a checkpoint if there is one. */
  private static TrainedModel with(
      MultiTokenPrediction further, TrainedModel plain, @Nullable Path checkpoint) {
    WeightFile file =
        new WeightFile(MultiTokenPrediction.FILE, further.parameters(), Parameter::name);
    if (checkpoint != null) {
      file.read(checkpoint);
    }
    Parameters all = new Parameters(plain.scope());
    plain.parameters().forEach(all::add);
    further.parameters().forEach(all::add);
    Set<Parameter> matrices = new LinkedHashSet<>(plain.hiddenMatrices());
    matrices.addAll(Model.matrices(further.parameters(), List.of()));
    List<WeightFile> files = new ArrayList<>(plain.weightFiles());
    files.add(file);
    List<Parameters> computed = new ArrayList<>(plain.computed());
    computed.add(further.parameters());
    return new TrainedModel(
        plain.config(),
        plain.scope(),
        all,
        matrices,
        computed,
        files,
        description(plain, further.count()),
        plain.rates());
  }

  private static AtomicFiles.FolderWriter description(TrainedModel plain, int count) {
    return folder -> {
      plain.description().writeTo(folder);
      Path config = folder.resolve("config.json");
      ObjectNode json = JsonFiles.read(config).asObject();
      JsonFiles.write(config, json.put("num_nextn_predict_layers", count));
    };
  }

  @Override
  public double flopsPerToken() {
    return objective instanceof MultiTokenObjective several
        ? TrainFlops.perToken(several.model(), several.further(), batches.seqLen())
        : PretrainRun.super.flopsPerToken();
  }

  @Override
  public Evaluator evaluator(long maxBatches) {
    return objective instanceof MultiTokenObjective several
        ? () -> measure(several, maxBatches)
        : PretrainRun.super.evaluator(maxBatches);
  }

  /** Measures the loss of the next token and, as metrics, that of each token further ahead. */
  private Measurement measure(MultiTokenObjective several, long maxBatches) {
    double[] sums = new double[1 + several.further().count()];
    long[] targets = new long[sums.length];
    Iterator<TokenBatch> iterator = heldOut.iterator();
    for (long i = 0; i < maxBatches && iterator.hasNext(); i++) {
      TokenBatch batch = iterator.next();
      try (Scope scope = trained.scope().child()) {
        List<Tensor> losses = several.losses(batch, Forward.evaluation(scope, 1));
        for (int k = 0; k < sums.length; k++) {
          sums[k] += losses.get(k).getFloat(0);
          targets[k] += batch.ahead(k).numTargets();
        }
      }
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    for (int k = 1; k < sums.length; k++) {
      metrics.put("loss_of_token_" + (k + 1), sums[k] / targets[k]);
    }
    return new Measurement(sums[0] / targets[0], targets[0], metrics, null);
  }
}
