package dev.rapt.kernel;

/**
 * One implementation of every kernel.
 *
 * @param name for messages: {@code scalar}, {@code vector (256 bits)}
 */
public record Kernels(
    String name,
    ElementwiseKernel elementwise,
    NormKernel norm,
    SoftmaxKernel softmax,
    RopeKernel rope,
    AttentionKernel attention,
    OptimizerKernel optimizer,
    UnpackKernel unpack,
    BlockKernel blocks,
    LstmKernel lstm) {}
