package dev.rapt.model;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import dev.rapt.nn.EncoderDecoder;
import dev.rapt.nn.EncoderOutput;
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
import org.jspecify.annotations.Nullable;

/**
 * Sequence classification by an encoder-decoder: both stacks read the same text, and the decoder's
 * hidden state at the last end-of-sequence token is classified. BART, arXiv:1910.13461, section
 * 3.1.
 */
public final class Seq2SeqClassifier implements Model {
  /** BART's default is natural language inference, with three classes. */
  private static final int CLASSES_OF_BART = 3;

  private static final int DEFAULT_CLASSES = 2;

  private final ModelParts<Seq2SeqConfig, EncoderDecoder> parts;
  private final UnaryOperator<String> classNames;
  private final Labels labels;
  private final Linear dense;
  private final Linear outProj;
  private final int eosTokenId;

  Seq2SeqClassifier(ModelParts<Seq2SeqConfig, EncoderDecoder> parts, ConfigReader json) {
    this.parts = parts;
    classNames = parts.classNames(true);
    Seq2SeqConfig config = parts.config();
    boolean isBart = config.modelType().equals("bart");
    labels = Labels.parse(json, isBart ? CLASSES_OF_BART : DEFAULT_CLASSES);
    int D = config.hiddenSize();
    ParameterSource head = parts.source().at("classification_head");
    dense = Linear.of(head.at("dense"), D, D, true, config.initStd());
    outProj = Linear.of(head.at("out_proj"), D, labels.count(), true, config.initStd());
    eosTokenId = json.requireInt("eos_token_id", 0, config.vocabSize() - 1);
  }

  /** Loads a model from the weights of a folder and a configuration file. */
  public static Seq2SeqClassifier load(Path folder, Path configFile) {
    ConfigReader json = ConfigReader.of(configFile);
    return ModelParts.load(
        Seq2SeqFamilies.TABLE,
        HeadKind.SEQUENCE_CLASSIFICATION,
        folder,
        configFile,
        Loading.INFERENCE,
        parts -> new Seq2SeqClassifier(parts, json));
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

  @Override
  public Set<Parameter> hiddenMatrices() {
    List<Parameter> others = new ArrayList<>(embeddings());
    others.add(dense.weight());
    others.add(outProj.weight());
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
   * Maps ids (B, T), each sequence with an end-of-sequence token, to logits (B, classes).
   *
   * @param lengths (B) length of each sequence, without right padding
   */
  public Tensor logits(Tensor ids, int[] lengths) {
    Pass source = Pass.over(ids).bidirectional(lengths).build();
    Seq2SeqLm.requireSource(parts.config(), source);
    EncoderOutput encoded = parts.body().encoder().encode(ids, source);
    Tensor inputs = decoderInputs(ids);
    Tensor hidden =
        parts.body().decoder().forward(inputs, Pass.over(inputs).encoderOutput(encoded).build());
    Tensor last = Ops.embedding(hidden.reshape(-1, hidden.lastDim()), lastEnds(ids)); // (B, D)
    return outProj.forward(Ops.activate(dense.forward(last), Activation.TANH));
  }

  /** Returns the classes. */
  public Labels labels() {
    return labels;
  }

  /**
   * Returns the loss for the problem type: cross entropy (single label), binary cross entropy
   * (multiple labels), or mean squared error (regression).
   *
   * @param logits (B, classes)
   * @param targets for a single label class ids (B) i32, where -100 is ignored; else f32, in the
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

  private Tensor decoderInputs(Tensor ids) {
    int seqLen = Math.toIntExact(ids.dim(1));
    int[] inputs = DecoderInputs.of(parts.config(), ids.toInts(), seqLen);
    return ids.scope().ints(inputs, ids.dim(0), seqLen);
  }

  /** Returns the row of the last end-of-sequence token of each sequence. */
  private Tensor lastEnds(Tensor ids) {
    int seqLen = Math.toIntExact(ids.dim(1));
    int[] rows = new int[Math.toIntExact(ids.dim(0))];
    for (int b = 0; b < rows.length; b++) {
      int t = seqLen - 1;
      while (t >= 0 && ids.getInt((long) b * seqLen + t) != eosTokenId) {
        t--;
      }
      if (t < 0) {
        throw new IllegalArgumentException(
            "input: each sequence must have the end-of-sequence token %d, got none in sequence %d"
                .formatted(eosTokenId, b));
      }
      rows[b] = b * seqLen + t;
    }
    return ids.scope().ints(rows, rows.length);
  }

  @Override
  public void close() {
    parts.close();
  }
}
