package dev.rapt.model.load;

import dev.rapt.autograd.Casts;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.Weights;
import dev.rapt.kernel.Float8;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Parameters from a checkpoint. Without training, weights stay in the mapped file: f32 weights,
 * bf16 and f16 matrices, which matrix products read directly, and quantised matrices until their
 * values are needed. Vectors are converted to f32.
 */
public final class CheckpointSource implements ParameterSource {
  /**
   * Up to so many elements are converted by a plain loop: while a model is loaded, vector code is
   * still interpreted and takes microseconds per operation.
   */
  private static final long FEW_ELEMENTS = 1 << 16;

  private final Parameters parameters;
  private final Weights weights;
  private final PackedWeights packed;
  private final boolean trained;
  private final @Nullable String tiedHead;

  /**
   * Creates a source of parameters from these weights.
   *
   * @param packed quantised weights of the checkpoint
   * @param trained whether values will be changed by training, so that they must be copied
   * @param tiedHead full name of the head's weight, if it is tied to the token embedding; else null
   */
  public CheckpointSource(
      Parameters parameters,
      Weights weights,
      PackedWeights packed,
      boolean trained,
      @Nullable String tiedHead) {
    this.parameters = parameters;
    this.weights = weights;
    this.packed = packed;
    this.trained = trained;
    this.tiedHead = tiedHead;
  }

  /** Creates a source of parameters that are copied, so that the checkpoint may be closed. */
  public static CheckpointSource copying(Parameters parameters, Weights weights) {
    return new CheckpointSource(parameters, weights, PackedWeights.NONE, true, null);
  }

  Parameters parameters() {
    return parameters;
  }

  @Override
  public CheckpointSource at(String name) {
    return new CheckpointSource(parameters, weights.at(name), packed, trained, tiedHead);
  }

  @Override
  public Tensor constant(float[] values, long... shape) {
    return parameters.scope().floats(values, shape);
  }

  @Override
  public boolean has(String name) {
    return weights.has(nameInFile(name)) || packed.has(weights, name);
  }

  /** Returns whether the checkpoint has this parameter in this shape. */
  boolean has(String name, long... shape) {
    return has(name)
        && weights
            .find(weights.fullName(nameInFile(name)))
            .map(entry -> entry.shape().equals(Shape.of(shape)))
            .orElse(packed.has(weights, name));
  }

  /**
   * Returns the name in the file: early checkpoints call weight and bias of a norm gamma and beta,
   * as TensorFlow does.
   */
  private String nameInFile(String name) {
    String old =
        switch (name) {
          case "weight" -> "gamma";
          case "bias" -> "beta";
          default -> name;
        };
    return !weights.has(name) && weights.has(old) ? old : name;
  }

  @Override
  public Parameter tokenEmbedding(String name, Init init, long... shape) {
    TensorEntry head = has(name) || tiedHead == null ? null : weights.find(tiedHead).orElse(null);
    if (head == null || !head.shape().equals(Shape.of(shape)) || !head.dtype().isFloat()) {
      return get(name, init, shape);
    }
    weights.markUsed(head.name());
    Parameter present = parameters.get(head.name());
    return present != null
        ? present
        : parameters.add(new Parameter(head.name(), value(head, shape)));
  }

  @Override
  public ParameterSource untied() {
    return new CheckpointSource(parameters, weights, packed, trained, null);
  }

  @Override
  public boolean hasTokenEmbedding(String name) {
    return has(name) || (tiedHead != null && weights.find(tiedHead).isPresent());
  }

  @Override
  public Parameter tied(String name, Parameter other) {
    String inFile = nameInFile(name);
    String fullName = weights.fullName(inFile);
    if (!has(name) || fullName.equals(other.name())) {
      return other;
    }
    TensorEntry own = packed.has(weights, name) ? null : weights.find(fullName).orElse(null);
    TensorEntry shared = weights.find(other.name()).orElse(null);
    if (own != null && shared != null && haveSameValues(own, shared)) {
      weights.markUsed(fullName);
      return other;
    }
    return get(name, Init.ZEROS, other.shape().toArray());
  }

