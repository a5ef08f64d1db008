package dev.rapt.nn;

import dev.rapt.autograd.Casts;
import dev.rapt.autograd.QuantizedMatrix;
import dev.rapt.autograd.Tape;
import dev.rapt.quant.Nf4Quantizer;
import dev.rapt.quant.PackedMatrix;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A weight of a model, named as in the checkpoint. It has up to three forms: the stored tensor,
 * which for a matrix that is not trained may be bf16 or f16 in a mapped file; the f32 value, which
 * the optimiser updates; and the bf16 compute copy that matrix products read in mixed precision. A
 * quantised weight is packed first: experts are unpacked at each use, and so are weights of linear
 * layers in training or if they are to stay packed; other weights are unpacked once, when their
 * values are first needed.
 */
public final class Parameter {
  private final String name;
  private final Shape shape;
  private final Scope scope;
  private volatile @Nullable PackedWeight packed;
  private volatile @Nullable Tensor stored;
  private volatile @Nullable Tensor widened;
  private volatile @Nullable Tensor copy;
  private boolean prefillsInBf16;
  private boolean inBf16;
  private boolean acceptsUpdates;
  private boolean inputMajor;
  private volatile List<LowRank> updates = List.of();
  private volatile double @Nullable [] rowSquares;

  /**
   * Creates a parameter whose value lives as long as the scope of the tensor.
   *
   * @param stored f32; a matrix that is not trained may be bf16 or f16
   */
  public Parameter(String name, Tensor stored) {
    this.name = name;
    this.shape = stored.shape();
    this.scope = stored.scope();
    this.packed = null;
    this.stored = stored;
  }

  /** Creates a quantised parameter; its unpacked values belong to this scope. */
  public Parameter(String name, PackedWeight packed, Scope scope) {
    this.name = name;
    this.shape = packed.shape();
    this.scope = scope;
    this.packed = packed;
  }

  /** Returns the full name in the checkpoint: {@code transformer.h.0.attn.c_attn.weight}. */
  public String name() {
    return name;
  }

  /** Returns the packed form as long as it has not been unpacked, else null. */
  public @Nullable PackedWeight packed() {
    return stored == null ? packed : null;
  }

  /** Returns whether it is packed and is to be unpacked at each use. */
  public boolean staysPacked() {
    PackedWeight own = packed();
    return own != null && own.staysPacked();
  }

  /**
   * Returns the weight of a linear layer as a matrix (N, K) that is unpacked at each use; null if
   * it is not packed, or is to be unpacked once.
   *
   * @param work scope of the product: on a tape the weight stays packed
   */
  @Nullable QuantizedMatrix quantized(Scope work) {
    PackedWeight own = packed();
    return own != null && (own.staysPacked() || Tape.encloses(work)) ? quantized() : null;
  }

  /** Returns the packed weight of a linear layer as a matrix (N, K), or null. */
  @Nullable QuantizedMatrix quantized() {
    PackedWeight own = packed();
    if (own == null || own.matrices().size() != 1 || own.transposed() != inputMajor) {
      return null;
    }
    PackedMatrix matrix = own.matrices().getFirst();
    return new QuantizedMatrix(matrix.rows(), matrix.cols(), matrix);
  }

  /**
   * Quantises the weight of a linear layer to NF4: its value is given up. Not while others use the
   * model.
   *
   * @throws IllegalArgumentException if this is no weight of a linear layer
   */
  public void quantize() {
    requireUpdatable();
    synchronized (scope) {
      Tensor former = stored();
      pack(Nf4Quantizer.quantize(scope, former, inputMajor));
      scope.release(former);
    }
  }

  /** Replaces the value by a packed one. Not while others use the model. */
  public void pack(PackedWeight value) {
    synchronized (scope) {
      packed = value;
      Tensor narrow = copy;
      if (narrow != null) {
        scope.release(narrow);
      }
      stored = null;
      widened = null;
      copy = null;
      rowSquares = null;
    }
  }

  /**
   * Returns the sum of squares of the weights of each output of a linear layer, without low-rank
   * updates.
   */
  double[] rowSquares() {
    double[] present = rowSquares;
    if (present == null) {
      present = RowSquares.of(this);
      rowSquares = present;
    }
    return present;
  }

  /**
   * Returns the value in its stored dtype: f32, bf16 or f16.
   *
   * @apiNote A packed weight is unpacked at the first call and stays unpacked.
   */
  public Tensor stored() {
    Tensor present = stored;
    return present == null ? unpackOnce() : present;
  }

  /**
   * The lock is the scope, since a scope serves one thread at a time and all parameters share it.
   */
  private Tensor unpackOnce() {
    synchronized (scope) {
      Tensor present = stored;
      if (present == null) {
        PackedWeight weight = Objects.requireNonNull(packed);
        present = weight.unpack(scope, weight.exactType());
        if (inBf16) {
          copy = inBf16(present);
        }
        stored = present;
      }
      return present;
    }
  }

  /** Returns the shape. */
  public Shape shape() {
    return shape;
  }

  /**
   * Returns the value in f32, in training the master weight.
   *
   * @apiNote A value stored in 16 bits is copied to f32 at the first call, and the copy is kept;
   *     matrix products and embedding look-ups use {@link #compute} instead.
   */
  public Tensor value() {
    Tensor kept = stored();
    if (kept.dtype() == DType.F32) {
      return kept;
    }
    Tensor wide = widened;
    return wide == null ? widenOnce(kept) : wide;
  }

