package dev.rapt.autograd;

/**
 * An operation whose result is a loss or one for each row, in f32. Implemented in {@code
 * autograd.loss}.
 */
public non-sealed interface LossOp extends Op {}
