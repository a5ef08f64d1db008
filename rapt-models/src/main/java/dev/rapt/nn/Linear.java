package dev.rapt.nn;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.QuantizedMatrix;
import dev.rapt.autograd.Tape;
import dev.rapt.kernel.Activation;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Linear layer x W^T + b, with W stored (output, input) as in most checkpoints, or (input, output)
 * as in GPT-2.
 */
public final class Linear {
  /** Fewest rows of x whose products may read bf16: prompts, and not steps of decoding. */
  private static final long PREFILL_ROWS = 32;

  private final Parameter weight;
  private final @Nullable Parameter bias;
  private final boolean inputMajor;

  private Linear(Parameter weight, @Nullable Parameter bias, boolean inputMajor) {
    this.weight = weight;
    this.bias = bias;
    this.inputMajor = inputMajor;
  }

  private static Linear of(Parameter weight, @Nullable Parameter bias, boolean inputMajor) {
    weight.acceptUpdates(inputMajor);
    return new Linear(weight, bias, inputMajor);
  }

  /**
   * Creates a layer with weight (outputSize, inputSize) and, if {@code hasBias}, bias (outputSize).
   */
  public static Linear of(
      ParameterSource source, long inputSize, long outputSize, boolean hasBias, double std) {
    return of(source, inputSize, outputSize, hasBias, new Init.Normal(std));
  }

  /**
   * Creates a layer with weight (outputSize, inputSize), a fresh one initialised as given, and, if
   * {@code hasBias}, bias (outputSize).
   */
  public static Linear of(
      ParameterSource source, long inputSize, long outputSize, boolean hasBias, Init init) {
    return of(
        source.get("weight", init, outputSize, inputSize),
        source.getIf(hasBias, "bias", Init.ZEROS, outputSize),
        false);
  }

  /**
   * Creates a layer with weight (inputSize, outputSize) and bias (outputSize): GPT-2's "Conv1D".
   */
  public static Linear inputMajor(
      ParameterSource source, long inputSize, long outputSize, double std) {
    return of(
        source.inputMajor("weight", new Init.Normal(std), inputSize, outputSize),
        source.get("bias", Init.ZEROS, outputSize),
        true);
  }

  /**
   * Returns a layer without bias that shares its weight (outputSize, inputSize), as the head does
   * with tied embeddings.
   */
  public static Linear tied(Parameter weight) {
    return new Linear(weight, null, false);
  }

  /** Returns a copy with this bias, of outputSize elements in any shape; null for none. */
  public Linear withBias(@Nullable Parameter added) {
    return new Linear(weight, added, inputMajor);
  }

  /** The weight. */
  public Parameter weight() {
    return weight;
  }

  /** Returns the bias, or null. */
  public @Nullable Parameter bias() {
    return bias;
  }

  /** Returns the bias as a vector (a few checkpoints store it as a matrix of one row), or null. */
  public @Nullable Tensor biasVector() {
    Tensor value = bias == null ? null : bias.value();
    return value == null || value.shape().rank() == 1 ? value : value.reshape(-1);
  }

  /** Maps x (..., inputSize) to (..., outputSize). */
  public Tensor forward(Tensor x) {
    return weight.updates().isEmpty() ? product(x, biasVector()) : updated(x);
  }

  /** Returns x W^T + b for the weight without its low-rank updates. */
  private Tensor product(Tensor x, @Nullable Tensor shift) {
    if (!prefillsInBf16(x)) {
      return product(x, shift, x.dtype());
    }
    Tensor rounded = x.scope().empty(DType.BF16, x.shape());
    Casts.copy(rounded, x);
    Tensor y = product(rounded, shift, DType.F32);
    x.scope().release(rounded);
    return y;
  }

  private Tensor product(Tensor x, @Nullable Tensor shift, DType type) {
    QuantizedMatrix quantized = weight.quantized(x.scope());
    return quantized == null
        ? Ops.linear(x, weight.compute(), shift, inputMajor, type)
        : Ops.linear(x, quantized, shift, type);
  }

  private boolean prefillsInBf16(Tensor x) {
    return x.dtype() == DType.F32
        && x.numRows() >= PREFILL_ROWS
        && weight.prefillsInBf16(x.scope())
        && !Tape.encloses(x.scope());
  }

  /** Maps x (..., inputSize) to (..., outputSize) of this dtype, computed with the f32 weight. */
  public Tensor forward(Tensor x, DType type) {
    QuantizedMatrix quantized = weight.quantized(x.scope());
    if (quantized != null && weight.updates().isEmpty()) {
      return Ops.linear(x, quantized, biasVector(), type);
    }
    Tensor w = weight.updates().isEmpty() ? weight.value() : weight.merged(x.scope());
    return Ops.linear(x, w, biasVector(), inputMajor, type);
  }

  /** Maps x (..., inputSize) to f(x W^T + b), (..., outputSize). */
  public Tensor forward(Tensor x, Activation f) {
    return isPlain(x)
        ? Ops.linear(x, weight.compute(), biasVector(), inputMajor, f, null)
        : Ops.activate(forward(x), f);
  }

  /**
   * Returns whether the product is one of two matrices in memory, so that epilogues can be fused.
   */
  private boolean isPlain(Tensor x) {
    return weight.updates().isEmpty() && weight.quantized(x.scope()) == null && !prefillsInBf16(x);
  }

  /** Maps x (..., inputSize) to addend + x W^T + b, (..., outputSize), like the addend. */
  public Tensor addTo(Tensor addend, Tensor x) {
    return isPlain(x)
        ? Ops.linear(x, weight.compute(), biasVector(), inputMajor, Activation.IDENTITY, addend)
        : Ops.add(addend, forward(x));
  }

  /** Maps x (..., inputSize) to (..., outputSize), with the low-rank updates of the weight. */
  private Tensor updated(Tensor x) {
    boolean scales = weight.updates().stream().anyMatch(LowRank::isDora);
    Tensor b = biasVector();
    Tensor y = product(x, scales ? null : b); // DoRA scales the result without the bias
    for (LowRank update : weight.updates()) {
      y = update.addTo(y, x, weight);
    }
    return scales && b != null ? Ops.add(y, b) : y;
  }
}
