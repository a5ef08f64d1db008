package dev.rapt.autograd;

import dev.rapt.tensor.Tensor;

/**
 * An operation as the tape remembers it: its operands and what its gradient needs. Each
 * implementation is one file with the forward pass above and the backward pass below.
 */
public sealed interface Op
    permits ActivationOp,
        AddOp,
        AttentionOp,
        BlockOrderOp,
        CausalConvOp,
        CheckpointOp,
        ClipOp,
        ColumnsOp,
        CombineOp,
        ConcatOp,
        CrossEntropyOp,
        DispatchOp,
        DotOp,
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
        LinearCrossEntropyOp,
        LinearOp,
        LoadBalanceOp,
        MaskedMeanOp,
        MeanLossOp,
        MultiplyOp,
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
   * @param gradients takes the gradients of the operands
   */
  void backward(Tensor dOut, Backward gradients);
}
