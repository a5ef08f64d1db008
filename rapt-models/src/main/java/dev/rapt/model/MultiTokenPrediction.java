package dev.rapt.model;

import dev.rapt.autograd.Ops;
import dev.rapt.model.decoder.Llama;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.nn.RandomSource;
import dev.rapt.nn.block.Block;
import dev.rapt.tensor.Tensor;
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
    if (!(model.config() instanceof Llama.Config config)) {
      throw new IllegalArgumentException(
          "multi-token prediction: model must be a Llama, got " + model.config().modelType());
    }
    MultiTokenPrediction result = new MultiTokenPrediction(model);
    ParameterSource layers = new RandomSource(result.parameters, seed).at("model").at("layers");
    for (int k = 0; k < count; k++) {
      int layer = config.numLayers() + k;
      result.modules.add(Module.of(config, layer, layers.at(Integer.toString(layer))));
    }
    return result;
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
}
