package dev.rapt.train.shape;

import dev.rapt.model.HeadedModel;
import dev.rapt.model.Model;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.load.HeadKind;
import dev.rapt.nn.LowRank;
import dev.rapt.nn.Parameter;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.train.optim.Adafactor;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.Lion;
import dev.rapt.train.optim.Muon;
import dev.rapt.train.optim.OptimizerOptions;
import dev.rapt.train.optim.Sgd;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Memory that training takes, in bytes, estimated before it begins. Made for dense models,
 * decoders, encoders and encoder-decoders; tested to be within 15% of what is measured. The virtual
 * machine and the matrix library take about 300 MB more.
 *
 * @param mapped weights that stay in the mapped file, whose pages the system may drop at any time
 * @param weights weights in memory: f32, packed in 4 or 8 bits, and bf16 copies
 * @param gradients of the weights that are trained
 * @param states state of the optimiser
 * @param activations what blocks keep for the backward pass, and its gradients of activations
 * @param head logits of a part of the tokens, and their gradients
 */
public record MemoryEstimate(
    long mapped, long weights, long gradients, long states, long activations, long head) {
  /** Size of the parts in which the head computes logits, in bytes of f32. */
  private static final long LOGITS_BYTES = 32L << 20;

  private static final long LEAST_LOGITS_ROWS = 16;

  /**
   * A batch and how it is run.
   *
   * @param batchSize sequences
   * @param seqLen tokens of a sequence; in an encoder-decoder, of source and of target each
   * @param bf16 whether activations are bf16
   * @param checkpointing gradient checkpointing: whether blocks keep only their input
   */
  public record Batch(int batchSize, int seqLen, boolean bf16, boolean checkpointing) {
    private long tokens() {
      return (long) batchSize * seqLen;
    }

    private int elementBytes() {
      return bf16 ? Short.BYTES : Float.BYTES;
    }
  }

  /**
   * Estimates the memory of training a model.
   *
   * @param model with the adapter attached, if there is one; it may be loaded for inference
   * @param trained the parameters to train: all, or those of the adapter
   */
  public static MemoryEstimate of(
      Model model, Collection<Parameter> trained, OptimizerOptions optimizer, Batch batch) {
    Set<Parameter> updated = new HashSet<>(trained);
    Set<Parameter> hidden = model.hiddenMatrices();
    long mapped = 0;
    long weights = 0;
    for (Parameter parameter : model.parameters()) {
      if (!updated.contains(parameter)) {
        mapped += mappedBytes(parameter);
        weights += frozenBytes(parameter, batch.bf16());
      }
    }
    long gradients = 0;
    double states = 0;
    for (Parameter parameter : updated) {
      long n = parameter.shape().numElements();
      weights += Float.BYTES * n + (batch.bf16() && parameter.isMatrix() ? Short.BYTES * n : 0);
      gradients += Float.BYTES * n;
      states += stateBytes(optimizer, hidden.contains(parameter)) * n;
    }
    return new MemoryEstimate(
        mapped,
        weights,
        gradients,
        (long) states,
        activations(model, batch),
        hasVocabulary(model) ? head(model, updated, batch) : 0);
  }

  private static long mappedBytes(Parameter parameter) {
    return parameter.packed() != null || !isMapped(parameter)
        ? 0
        : parameter.shape().numElements() * parameter.stored().dtype().byteSize();
  }

  /** Vectors of other types are widened when the model is loaded; all else stays in the file. */
  private static boolean isMapped(Parameter parameter) {
    return parameter.isMatrix() && parameter.stored().isMapped();
  }

  private static long frozenBytes(Parameter parameter, boolean bf16) {
    PackedWeight packed = parameter.packed();
    if (packed != null) {
      return packed.byteSize();
    }
    long n = parameter.shape().numElements();
    DType type = parameter.stored().dtype();
    long own = isMapped(parameter) ? 0 : n * type.byteSize();
    return own + (bf16 && parameter.isMatrix() && type != DType.BF16 ? Short.BYTES * n : 0);
  }

  private static double stateBytes(OptimizerOptions optimizer, boolean isHidden) {
    return switch (optimizer) {
      case AdamW.Options adamW -> (adamW.amsgrad() ? 3 : 2) * adamW.stateType().byteSize();
      case Lion.Options _ -> Float.BYTES;
      case Sgd.Options sgd -> sgd.momentum() == 0 ? 0 : Float.BYTES;
      case Muon.Options muon -> isHidden ? Float.BYTES : stateBytes(muon.rest(), false);
      case Adafactor.Options adafactor -> adafactor.beta1() == 0 ? 0 : Float.BYTES;
    };
  }

  /**
   * Elements that a block keeps of each token: the results of its linear layers, their inputs
   * (norms, attention, inside the MLP), and two sums with the residual stream.
   */
  private static long activations(Model model, Batch batch) {
    ModelConfig config = model.config();
    long D = config.hiddenSize();
    long attended =
        config instanceof CausalConfig causal ? (long) causal.numHeads() * causal.headDim() : D;
    List<Parameter> linear =
        model.hiddenMatrices().stream().filter(Parameter::acceptsUpdates).toList();
    long F = linear.stream().mapToLong(Parameter::inputSize).max().orElse(0);
    long outputs = 0;
    long lowRank = 0;
    for (Parameter weight : linear) {
      outputs += weight.outputSize();
      for (LowRank update : weight.updates()) {
        lowRank += 2 * update.down().shape().dim(0);
      }
    }
    long encoderLayers = config instanceof Seq2SeqConfig seq2seq ? seq2seq.numEncoderLayers() : 0;
    long layers = config.numLayers() + encoderLayers;
    long crossed = encoderLayers == 0 ? 0 : 3L * D * config.numLayers();
    boolean drops = drops(config);
    long dropped = drops ? 2 * D * layers : 0;
    long kept = outputs + layers * (4 * D + attended + F) + crossed + dropped + lowRank;
    long ends = (encoderLayers == 0 ? 1L : 2L) * (drops ? 4L : 2L) * D; // embeddings, last norms
    long flowing = 2 * (F + D); // gradients of one block
    long perToken = batch.checkpointing() ? layers * D + kept / Math.max(1, layers) : kept;
    return batch.tokens() * batch.elementBytes() * (perToken + ends + flowing);
  }

  private static boolean drops(ModelConfig config) {
    return config instanceof Seq2SeqConfig
        || (config instanceof EncoderConfig encoder && encoder.sizes().dropout() > 0);
  }

  private static boolean hasVocabulary(Model model) {
    return !(model instanceof HeadedModel headed)
        || headed.headKind() == HeadKind.MASKED_LM
        || headed.headKind() == HeadKind.PRETRAINING;
  }

  private static long head(Model model, Set<Parameter> updated, Batch batch) {
    long V = model.config().vocabSize();
    long D = model.config().hiddenSize();
    long rows =
        Math.min(batch.tokens(), Math.max(LEAST_LOGITS_ROWS, LOGITS_BYTES / (V * Float.BYTES)));
    long logits = rows * V * (Float.BYTES + (batch.bf16() ? Short.BYTES : 0));
    boolean isTrained = updated.stream().anyMatch(p -> p.isMatrix() && p.shape().dim(0) == V);
    return logits
        + batch.tokens() * D * batch.elementBytes()
        + (isTrained ? V * D * Float.BYTES : 0);
  }

  /** Returns the memory that training takes, without the mapped file of weights. */
  public long total() {
    return weights + gradients + states + activations + head;
  }
}
