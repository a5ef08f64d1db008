package dev.rapt.model;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Tape;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.RouterLoss;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.head.LmHead;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.model.load.StoredModel;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Causal language model: a decoder with a language-model head, which predicts each next token. Owns
 * its parameters. One model may serve many threads, each with its own scopes and passes.
 */
public final class CausalLm implements Model {
  private final ModelParts<CausalConfig, Backbone> parts;
  private final UnaryOperator<String> classNames;
  private final LmHead head;

  CausalLm(ModelParts<CausalConfig, Backbone> parts) {
    this.parts = parts;
    classNames = parts.classNames(true);
    CausalConfig config = parts.config();
    HeadRule rule = config.head();
    ParameterSource top = parts.source();
    ParameterSource own = top.at(rule.nameIn(name -> top.at(name).has("weight")));
    Linear linear =
        config.tiedHead()
            ? tied(own, parts.body().tokenEmbedding(), config)
            : Linear.of(
                own, config.headInputSize(), config.vocabSize(), rule.bias(), config.initStd());
    head = new LmHead(linear, rule);
  }

  /** Returns the head with tied embeddings; its bias, if there is one, is not tied. */
  private static Linear tied(ParameterSource own, Parameter embedding, CausalConfig config) {
    Linear linear = Linear.tied(own.tied("weight", embedding));
    return config.head().bias()
        ? linear.withBias(own.get("bias", Init.ZEROS, config.vocabSize()))
        : linear;
  }

  /** Creates a model with parameters initialised at random by this seed. */
  public static CausalLm create(CausalConfig config, long seed) {
    return new CausalLm(ModelParts.create(DecoderFamilies.TABLE, config, seed));
  }

  /**
   * Creates a model of the shape that the config.json of a folder describes, with random weights.
   */
  public static CausalLm create(Path folder, long seed) {
    return ModelParts.load(
        DecoderFamilies.TABLE,
        HeadKind.LANGUAGE_MODEL,
        folder,
        folder.resolve("config.json"),
        Loading.fresh(seed),
        CausalLm::new);
  }

  /** Returns whether this can load models of this {@code model_type}. */
  public static boolean isFamily(String modelType) {
    return DecoderFamilies.TABLE.has(modelType) || TextPart.multimodalTypes().contains(modelType);
  }

  /** Loads a model from a Hugging Face folder or a GGUF file, for inference. */
  public static CausalLm load(Path folder) {
    return load(StoredModel.of(folder));
  }

  /** Loads a model for inference. */
  public static CausalLm load(StoredModel stored) {
    return ModelParts.load(
        DecoderFamilies.TABLE, HeadKind.LANGUAGE_MODEL, stored, Loading.INFERENCE, CausalLm::new);
  }

  /** Loads a model from a Hugging Face folder, for training. */
  public static CausalLm loadTrainable(Path folder) {
    return load(folder, folder.resolve("config.json"), true);
  }

  /**
   * Loads a model from the weights of a folder and a configuration file.
   *
   * @param trained whether the weights will be changed by training
   */
  public static CausalLm load(Path folder, Path configFile, boolean trained) {
    return ModelParts.load(
        DecoderFamilies.TABLE,
        HeadKind.LANGUAGE_MODEL,
        folder,
        configFile,
        Loading.of(trained),
        CausalLm::new);
  }

  @Override
  public CausalConfig config() {
    return parts.config();
  }

  @Override
  public Parameters parameters() {
    return parts.parameters();
  }

  /** The token embedding (V, D). */
  public Parameter tokenEmbedding() {
    return parts.body().tokenEmbedding();
  }

  /** Returns the weight of the language-model head (V, D); with tied embeddings, the embedding. */
  public Parameter head() {
    return head.linear().weight();
  }

  @Override
  public List<Parameter> embeddings() {
    return parts.body().embeddings();
  }

  @Override
  public Set<Parameter> hiddenMatrices() {
    List<Parameter> others = new ArrayList<>(embeddings());
    others.add(head());
    return Model.matrices(parameters(), others);
  }

  @Override
  public String nameInClass(Parameter parameter) {
    return classNames.apply(parameter.name());
  }

  @Override
  public Scope scope() {
    return parts.scope();
  }

  /**
   * Checks that a prompt holds no image, video or audio tokens.
   *
   * @throws IllegalArgumentException if a token stands for an image, a video or audio, and only the
   *     text part of a multimodal model is loaded
   */
  public void requireText(int[] prompt) {
    parts.requireText(prompt);
  }

