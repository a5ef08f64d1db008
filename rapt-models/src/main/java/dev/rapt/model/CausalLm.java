package dev.rapt.model;

import dev.rapt.autograd.Experts;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Tape;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.head.LmHead;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.ModelParts;
import dev.rapt.model.load.TextPart;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A decoder with a head over the vocabulary: predicts each next token. Owns its parameters; one
 * model may serve many threads, each with scopes and passes of its own.
 */
public final class CausalLm implements AutoCloseable {
  private final ModelParts<CausalConfig, Backbone> parts;
  private final LmHead head;

  private CausalLm(ModelParts<CausalConfig, Backbone> parts) {
    this.parts = parts;
    CausalConfig config = parts.config();
    HeadRule rule = config.head();
    ParameterSource own = parts.source().at(rule.name());
    Linear linear =
        config.tiedHead() && !parts.hasOwnHead(rule.name())
            ? tied(own, parts.body().tokenEmbedding(), config)
            : Linear.of(
                own, config.headInputSize(), config.vocabSize(), rule.bias(), config.initStd());
    head = new LmHead(linear, rule);
  }

  /** A bias is the head's own, even where its weight is the embedding. */
  private static Linear tied(ParameterSource own, Parameter embedding, CausalConfig config) {
    Linear linear = Linear.tied(embedding);
    return config.head().bias()
        ? linear.withBias(own.get("bias", Init.ZEROS, config.vocabSize()))
        : linear;
  }

  /** A model with fresh parameters that follow from the seed. */
  public static CausalLm create(CausalConfig config, long seed) {
    return new CausalLm(ModelParts.create(DecoderFamilies.TABLE, config, seed));
  }

  /** Whether config.json describes a model that this can load. */
  public static boolean isFamily(String modelType) {
    return DecoderFamilies.TABLE.has(modelType) || TextPart.multimodalTypes().contains(modelType);
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
    return ModelParts.load(
        DecoderFamilies.TABLE, HeadKind.LANGUAGE_MODEL, folder, configFile, trained, CausalLm::new);
  }

  /** What the model is. */
  public CausalConfig config() {
    return parts.config();
  }

  /** The weights, a tied one once. */
  public Parameters parameters() {
    return parts.parameters();
  }

  /** The token embedding (V, D). */
  public Parameter tokenEmbedding() {
    return parts.body().tokenEmbedding();
  }

  /** The tables that are looked up by token or position, the token embedding first. */
  public List<Parameter> embeddings() {
    return parts.body().embeddings();
  }

  /** The matrices inside the model: all but the embeddings and the head. */
  public Set<Parameter> hiddenMatrices() {
    Set<Parameter> matrices = new LinkedHashSet<>();
    for (Parameter parameter : parameters()) {
      if (parameter.isMatrix() && parameter != head.linear().weight()) {
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

  /**
   * Checks that a prompt can be read.
   *
   * @throws IllegalArgumentException if a token stands for an image, a video or a sound, in a model
   *     of which the text part alone is loaded
   */
  public void requireText(int[] prompt) {
    parts.requireText(prompt);
  }

  /** Maps ids (B, T) to the last hidden state (B, T, D), after the final norm. */
  public Tensor hidden(Tensor ids, Pass pass) {
    parts.requirePositions(pass.totalLen());
    return parts.body().forward(ids, pass);
  }

  /** Maps hidden states (..., D) to logits (..., V). */
  public Tensor logits(Tensor hidden) {
    return head.logits(hidden);
  }

  /** Maps ids (B, T) to logits (B, T, V) of the tokens that follow each. */
  public Tensor logits(Tensor ids, Pass pass) {
    return logits(hidden(ids, pass));
  }

  /**
   * The mean cross entropy, in nats, of the targets. Where gradients are recorded and the
   * configuration asks for it, the loss that balances experts is added, in proportion to this
   * pass's share of the denominator.
   *
   * @param ids (B, T)
   * @param targets (B, T) i32: what follows each token; -100 is left out
   * @param denominator what the sum is divided by; 0 for the number of targets that are not -100
   * @return a scalar, f32
   */
  public Tensor loss(Tensor ids, Tensor targets, Pass pass, long denominator) {
    RouterLoss rule = config().routerLoss();
    boolean balances = rule.factor() != 0 && ids.scope() instanceof Tape;
    if (balances) {
      pass.keepRouterLogits();
    }
    Tensor loss = head.loss(hidden(ids, pass), targets, denominator);
    return balances ? Ops.add(loss, balance(rule, targets, pass, denominator)) : loss;
  }

  private static Tensor balance(RouterLoss rule, Tensor targets, Pass pass, long denominator) {
    Tensor loss = Experts.loadBalance(pass.routerLogits(), rule.topK(), pass.leftPaddingMask());
    long counted =
        Arrays.stream(targets.toInts()).filter(target -> target != SoftmaxKernel.IGNORED).count();
    double share = denominator == 0 ? 1 : (double) counted / denominator;
    return Ops.scale(loss, (float) (rule.factor() * share));
  }

  /** Frees the parameters; tensors computed with them stay readable until their scopes close. */
  @Override
  public void close() {
    parts.close();
  }
}
