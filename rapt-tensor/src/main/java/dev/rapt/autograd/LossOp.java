package dev.rapt.autograd;

/** An operation whose result is a loss, a scalar in f32. Implemented in {@code autograd.loss}. */
public non-sealed interface LossOp extends Op {}
