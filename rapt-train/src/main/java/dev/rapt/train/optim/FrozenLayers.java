package dev.rapt.train.optim;

import dev.rapt.model.Model;
import dev.rapt.nn.Parameter;

/**
 * Freezes the embeddings, with a head that is tied to them, and the first layers of a model: of
 * each stack of an encoder-decoder. Nothing below the first trained layer has a backward pass.
 */
public final class FrozenLayers implements LearningRates {
  private final LayerPlaces places;
  private final int layers;

  /**
   * Reads the layers of a model's parameters from their names.
   *
   * @param layers number of layers to freeze; 0 for the embeddings alone
   * @throws IllegalArgumentException if the model has fewer layers
   */
  public FrozenLayers(Model model, int layers) {
    places = new LayerPlaces(model);
    this.layers = layers;
    if (layers < 0 || layers > places.tallest()) {
      throw new IllegalArgumentException(
          "frozen layers: must be from 0 to %d, the layers of the model, got %d"
              .formatted(places.tallest(), layers));
    }
  }

  @Override
  public double factor(Parameter parameter) {
    return places.of(parameter).layer() < layers ? 0 : 1;
  }
}
