package dev.rapt.model.config;

import dev.rapt.checkpoint.ConfigReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What attention in one layer sees, and how it tells positions. Decoders mix layers of two kinds:
 * some see a window, the others everything.
 *
 * @param window keys that a query looks back over, itself included; 0 for all
 * @param rope the rotation, or null where positions are told by nothing but the mask
 */
public record LayerKind(int window, @Nullable RopeConfig rope) {
  private static final String SLIDING = "sliding_attention";
  private static final String FULL = "full_attention";

  /** Sees all keys. */
  public static LayerKind full(@Nullable RopeConfig rope) {
    return new LayerKind(0, rope);
  }

  /** The same without rotation. */
  public LayerKind withoutRope() {
    return new LayerKind(window, null);
  }

  /** Layers of one kind. */
  public static List<LayerKind> alike(int numLayers, LayerKind kind) {
    return Collections.nCopies(numLayers, kind);
  }

  /** The keys under {@code sliding_window}; 0 where there is no window. */
  public static int parseWindow(ConfigReader json) {
    return json.intOr("sliding_window", 0, 1, Integer.MAX_VALUE);
  }

  /** The same where a file that says nothing has a window, and null switches it off. */
  public static int parseWindow(ConfigReader json, int whereAbsent) {
    return json.json().has("sliding_window") ? parseWindow(json) : whereAbsent;
  }

  /**
   * The kind of each layer, by {@code layer_types}.
   *
   * @param slidesByDefault whether a layer has the window when the file does not say
   * @param sliding what {@value #SLIDING} is
   * @param full what {@value #FULL} is
   */
  public static List<LayerKind> parse(
      ConfigReader json,
      int numLayers,
      IntPredicate slidesByDefault,
      LayerKind sliding,
      LayerKind full) {
    List<String> types = json.strings("layer_types");
    if (!types.isEmpty() && types.size() < numLayers) {
      throw json.error(
          "layer_types", "must name %d layers, got %d".formatted(numLayers, types.size()));
    }
    List<LayerKind> kinds = new ArrayList<>();
    for (int layer = 0; layer < numLayers; layer++) {
      boolean slides =
          types.isEmpty() ? slidesByDefault.test(layer) : isSliding(json, types.get(layer));
      if (slides && sliding.window == 0) {
        throw json.error("sliding_window", "must be set, since layer " + layer + " has a window");
      }
      kinds.add(slides ? sliding : full);
    }
    return List.copyOf(kinds);
  }

  /** Writes {@code sliding_window} and, where layers differ, {@code layer_types}. */
  public static void write(ObjectNode json, List<LayerKind> kinds) {
    int window = kinds.stream().mapToInt(LayerKind::window).max().orElse(0);
    json.put("sliding_window", window);
    if (kinds.stream().anyMatch(kind -> kind.window != window)) {
      ArrayNode types = json.putArray("layer_types");
      kinds.forEach(kind -> types.add(kind.window == 0 ? FULL : SLIDING));
    }
  }

  private static boolean isSliding(ConfigReader json, String type) {
    return switch (type) {
      case SLIDING -> true;
      case FULL -> false;
      default ->
          throw json.error(
              "layer_types", "must hold %s and %s, got %s".formatted(SLIDING, FULL, type));
    };
  }
}
