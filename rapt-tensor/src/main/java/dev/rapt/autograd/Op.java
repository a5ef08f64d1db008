package dev.rapt.autograd;

import dev.rapt.tensor.Tensor;

/**
 * A differentiable operation as recorded on the tape: its operands and the values its gradient
 * needs. Each implementation is one file, the forward pass first, the backward pass after it.
 */
public sealed interface Op
    permits ActivationOp,
        AddLinearOp,
        AddOp,
        AttentionOp,
        BlockOrderOp,
        CausalConvOp,
        CheckpointOp,
        ClipOp,
        ColumnsOp,
        CombineOp,
        ConcatOp,
        DispatchOp,
        DropoutOp,
        EmbeddingOp,
        ExpertLinearOp,
        ExpertWeightsOp,
        FusedGateOp,
        GateOp,
        HeadLinearOp,
        HeadProductsOp,
        LayerNormOp,
        LinearAttentionOp,
        LinearOp,
        LossOp,
        LstmOp,
        LstmStateOp,
        MaskedMeanOp,
        MaxOverTimeOp,
        MultiplyOp,
        QuantizedLinearOp,
        RepeatOp,
        RmsNormOp,
        RopeOp,
        ScaleOp,
        SelectiveScanOp,
        SoftCapOp,
        SoftmaxOp,
        TransposeOp,
        WkvOp {

  /**
   * Adds the gradients of the operands.
   *
   * @param dOut gradient of the result, in its shape and type
   * @param gradients receives the gradients of the operands
   */
  void backward(Tensor dOut, Backward gradients);
}
