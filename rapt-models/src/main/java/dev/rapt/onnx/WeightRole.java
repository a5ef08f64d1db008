package dev.rapt.onnx;

/** What an operator does with a constant among its inputs. */
enum WeightRole {
  /** The matrix (K, N) of a linear layer, read as x W. */
  INPUT_MAJOR("weight"),
  /** The matrix (N, K) of a linear layer, read as x W'. */
  OUTPUT_MAJOR("weight"),
  /** A table of embeddings, or the factor of a norm. */
  WEIGHT("weight"),
  /** A bias. */
  BIAS("bias"),
  /** The matrices of queries, keys and values side by side, (K, 3N). */
  FUSED_WEIGHT("weight"),
  /** The biases of queries, keys and values, (3N). */
  FUSED_BIAS("bias"),
  /** Something else. */
  OTHER("");

  private final String parameter;

  WeightRole(String parameter) {
    this.parameter = parameter;
  }

  /** Returns what PyTorch calls such a parameter of a module; empty for {@link #OTHER}. */
  String parameter() {
    return parameter;
  }

  /** Returns whether it is a matrix of a linear layer. */
  boolean isMatrix() {
    return this == INPUT_MAJOR || this == OUTPUT_MAJOR || this == FUSED_WEIGHT;
  }

  /** Returns whether it is of queries, keys and values together. */
  boolean isFused() {
    return this == FUSED_WEIGHT || this == FUSED_BIAS;
  }

  /**
   * Returns the role of an input: of the operators of ONNX, and those of ONNX Runtime in
   * docs/ContribOperators.md of github.com/microsoft/onnxruntime.
   */
  static WeightRole of(OnnxNode node, int input) {
    return switch (node.operator()) {
      case "MatMul", "MatMulInteger" -> input == 1 ? INPUT_MAJOR : OTHER;
      case "FusedMatMul" -> input == 1 ? matrix(node) : OTHER;
      case "Gemm", "FusedGemm" -> input == 1 ? matrix(node) : input == 2 ? BIAS : OTHER;
      case "DynamicQuantizeMatMul" -> input == 1 ? INPUT_MAJOR : input == 4 ? BIAS : OTHER;
      case "MatMulIntegerToFloat" -> input == 1 ? INPUT_MAJOR : input == 6 ? BIAS : OTHER;
      case "Attention", "QAttention" -> input == 1 ? FUSED_WEIGHT : input == 2 ? FUSED_BIAS : OTHER;
      case "Gather" -> input == 0 ? WEIGHT : OTHER;
      case "LayerNormalization" -> input == 1 ? WEIGHT : input == 2 ? BIAS : OTHER;
      case "Mul" -> WEIGHT;
      case "Add" -> BIAS;
      default -> OTHER;
    };
  }

  private static WeightRole matrix(OnnxNode node) {
    return node.integer("transB", 0) == 1 ? OUTPUT_MAJOR : INPUT_MAJOR;
  }
}
