package dev.rapt.autograd;

import dev.rapt.tensor.Tensor;

/**
 * The last state of an LSTM, the second result of {@link LstmOp}. It is recorded after that
 * operation, so that its gradient is there when the backward pass of the LSTM runs.
 *
 * @param out the first result, which gets a gradient even if nothing depends on it
 */
record LstmStateOp(LstmOp lstm, Tensor out) implements Op {
  @Override
  public void backward(Tensor dOut, Backward gradients) {
    gradients.zeroedSlot(out);
    lstm.stateGradient().set(dOut.reshape(dOut.shape().toArray())); // outlives the release of dOut
  }
}
