package dev.rapt.model;

import dev.rapt.autograd.Ops;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.Weights;
import dev.rapt.model.decoder.Llama;
import dev.rapt.model.load.CheckpointSource;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.nn.RandomSource;
import dev.rapt.nn.block.Block;
import dev.rapt.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Modules by which a causal language model predicts tokens beyond the next one, one after the
 * other. They share its embedding and its head. DeepSeek-V3, arXiv:2412.19437, section 2.2.
 *
 * <pre>
 * h[0] = last hidden state of the model, after the final norm         (B, T, D)
 * for k = 1, 2, ...; row i reads token i + k:
 *   x    = [norm(embedding[ids]), norm(h[k - 1])] W                   (B, T, 2 D) to (B, T, D)
 *   h[k] = block(x)                                                   (B, T, D)
 *   logits of token i + k + 1 = head(norm(h[k]))                      (B, T, V)
 * </pre>
 *
 * <p>The parameters have the names of DeepSeek-V3's checkpoints, {@code model.layers.L} and so on
 * for the first module: {@code enorm}, {@code hnorm}, {@code eh_proj}, those of a block, and {@code
 * shared_head.norm}. Their values live as long as the model.
 */
public final class MultiTokenPrediction {
  /** A module; its block is one of the model's family. */
  private record Module(
      Norm tokenNorm, Norm hiddenNorm, Linear projection, Block block, Norm norm) {
    static Module of(Llama.Config config, int layer, ParameterSource source) {
      int D = config.hiddenSize();
      float eps = config.normEps();
      return new Module(
          Norm.RmsNorm.of(source.at("enorm"), D, eps),
          Norm.RmsNorm.of(source.at("hnorm"), D, eps),
          Linear.of(source.at("eh_proj"), 2L * D, D, false, config.initStd()),
          Llama.block(config, layer, source),
          Norm.RmsNorm.of(source.at("shared_head.norm"), D, eps));
    }
  }

  /** Name of the file with the modules, beside the weights of the model. */
  public static final String FILE = "mtp.safetensors";

  private static final int MOST_MODULES = 64;

  private final CausalLm model;
  private final Parameters parameters;
  private final List<Module> modules = new ArrayList<>();

  private MultiTokenPrediction(CausalLm model) {
    this.model = model;
    parameters = new Parameters(model.scope());
  }

  /**
   * Creates modules with parameters initialised at random by this seed.
   *
   * @param count number of modules
   * @throws IllegalArgumentException if the model is no Llama
   */
  public static MultiTokenPrediction create(CausalLm model, int count, long seed) {
    MultiTokenPrediction result = new MultiTokenPrediction(model);
    result.add(count, new RandomSource(result.parameters, seed));
    return result;
  }

  /**
   * Loads the modules from the folder of a model, which {@code rapt pretrain --predict-tokens}
   * wrote: {@value #FILE}, with their number in config.json.
   *
   * @param model from the same folder
   * @throws CheckpointException if the folder has no modules, or a tensor is missing or misshapen
   * @throws IllegalArgumentException if the model is no Llama
   */
  public static MultiTokenPrediction load(CausalLm model, Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(
          folder,
          "must hold modules for multi-token prediction in %s, got none; rapt pretrain --predict-tokens trains some"
              .formatted(FILE));
    }
    int count =
        ConfigReader.of(folder.resolve("config.json"))
            .intOr("num_nextn_predict_layers", 1, 1, MOST_MODULES);
    MultiTokenPrediction result = new MultiTokenPrediction(model);
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      return Weights.load(
          checkpoint,
          List.of(),
          weights -> {
            result.add(count, CheckpointSource.copying(result.parameters, weights));
            return result;
          });
    }
  }

  /** Adds modules with parameters of this source. */
  private void add(int count, ParameterSource source) {
    if (!(model.config() instanceof Llama.Config config)) {
      throw new IllegalArgumentException(
          "multi-token prediction: model must be a Llama, got " + model.config().modelType());
    }
    ParameterSource layers = source.at("model").at("layers");
    for (int k = 0; k < count; k++) {
      int layer = config.numLayers() + k;
      modules.add(Module.of(config, layer, layers.at(Integer.toString(layer))));
    }
  }

  /** Returns the number of modules. */
  public int count() {
    return modules.size();
  }

  /** Returns the parameters of the modules, without those that they share with the model. */
  public Parameters parameters() {
    return parameters;
  }

  /**
   * Maps hidden states of the module before, or of the model, to those of a module.
   *
   * @param index of the module, from 0
   * @param ids (B, T), at each position the token that many positions and one more ahead of it
   * @param hidden (B, T, D)
   */
  public Tensor hidden(int index, Tensor ids, Tensor hidden, Pass pass) {
    Module module = modules.get(index);
    Tensor tokens = new Embedding(model.tokenEmbedding(), -1).forward(ids);
    Tensor x =
        Ops.concat(List.of(module.tokenNorm.forward(tokens), module.hiddenNorm.forward(hidden)));
    return module.block.forward(module.projection.forward(x), pass);
  }

  /**
   * Returns the cross entropy, in nats, of the tokens that a module predicts.
   *
   * @param hidden (B, T, D), from {@link #hidden}
   * @param targets (B, T) i32; -100 is ignored
   * @param denominator divisor of the sum
   */
  public Tensor loss(int index, Tensor hidden, Tensor targets, long denominator) {
    return model.tokenLoss(modules.get(index).norm.forward(hidden), targets, 0, denominator);
  }

  /**
   * Maps hidden states (..., D) from {@link #hidden} to the logits (..., V) of the tokens that a
   * module predicts.
   */
  public Tensor logits(int index, Tensor hidden) {
    return model.logits(modules.get(index).norm.forward(hidden));
  }
}