  private Tensor widenOnce(Tensor kept) {
    synchronized (scope) {
      Tensor wide = widened;
      if (wide == null) {
        wide = scope.empty(DType.F32, shape);
        Casts.copy(wide, kept);
        widened = wide;
      }
      return wide;
    }
  }

  /**
   * Returns the tensor that matrix products and embedding look-ups read: the bf16 compute copy if
   * there is one, else the f32 value if it is trained, else the stored tensor.
   */
  public Tensor compute() {
    Tensor kept = stored();
    Tensor narrow = copy;
    if (narrow != null) {
      return narrow;
    }
    Tensor wide = widened;
    return wide != null && wide.isTracked() ? wide : kept;
  }

  /** Returns whether gradients are recorded for the value or for a low-rank update of it. */
  public boolean isTrained() {
    Tensor kept = stored;
    Tensor wide = widened;
    return (kept != null && kept.isTracked())
        || (wide != null && wide.isTracked())
        || updates.stream().anyMatch(LowRank::isTrained);
  }

  /**
   * Returns the dtype of activations computed with this weight: bf16 in mixed precision, else f32.
   */
  public DType activationType() {
    return inBf16 ? DType.BF16 : DType.F32;
  }

  /**
   * Returns the bf16 compute copy, or null. Code that changes the value must update the copy too.
   */
  public @Nullable Tensor bf16Copy() {
    return copy;
  }

  /**
   * Returns whether this has at least two dimensions; weight decay and bf16 compute copies apply to
   * matrices.
   */
  public boolean isMatrix() {
    return shape.rank() >= 2;
  }

  /**
   * Lets the weight of a linear layer take low-rank updates.
   *
   * @param inputFirst whether it is stored as (input, output)
   */
  void acceptUpdates(boolean inputFirst) {
    acceptsUpdates = true;
    inputMajor = inputFirst;
  }

  /** Returns whether this is the weight of a linear layer, which takes low-rank updates. */
  public boolean acceptsUpdates() {
    return acceptsUpdates;
  }

  /** Returns whether this is the weight of a linear layer stored as (input, output). */
  public boolean isInputMajor() {
    return inputMajor;
  }

  /** Returns the low-rank updates that the linear layer adds, in order. */
  public List<LowRank> updates() {
    return updates;
  }

  /**
   * Sets the low-rank updates that the linear layer adds from now on.
   *
   * @throws IllegalArgumentException if this takes none, or a shape does not fit
   */
  public void update(List<LowRank> lowRank) {
    for (LowRank update : lowRank) {
      long rank = update.down().shape().dim(0);
      requireUpdatable();
      requireShape(update.down(), rank, inputSize());
      requireShape(update.up(), outputSize(), rank);
      if (update.magnitude() != null) {
        requireShape(update.magnitude(), outputSize());
      }
    }
    updates = List.copyOf(lowRank);
  }

  private void requireUpdatable() {
    if (!acceptsUpdates) {
      throw new IllegalArgumentException(
          name + ": must be the weight of a linear layer to be updated or quantised");
    }
  }

  private static void requireShape(Parameter matrix, long... dims) {
    if (!matrix.shape().equals(Shape.of(dims))) {
      throw new IllegalArgumentException(
          "%s: must be %s, got %s".formatted(matrix.name(), Shape.of(dims), matrix.shape()));
    }
  }

  /** Returns the input size of the linear layer with this weight. */
  public long inputSize() {
    requireUpdatable();
    return shape.dim(inputMajor ? 0 : 1);
  }

  /** Returns the output size of the linear layer with this weight. */
  public long outputSize() {
    requireUpdatable();
    return shape.dim(inputMajor ? 1 : 0);
  }

  /**
   * Returns the weight with its low-rank updates merged, in f32, in this scope.
   *
   * @param scope receives the result and what is computed on the way
   */
  public Tensor merged(Scope scope) {
    PackedWeight own = packed();
    Tensor weight = own == null ? stored() : own.unpack(scope, own.exactType());
    for (LowRank update : updates) {
      weight = update.merged(scope, weight, inputMajor);
    }
    return weight;
  }

  /**
   * Replaces the value: layers compute with the new one from now on. Not while others use the
   * model.
   *
   * @param value of the shape of this, f32, bf16 or f16; must live as long as this
   */
  public void replace(Tensor value) {
    value.requireShape(name, shape.toArray());
    synchronized (scope) {
      stored = value;
      widened = null;
      rowSquares = null;
      copy = inBf16 ? inBf16(value) : null;
    }
  }

  /** Makes matrix products read bf16: the stored tensor if it is bf16, else a copy. */
  void computeInBf16() {
    inBf16 = true;
    Tensor kept = stored;
    if (kept != null) {
      copy = inBf16(kept);
    }
  }

  /** Lets products of many rows with this matrix round their inputs to bf16. */
  void prefillInBf16() {
    prefillsInBf16 = true;
  }

  /**
   * Returns whether products of many rows with this matrix round their inputs to bf16.
   *
   * @param work scope of the product
   */
  boolean prefillsInBf16(Scope work) {
    return prefillsInBf16 && (quantized(work) != null || stored().dtype() == DType.BF16);
  }

  private Tensor inBf16(Tensor kept) {
    if (kept.dtype() == DType.BF16) {
      return kept;
    }
    Tensor present = copy;
    Tensor narrow = present == null ? scope.empty(DType.BF16, shape) : present;
    Casts.copy(narrow, kept);
    return present == null ? kept.shadow(narrow) : present;
  }

  @Override
  public String toString() {
    return name + " " + shape;
  }
}
