package dev.rapt.model;

import dev.rapt.autograd.loss.Losses;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.HeadParts;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.model.load.StoredModel;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import dev.rapt.model.seq2seq.T5;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Classifier: an encoder or decoder with a classification head, for whole sequences or for single
 * tokens; or an encoder-decoder, for whole sequences.
 */
public final class Classifier extends HeadedModel {
  /** What is classified. */
  public enum Unit {
    /**
     * A whole sequence; a decoder classifies from the last token that is not padding, an
     * encoder-decoder from the last end-of-sequence token.
     */
    SEQUENCE,
    /** Each token. */
    TOKEN
  }

  /** Computes the vectors that are classified from hidden states (B, T, D). */
  @FunctionalInterface
  private interface Summary {
    Tensor of(Tensor hidden, Tensor ids, Pass pass);
  }

  /** BART's default is natural language inference, with three classes. */
  private static final int CLASSES_OF_BART = 3;

  private static final int DEFAULT_CLASSES = 2;

  private final Unit unit;
  private final Labels labels;
  private final Summary summary;
  private final Linear head;
  private final OptionalInt padTokenId;

  private Classifier(
      ModelParts<? extends ModelConfig, Backbone> parts,
      Unit unit,
      Labels labels,
      Summary summary,
      Linear head,
      OptionalInt padTokenId) {
    super(parts, kind(unit));
    this.padTokenId = padTokenId;
    this.unit = unit;
    this.labels = labels;
    this.summary = summary;
    this.head = head;
  }

  private static HeadKind kind(Unit unit) {
    return switch (unit) {
      case SEQUENCE -> HeadKind.SEQUENCE_CLASSIFICATION;
      case TOKEN -> HeadKind.TOKEN_CLASSIFICATION;
    };
  }

  /** Creates an encoder with parameters initialised at random by this seed. */
  public static Classifier create(EncoderConfig config, Unit unit, Labels labels, long seed) {
    return ofEncoder(ModelParts.create(EncoderFamilies.TABLE, config, seed), unit, labels);
  }

  /**
   * Creates a decoder with parameters initialised at random by this seed.
   *
   * @param padTokenId id of padding, which is skipped when looking for the last token; -1 for none
   */
  public static Classifier create(
      CausalConfig config, Unit unit, Labels labels, int padTokenId, long seed) {
    return ofDecoder(
        ModelParts.create(DecoderFamilies.TABLE, config, seed), unit, labels, padTokenId);
  }

  /** Loads a model from a Hugging Face folder, or an ONNX file, with a head for this unit. */
  public static Classifier load(Path folder, Unit unit) {
    return load(folder, folder.resolve("config.json"), unit);
  }

  /** Loads a model from the weights of a folder and a configuration file. */
  public static Classifier load(Path folder, Path configFile, Unit unit) {
    Labels labels = labels(StoredModel.of(folder, configFile).config());
    return load(folder, configFile, unit, labels, -1, Loading.INFERENCE);
  }

  /**
   * Loads a model from a Hugging Face folder, for these classes.
   *
   * @param loading how the weights are used; with a new head, the folder may hold a model with any
   *     head
   */
  public static Classifier load(Path folder, Unit unit, Labels labels, Loading loading) {
    return load(folder, unit, labels, -1, loading);
  }

  /**
   * As {@link #load(Path, Unit, Labels, Loading)}, with an id of padding for a decoder.
   *
   * @param padTokenId id of padding of a decoder whose config.json names none; -1 for none
   */
  public static Classifier load(
      Path folder, Unit unit, Labels labels, int padTokenId, Loading loading) {
    return load(folder, folder.resolve("config.json"), unit, labels, padTokenId, loading);
  }

  private static Classifier load(
      Path folder, Path configFile, Unit unit, Labels labels, int padTokenId, Loading loading) {
    ConfigReader json = StoredModel.of(folder, configFile).config();
    String type = json.stringOr("model_type", "");
    if (unit == Unit.SEQUENCE && Seq2SeqFamilies.TABLE.has(type)) {
      return ModelParts.load(
          Seq2SeqBackbone.TABLE,
          kind(unit),
          folder,
          configFile,
          loading,
          parts -> ofEncoderDecoder(parts, labels, endTokenId(json, parts.config())));
    }
    return CausalLm.isFamily(type)
        ? ModelParts.load(
            DecoderFamilies.TABLE,
            kind(unit),
            folder,
            configFile,
            loading,
            parts -> ofDecoder(parts, unit, labels, padTokenId(json, padTokenId, parts.config())))
        : ModelParts.load(
            EncoderFamilies.TABLE,
            kind(unit),
            folder,
            configFile,
            loading,
            parts -> ofEncoder(parts, unit, labels));
  }

  private static int padTokenId(ConfigReader json, int otherwise, CausalConfig config) {
    return json.intOr("pad_token_id", otherwise, -1, config.vocabSize() - 1);
  }

  private static int endTokenId(ConfigReader json, Seq2SeqConfig config) {
    return json.requireInt("eos_token_id", 0, config.vocabSize() - 1);
  }

