package dev.rapt.model;

import dev.rapt.model.config.HeadRule;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.head.LmHead;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.model.load.StoredModel;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import dev.rapt.nn.EncoderDecoder;
import dev.rapt.nn.EncoderOutput;
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
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Sequence-to-sequence language model: an encoder-decoder that reads a source and predicts each
 * next token of a target. Owns its parameters. One model may serve many threads, each with its own
 * scopes and passes.
 *
 * <pre>{@code
 * EncoderOutput source = model.encode(ids, Pass.over(ids).bidirectional(lengths).build());
 * Tensor logits =
 *     model.logits(model.hidden(targetIds, Pass.over(targetIds).encoderOutput(source).build()));
 * }</pre>
 */
public final class Seq2SeqLm implements Model {
  /** Bias of the logits in BART and similar models; not trained. */
  private static final String LOGITS_BIAS = "final_logits_bias";

  private final ModelParts<Seq2SeqConfig, EncoderDecoder> parts;
  private final UnaryOperator<String> classNames;
  private final LmHead head;

  Seq2SeqLm(ModelParts<Seq2SeqConfig, EncoderDecoder> parts) {
    this.parts = parts;
    classNames = parts.classNames(true);
    head = head(parts);
  }

  private static LmHead head(ModelParts<Seq2SeqConfig, EncoderDecoder> parts) {
    Seq2SeqConfig config = parts.config();
    HeadRule rule = config.head();
    ParameterSource source = parts.source();
    ParameterSource ownHead = source.at(rule.name());
    boolean isLoaded = parts.checkpoint() != null;
    Parameter embedding = parts.body().headEmbedding();
    Linear linear =
        config.tiedHead(isLoaded && ownHead.has("weight"))
            ? Linear.tied(ownHead.tied("weight", embedding))
            : Linear.of(ownHead, config.hiddenSize(), config.vocabSize(), false, config.initStd());
    if (isLoaded && source.has(LOGITS_BIAS)) {
      Parameter bias = source.get(LOGITS_BIAS, Init.ZEROS, 1, config.vocabSize());
      return new LmHead(linear.withBias(parts.parameters().freeze(bias)), rule.withBias());
    }
    return new LmHead(linear, rule);
  }

  /** Creates a model with parameters initialised at random by this seed. */
  public static Seq2SeqLm create(Seq2SeqConfig config, long seed) {
    return new Seq2SeqLm(ModelParts.create(Seq2SeqFamilies.TABLE, config, seed));
  }

  /**
   * Creates a model of the shape that the config.json of a folder describes, with random weights.
   */
  public static Seq2SeqLm create(Path folder, long seed) {
    return ModelParts.load(
        Seq2SeqFamilies.TABLE,
        HeadKind.TEXT_TO_TEXT,
        folder,
        folder.resolve("config.json"),
        Loading.fresh(seed),
        Seq2SeqLm::new);
  }

  /** Returns whether this can load models of this {@code model_type}. */
  public static boolean isFamily(String modelType) {
    return Seq2SeqFamilies.TABLE.has(modelType);
  }

  /** Loads a model from a Hugging Face folder or a GGUF file, for inference. */
  public static Seq2SeqLm load(Path folder) {
    return load(StoredModel.of(folder));
  }

  /** Loads a model for inference. */
  public static Seq2SeqLm load(StoredModel stored) {
    return ModelParts.load(
        Seq2SeqFamilies.TABLE, HeadKind.TEXT_TO_TEXT, stored, Loading.INFERENCE, Seq2SeqLm::new);
  }

  /** Loads a model from a Hugging Face folder, for training. */
  public static Seq2SeqLm loadTrainable(Path folder) {
    return load(folder, folder.resolve("config.json"), true);
  }

  /**
   * Loads a model from the weights of a folder and a configuration file.
   *
   * @param trained whether the weights will be changed by training
   */
  public static Seq2SeqLm load(Path folder, Path configFile, boolean trained) {
    return ModelParts.load(
        Seq2SeqFamilies.TABLE,
        HeadKind.TEXT_TO_TEXT,
        folder,
        configFile,
        Loading.of(trained),
        Seq2SeqLm::new);
  }

  @Override
  public Seq2SeqConfig config() {
    return parts.config();
  }

  @Override
  public Parameters parameters() {
    return parts.parameters();
  }

  @Override
  public List<Parameter> embeddings() {
    return parts.body().embeddings();
  }

  /** Returns the weight of the language-model head (V, D); with tied embeddings, the embedding. */
  public Parameter head() {
    return head.linear().weight();
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
   * Runs the encoder.
   *
   * @param ids (B, S)
   * @param pass a bidirectional pass
   */
  public EncoderOutput encode(Tensor ids, Pass pass) {
    requireSource(parts.config(), pass);
    return parts.body().encoder().encode(ids, pass);
  }

  static void requireSource(Seq2SeqConfig config, Pass pass) {
    if (config.endsAtMaxPositions() && pass.seqLen() > config.maxSourcePositions()) {
      throw new IllegalArgumentException(
          "source: must have at most %d tokens, got %d; shorten it"
              .formatted(config.maxSourcePositions(), pass.seqLen()));
    }
  }

  /**
   * Runs the decoder: maps ids (B, T) of the target so far to its last hidden state (B, T, D).
   *
   * @param pass pass with the encoder output, or with a KV cache that holds its keys and values
   */
  public Tensor hidden(Tensor ids, Pass pass) {
    parts.requirePositions(pass.numPositions());
    return parts.body().decoder().forward(ids, pass);
  }

  /** Maps hidden states (..., D) to logits (..., V). */
  public Tensor logits(Tensor hidden) {
    return head.logits(hidden);
  }

  /** As the other {@code loss}, without label smoothing. */
  public Tensor loss(Tensor ids, Tensor targets, Pass pass, long denominator) {
    return loss(ids, targets, pass, 0, denominator);
  }

  /**
   * Returns the mean cross entropy, in nats, of the targets.
   *
   * @param ids (B, T) input of the decoder, from {@link #decoderInputs}
   * @param targets (B, T) i32, the token after each token; -100 is ignored
   * @param pass pass of the decoder, with the encoder output
   * @param smoothing label smoothing in [0, 1)
   * @param denominator divisor of the sum; 0 for the number of targets that are not ignored
   * @return a scalar, f32
   */
  public Tensor loss(Tensor ids, Tensor targets, Pass pass, float smoothing, long denominator) {
    return head.loss(hidden(ids, pass), targets, smoothing, denominator);
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
      Seq2SeqLm teacher,
      Tensor teacherHidden,
      Tensor targets,
      float temperature,
      long denominator) {
    return head.distillation(
        hidden, teacher.head, teacherHidden, targets, temperature, denominator);
  }

  /**
   * Returns the decoder's input ids for these targets: the targets shifted right by one position.
   * The first is the start token or, in mBART, the target's last token, which names its language.
   *
   * @param targets (B, T), row-major; -100 is read as padding
   * @param seqLen T
   */
  public int[] decoderInputs(int[] targets, int seqLen) {
    return DecoderInputs.of(parts.config(), targets, seqLen);
  }

  @Override
  public void close() {
    parts.close();
  }
}
