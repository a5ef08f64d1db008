package dev.rapt.train.optim;

import dev.rapt.model.Model;
import dev.rapt.nn.Parameter;

/**
 * Layer-wise decay of the learning rate, for fine-tuning: in a stack of L layers, layer i of 0 to L
 * - 1 has the factor decay^(L - i), what lies below the layers (embeddings and their norm) decay^(L
 * + 1), and what lies above them (the last norm and the head) 1. Each stack of an encoder-decoder
 * counts its own layers; L of the taller one holds for what lies below. ULMFiT, arXiv:1801.06146,
 * section 3.2; ELECTRA, arXiv:2003.10555, appendix B, whose code has one more power of the decay in
 * all factors but the head's.
 */
public final class LayerwiseDecay implements LearningRates {
  private final LayerPlaces places;
  private final double decay;

  /**
   * Reads the layers of a model's parameters from their names.
   *
   * @param decay in (0, 1]
   */
  public LayerwiseDecay(Model model, double decay) {
    if (!(decay > 0 && decay <= 1)) {
      throw new IllegalArgumentException("layer-wise decay: must be in (0, 1], got " + decay);
    }
    places = new LayerPlaces(model);
    this.decay = decay;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if it is not of the model
   */
  @Override
  public double factor(Parameter parameter) {
    LayerPlaces.Place place = places.of(parameter);
    return Math.pow(decay, place.numLayers() - place.layer());
  }
}