  private static Labels labels(ConfigReader json) {
    boolean isBart = json.stringOr("model_type", "").equals("bart");
    return Labels.parse(json, isBart ? CLASSES_OF_BART : DEFAULT_CLASSES);
  }

  static Classifier ofDecoder(
      ModelParts<CausalConfig, Backbone> parts, Unit unit, Labels labels, int padTokenId) {
    CausalConfig config = parts.config();
    boolean perToken = unit == Unit.TOKEN;
    Linear head =
        Linear.of(
            parts.source().at(perToken ? config.tokenProjection() : "score"),
            config.headInputSize(),
            labels.count(),
            perToken,
            config.initStd());
    return new Classifier(
        parts,
        unit,
        labels,
        perToken
            ? (hidden, _, _) -> hidden
            : (hidden, ids, pass) -> HeadParts.lastTokens(hidden, ids, padTokenId, pass),
        head,
        padTokenId < 0 ? OptionalInt.empty() : OptionalInt.of(padTokenId));
  }

  static Classifier ofEncoder(ModelParts<EncoderConfig, Backbone> parts, Unit unit, Labels labels) {
    EncoderConfig config = parts.config();
    if (unit == Unit.TOKEN) {
      var transform = HeadParts.transform(parts, config.tokenTransform());
      return new Classifier(
          parts,
          unit,
          labels,
          (hidden, _, _) -> transform.apply(hidden),
          HeadParts.projection(parts, "classifier", labels.count()),
          OptionalInt.empty());
    }
    var whole = HeadParts.summary(parts, config.sequenceTransform());
    return new Classifier(
        parts,
        unit,
        labels,
        (hidden, _, pass) -> whole.apply(hidden, pass),
        HeadParts.projection(parts, config.sequenceProjection(), labels.count()),
        OptionalInt.empty());
  }

  static Classifier ofEncoderDecoder(ModelParts<Seq2SeqConfig, Backbone> parts, ConfigReader json) {
    return ofEncoderDecoder(parts, labels(json), endTokenId(json, parts.config()));
  }

  private static Classifier ofEncoderDecoder(
      ModelParts<Seq2SeqConfig, Backbone> parts, Labels labels, int eosTokenId) {
    Seq2SeqConfig config = parts.config();
    int D = config.hiddenSize();
    // the standard deviation of the reference for T5, 1, would saturate the tanh
    double std = config instanceof T5.Config ? config.initStd() / Math.sqrt(D) : config.initStd();
    ParameterSource source = parts.source().at("classification_head");
    Linear dense = Linear.of(source.at("dense"), D, D, true, std);
    return new Classifier(
        parts,
        Unit.SEQUENCE,
        labels,
        (hidden, ids, pass) ->
            dense.forward(HeadParts.lastEnds(hidden, ids, eosTokenId, pass), Activation.TANH),
        Linear.of(source.at("out_proj"), D, labels.count(), true, std),
        OptionalInt.empty());
  }

  @Override
  void writeHead(ObjectNode json) {
    labels.write(json);
    padTokenId.ifPresent(id -> json.put("pad_token_id", id));
  }

  @Override
  public OptionalInt padTokenId() {
    return padTokenId.isPresent() ? padTokenId : super.padTokenId();
  }

  @Override
  GlobalTokens globalTokens() {
    return unit == Unit.SEQUENCE ? GlobalTokens.FIRST : GlobalTokens.NONE;
  }

  /** Returns the classes. */
  public Labels labels() {
    return labels;
  }

  /**
   * Maps ids (B, T) to logits of the classes: (B, classes) for sequences, (B, T, classes) for
   * tokens.
   */
  public Tensor logits(Tensor ids, Pass pass) {
    return head.forward(summary.of(hidden(ids, pass), ids, pass), DType.F32);
  }

  /**
   * Returns the loss for the problem type: cross entropy (single label), binary cross entropy
   * (multiple labels), or mean squared error (regression).
   *
   * @param logits (..., classes)
   * @param targets for a single label class ids (...) i32, where -100 is ignored; else f32, in the
   *     shape of the logits
   * @return a scalar, f32
   */
  public Tensor loss(Tensor logits, Tensor targets) {
    return loss(logits, targets, null, 0, 0);
  }

  /**
   * As {@link #loss(Tensor, Tensor)}, with weights of the classes and as a sum that is divided.
   *
   * @param classWeights weights of the classes; of positive targets if an example may have several
   *     labels; null for none
   * @param smoothing label smoothing in [0, 1), for a single label
   * @param denominator divisor of the sum over the examples (mean over the classes, if an example
   *     has a target for each); 0 for their number or, with a single label and class weights, for
   *     {@link Losses#totalWeight}
   * @throws IllegalArgumentException if the problem type has no class weights or label smoothing
   */
  public Tensor loss(
      Tensor logits,
      Tensor targets,
      float @Nullable [] classWeights,
      float smoothing,
      double denominator) {
    return labels.loss(logits, targets, classWeights, smoothing, denominator);
  }
}
