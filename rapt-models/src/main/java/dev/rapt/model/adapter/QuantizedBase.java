package dev.rapt.model.adapter;

import dev.rapt.model.Model;
import dev.rapt.nn.Parameter;

/**
 * The base model of QLoRA (arXiv:2305.14314): the weights of its linear layers are quantised to NF4
 * with double quantisation, those of embeddings, head and norms stay as they are. Products unpack
 * them in panels, and only the adapter is trained.
 */
public final class QuantizedBase {
  private QuantizedBase() {}

  /**
   * Quantises a model that was loaded for inference, weight by weight: those in a mapped file are
   * read once and need no other memory. Weights that are quantised already stay so.
   */
  public static void quantize(Model model) {
    for (Parameter parameter : model.hiddenMatrices()) {
      if (parameter.acceptsUpdates() && parameter.packed() == null) {
        parameter.quantize();
      }
    }
  }
}
