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
 * Where the parameters of a model are, read from their names: {@code
 * bert.encoder.layer.3.output.dense.weight} is of layer 3. Each stack of an encoder-decoder counts
 * its own layers.
 */
final class LayerPlaces {
  private static final Pattern LAYER =
      Pattern.compile("^((?:.*?\\.)??)((?:\\w*_)?(?:layers?|h|blocks?|layer_groups))\\.(\\d+)\\.");

  private final Map<Parameter, Place> places = new HashMap<>();
  private final int tallest;

  /**
   * The place of a parameter.
   *
   * @param layer index of its layer; -1 below the layers (embeddings and their norm), the number of
   *     layers above them (the last norm and the head)
   * @param numLayers layers of its stack; of the tallest stack, if it is in none
   */
  record Place(int layer, int numLayers) {}

  /** A layer of the stack of layers with this parent, {@code bert.encoder.}. */
  private record Layer(String parent, int index) {
    static @Nullable Layer of(Parameter parameter) {
      Matcher matcher = LAYER.matcher(parameter.name());
      return matcher.find()
          ? new Layer(matcher.group(1), Integer.parseInt(matcher.group(3)))
          : null;
    }
  }

  LayerPlaces(Model model) {
    Map<String, Integer> heights = new HashMap<>(); // of the stacks, by their parents
    for (Parameter parameter : model.parameters()) {
      Layer layer = Layer.of(parameter);
      if (layer != null) {
        heights.merge(layer.parent(), layer.index() + 1, Math::max);
      }
    }
    tallest = heights.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    Set<String> begun = new HashSet<>();
    for (Parameter parameter : model.parameters()) {
      Layer layer = Layer.of(parameter);
      if (layer != null) {
        begun.add(layer.parent());
        int height = heights.getOrDefault(layer.parent(), 0);
        places.put(parameter, new Place(layer.index(), height));
      } else {
        boolean isBelow =
            model.embeddings().contains(parameter) || isBelow(parameter, heights.keySet(), begun);
        places.put(parameter, new Place(isBelow ? -1 : tallest, tallest));
      }
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

  /** Returns the number of layers of the tallest stack. */
  int tallest() {
    return tallest;
  }

  /**
   * Returns the place of a parameter.
   *
   * @throws IllegalArgumentException if it is not of the model
   */
  Place of(Parameter parameter) {
    Place place = places.get(parameter);
    if (place == null) {
      throw new IllegalArgumentException(
          "learning rates: must be for a parameter of the model, got " + parameter.name());
    }
    return place;
  }
}