  private static boolean haveSameValues(TensorEntry a, TensorEntry b) {
    if (!a.shape().equals(b.shape())) {
      return false;
    }
    if (a.dtype() == b.dtype()) {
      return a.data().mismatch(b.data()) < 0;
    }
    boolean comparable = a.dtype().isFloat() && b.dtype().isFloat();
    long i = 0;
    while (comparable && i < a.shape().numElements()) {
      comparable = element(a.data(), a.dtype(), i) == element(b.data(), b.dtype(), i);
      i++;
    }
    return comparable;
  }

  @Override
  public Parameter get(String name, Init init, long... shape) {
    return get(name, false, shape);
  }

  @Override
  public Parameter inputMajor(String name, Init init, long inputSize, long outputSize) {
    return get(name, true, inputSize, outputSize);
  }

  private Parameter get(String name, boolean inputMajor, long... shape) {
    String fullName = weights.fullName(name);
    Parameter present = parameters.get(fullName);
    return present != null ? present : parameters.add(read(fullName, name, inputMajor, shape));
  }

  private Parameter read(String fullName, String name, boolean inputMajor, long... shape) {
    if (!packed.has(weights, name)) {
      return new Parameter(fullName, value(weights.tensor(nameInFile(name), shape), shape));
    }
    Scope scope = parameters.scope();
    if (!trained) {
      return new Parameter(fullName, packed.get(scope, weights, name, inputMajor, shape), scope);
    }
    try (Scope work = Scope.open()) {
      PackedWeight weight = packed.get(work, weights, name, inputMajor, shape);
      return new Parameter(fullName, weight.unpack(scope, DType.F32));
    }
  }

  private Tensor value(TensorEntry entry, long... shape) {
    Scope scope = parameters.scope();
    DType type = entry.dtype();
    if (!trained && staysMapped(type, shape.length)) {
      return aligned(scope, entry, shape);
    }
    Tensor value = scope.empty(DType.F32, shape);
    if (!kernelsRead(type) || value.numElements() <= FEW_ELEMENTS) {
      convert(value.memory(), entry.data(), type, value.numElements());
    } else {
      Casts.copy(value, scope.wrap(entry.data(), type, shape));
    }
    return value;
  }

  private static boolean staysMapped(DType type, int rank) {
    return type == DType.F32 || (rank >= 2 && (type == DType.BF16 || type == DType.F16));
  }

  /** Returns the mapped data, or a copy if it is not aligned to the element size. */
  private static Tensor aligned(Scope scope, TensorEntry entry, long... shape) {
    DType type = entry.dtype();
    if (entry.data().address() % type.byteSize() == 0) {
      return scope.wrap(entry.data(), type, shape);
    }
    Tensor copy = scope.empty(type, shape);
    copy.memory().copyFrom(entry.data());
    return copy;
  }

  private static boolean kernelsRead(DType type) {
    return type == DType.F32 || type == DType.BF16 || type == DType.F16;
  }

  /**
   * Returns elements of any floating-point dtype as a tensor (n) that kernels can read: a view if
   * possible, else a copy in f32.
   */
  public static Tensor readable(Scope scope, MemorySegment data, DType type, long n) {
    if (kernelsRead(type) && data.address() % type.byteSize() == 0) {
      return scope.wrap(data, type, n);
    }
    Tensor value = scope.empty(DType.F32, n);
    convert(value.memory(), data, type, n);
    return value;
  }

  /** Converts elements of any floating-point dtype, one by one. */
  private static void convert(MemorySegment out, MemorySegment data, DType type, long n) {
    for (long i = 0; i < n; i++) {
      out.setAtIndex(ValueLayout.JAVA_FLOAT, i, element(data, type, i));
    }
  }

  private static float element(MemorySegment data, DType type, long i) {
    return switch (type) {
      case F64 -> (float) data.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, i);
      case F32 -> data.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
      case F16 -> Float.float16ToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i));
      case BF16 -> Float.intBitsToFloat(data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i) << 16);
      default -> Float8.toFloat(type, data.get(ValueLayout.JAVA_BYTE, i));
    };
  }
}
