package dev.rapt.model;

import dev.rapt.autograd.Ops;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A decoder with a head over the vocabulary: predicts each next token. Owns its parameters; one
 * model may serve many threads, each with scopes and passes of its own.
 */
public final class CausalLm implements AutoCloseable {
  private final ModelParts parts;
  private final Linear head;

  private CausalLm(ModelParts parts) {
    this.parts = parts;
    ModelConfig config = parts.config();
    head =
        config.tiedHead()
            ? Linear.tied(parts.backbone().tokenEmbedding())
            : Linear.of(
                parts.source().at("lm_head"),
                config.hiddenSize(),
                config.vocabSize(),
                false,
                config.initStd());
  }

  /** A model with fresh parameters that follow from the seed. */
  public static CausalLm create(ModelConfig config, long seed) {
    return new CausalLm(ModelParts.create(config, seed));
  }

  /** Loads a Hugging Face folder, to run. */
  public static CausalLm load(Path folder) {
    return load(folder, folder.resolve("config.json"), false);
  }

  /** Loads a Hugging Face folder, to train further. */
  public static CausalLm loadTrainable(Path folder) {
    return load(folder, folder.resolve("config.json"), true);
  }

  /** Loads the weights of a folder as this configuration file describes them. */
  public static CausalLm load(Path folder, Path configFile, boolean trained) {
    return ModelParts.load(folder, configFile, trained, CausalLm::new);
  }

  /** What the model is. */
  public ModelConfig config() {
    return parts.config();
  }

  /** The weights, a tied one once. */
  public Parameters parameters() {
    return parts.parameters();
  }

  /** The token embedding (V, D). */
  public Parameter tokenEmbedding() {
    return parts.backbone().tokenEmbedding();
  }

  /** The tables that are looked up by token or position, the token embedding first. */
  public List<Parameter> embeddings() {
    return parts.backbone().embeddings();
  }

  /** The matrices inside the model: all but the embeddings and the head. */
  public Set<Parameter> hiddenMatrices() {
    Set<Parameter> matrices = new LinkedHashSet<>();
    for (Parameter parameter : parameters()) {
      if (parameter.isMatrix() && parameter != head.weight()) {
        matrices.add(parameter);
      }
    }
    embeddings().forEach(matrices::remove);
    return matrices;
  }

  /** The scope that owns the parameters; scopes for work with the model are children of it. */
  public Scope scope() {
    return parts.scope();
  }

  /** Maps ids (B, T) to the last hidden state (B, T, D), after the final norm. */
  public Tensor hidden(Tensor ids, Pass pass) {
    return parts.hidden(ids, pass);
  }

  /** Maps hidden states (..., D) to logits (..., V). */
  public Tensor logits(Tensor hidden) {
    return head.forward(hidden);
  }

  /** Maps ids (B, T) to logits (B, T, V) of the tokens that follow each. */
  public Tensor logits(Tensor ids, Pass pass) {
    return logits(hidden(ids, pass));
  }

  /**
   * The mean cross entropy, in nats, of the targets.
   *
   * @param ids (B, T)
   * @param targets (B, T) i32: what follows each token; -100 is left out
   * @param denominator what the sum is divided by; 0 for the number of targets that are not -100
   * @return a scalar, f32
   */
  public Tensor loss(Tensor ids, Tensor targets, Pass pass, long denominator) {
    Tensor hidden = hidden(ids, pass);
    return Ops.linearCrossEntropy(hidden, head.weight().compute(), targets, 0, denominator);
  }

  /** Frees the parameters; tensors computed with them stay readable until their scopes close. */
  @Override
  public void close() {
    parts.close();
  }
}
