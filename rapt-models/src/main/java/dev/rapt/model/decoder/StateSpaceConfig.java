package dev.rapt.model.decoder;

import dev.rapt.model.config.CausalConfig;

/** A decoder of state space layers: without attention, and without an end to its positions. */
public interface StateSpaceConfig extends CausalConfig {
  /** The sizes. */
  MambaSizes sizes();

  @Override
  default int vocabSize() {
    return sizes().vocabSize();
  }

  @Override
  default int hiddenSize() {
    return sizes().hiddenSize();
  }

  @Override
  default int numLayers() {
    return sizes().numLayers();
  }

  /** 0: there is no attention. */
  @Override
  default int numHeads() {
    return 0;
  }

  /** 0: there is no attention. */
  @Override
  default int headDim() {
    return 0;
  }

  @Override
  default int maxPositions() {
    return Integer.MAX_VALUE;
  }

  @Override
  default boolean endsAtMaxPositions() {
    return false;
  }

  @Override
  default boolean tiedHead() {
    return sizes().tiedHead();
  }

  @Override
  default double initStd() {
    return sizes().initStd();
  }
}
