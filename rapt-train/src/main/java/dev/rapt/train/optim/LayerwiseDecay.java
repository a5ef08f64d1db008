package dev.rapt.train.optim;

import dev.rapt.model.Model;
import dev.rapt.nn.Parameter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Layer-wise decay of the learning rate, for fine-tuning: in a stack of L layers, layer i of 0 to L
 * - 1 has the factor decay^(L - i), what lies below the layers (embeddings and their norm) decay^(L
 * + 1), and what lies above them (the last norm and the head) 1. Each stack of an encoder-decoder
 * counts its own layers; L of the taller one holds for what lies below. ULMFiT, arXiv:1801.06146,
 * section 3.2; ELECTRA, arXiv:2003.10555, appendix B, whose code has one more power of the decay in
 * all factors but the head's.
 */
public final class LayerwiseDecay implements LearningRates {
  private static final Pattern LAYER =
      Pattern.compile("^((?:.*?\\.)??)((?:\\w*_)?(?:layers?|h|blocks?|layer_groups))\\.(\\d+)\\.");

  private final Map<Parameter, Double> factors = new HashMap<>();

  /**
   * The layer of a parameter: {@code bert.encoder.layer.3.output.dense.weight} is of layer 3 of
   * {@code layer} in {@code bert.encoder.}.
   */
  private record Place(String parent, int layer) {
    static @Nullable Place of(Parameter parameter) {
      Matcher matcher = LAYER.matcher(parameter.name());
      return matcher.find()
          ? new Place(matcher.group(1), Integer.parseInt(matcher.group(3)))
          : null;
    }
  }

  /**
   * Reads the layers of a model's parameters from their names.
   *
   * @param decay in (0, 1]
   */
  public LayerwiseDecay(Model model, double decay) {
    if (!(decay > 0 && decay <= 1)) {
      throw new IllegalArgumentException("layer-wise decay: must be in (0, 1], got " + decay);
    }
    Map<String, Integer> heights = new HashMap<>(); // of the stacks, by their parents
    for (Parameter parameter : model.parameters()) {
      Place place = Place.of(parameter);
      if (place != null) {
        heights.merge(place.parent(), place.layer() + 1, Math::max);
      }
    }
    int tallest = heights.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    Set<String> begun = new HashSet<>();
    for (Parameter parameter : model.parameters()) {
      Place place = Place.of(parameter);
      int layersAbove = 0;
      if (place != null) {
        begun.add(place.parent());
        layersAbove = heights.getOrDefault(place.parent(), 0) - place.layer();
      } else if (model.embeddings().contains(parameter)
          || isBelow(parameter, heights.keySet(), begun)) {
        layersAbove = tallest + 1;
      }
      factors.put(parameter, Math.pow(decay, layersAbove));
    }
  }

  /**
   * Whether a parameter outside the layers comes before them: models add their parameters in the
   * order of the forward pass.
   */
  private static boolean isBelow(Parameter parameter, Set<String> stacks, Set<String> begun) {
    return stacks.stream()
        .filter(parent -> parameter.name().startsWith(parent))
        .findFirst()
        .map(parent -> !begun.contains(parent))
        .orElse(begun.isEmpty());
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if it is not of the model
   */
  @Override
  public double factor(Parameter parameter) {
    Double factor = factors.get(parameter);
    if (factor == null) {
      throw new IllegalArgumentException(
          "layer-wise decay: must be a parameter of the model, got " + parameter.name());
    }
    return factor;
  }
}