  /** Maps ids (B, T) to the last hidden state (B, T, D), after the final norm. */
  public Tensor hidden(Tensor ids, Pass pass) {
    parts.requirePositions(pass.numPositions());
    return parts.body().forward(ids, pass);
  }

  /** Maps hidden states (..., D) to logits (..., V). */
  public Tensor logits(Tensor hidden) {
    return head.logits(hidden);
  }

  /** Maps ids (B, T) to logits (B, T, V) of each next token. */
  public Tensor logits(Tensor ids, Pass pass) {
    return logits(hidden(ids, pass));
  }

  /** As the other {@code loss}, without label smoothing. */
  public Tensor loss(Tensor ids, Tensor targets, Pass pass, long denominator) {
    return loss(ids, targets, pass, 0, denominator);
  }

  /**
   * Returns the mean cross entropy, in nats, of the targets. If gradients are recorded and the
   * configuration has one, the load-balancing loss is added, in proportion to this pass's share of
   * the denominator.
   *
   * @param ids (B, T)
   * @param targets (B, T) i32, the token after each token; -100 is ignored
   * @param smoothing label smoothing in [0, 1)
   * @param denominator divisor of the sum; 0 for the number of targets that are not ignored
   * @return a scalar, f32
   */
  public Tensor loss(Tensor ids, Tensor targets, Pass pass, float smoothing, long denominator) {
    RouterLoss rule = config().routerLoss();
    boolean balances = rule.factor() != 0 && ids.scope() instanceof Tape;
    if (balances) {
      pass.keepRouterLogits();
    }
    Tensor loss = head.loss(hidden(ids, pass), targets, smoothing, denominator);
    return balances ? Ops.add(loss, balance(rule, targets, pass, denominator)) : loss;
  }

  /**
   * Returns the mean cross entropy, in nats, of the targets, from hidden states that another loss
   * needs too.
   *
   * @param hidden (B, T, D)
   * @param targets (B, T) i32, the token after each token; -100 is ignored
   * @param smoothing label smoothing in [0, 1)
   * @param denominator divisor of the sum; 0 for the number of targets that are not ignored
   * @return a scalar, f32
   */
  public Tensor tokenLoss(Tensor hidden, Tensor targets, float smoothing, long denominator) {
    return head.loss(hidden, targets, smoothing, denominator);
  }

  /**
   * Returns the log-probability, in nats, of a token at each of some positions.
   *
   * @param hidden (B, T, D)
   * @param positions N positions of hidden, counted through all sequences: b T + t
   * @param tokens N tokens, each that behind its position
   * @return (1, N), f32
   */
  public Tensor logProbabilities(Tensor hidden, int[] positions, int[] tokens) {
    return logProbabilities(hidden, positions, tokens, 1);
  }

  /** As the other {@code logProbabilities}, with logits divided by a temperature. */
  public Tensor logProbabilities(Tensor hidden, int[] positions, int[] tokens, double temperature) {
    return head.logProbabilities(hidden, positions, tokens, temperature);
  }

  /**
   * Returns the entropy, in nats, of the distribution of the next token behind each of some
   * positions. Nothing is recorded for gradients.
   *
   * @param hidden (B, T, D)
   * @param positions N positions of hidden, counted through all sequences: b T + t
   * @param temperature divides the logits
   */
  public double[] entropies(Tensor hidden, int[] positions, double temperature) {
    return head.entropies(hidden, positions, temperature);
  }

  /**
   * Returns the distillation loss of Hinton et al. towards a teacher with the same vocabulary.
   * arXiv:1503.02531, section 2.
   *
   * @param hidden (B, T, D)
   * @param teacherHidden (B, T, D of the teacher), of the same tokens
   * @param targets (B, T) i32; positions with -100 are ignored
   * @param temperature positive; both logits are divided by it
   * @param denominator divisor of the sum; 0 for the number of targets that are not ignored
   * @return a scalar, f32
   */
  public Tensor distillation(
      Tensor hidden,
      CausalLm teacher,
      Tensor teacherHidden,
      Tensor targets,
      float temperature,
      long denominator) {
    return head.distillation(
        hidden, teacher.head, teacherHidden, targets, temperature, denominator);
  }

  private static Tensor balance(RouterLoss rule, Tensor targets, Pass pass, long denominator) {
    Tensor loss = Losses.loadBalance(pass.routerLogits(), rule.topK(), pass.leftPaddingMask());
    long counted =
        Arrays.stream(targets.toInts()).filter(target -> target != SoftmaxKernel.IGNORED).count();
    double share = denominator == 0 ? 1 : (double) counted / denominator;
    return Ops.scale(loss, (float) (rule.factor() * share));
  }

  @Override
  public void close() {
    parts.close();
  }
}
