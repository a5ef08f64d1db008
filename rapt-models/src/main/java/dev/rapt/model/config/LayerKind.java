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
 * Kind of an attention layer: sliding-window or full, with its RoPE. Decoders may mix both kinds.
 *
 * @param window sliding window in keys, the query's own included; 0 for full attention
 * @param rope the layer's RoPE, or null for none (NoPE)
 */
public record LayerKind(int window, @Nullable RopeConfig rope) {
  private static final String SLIDING = "sliding_attention";
  private static final String FULL = "full_attention";

  /** Returns full attention with this RoPE. */
  public static LayerKind full(@Nullable RopeConfig rope) {
    return new LayerKind(0, rope);
  }

  /** Returns a copy without RoPE. */
  public LayerKind withoutRope() {
    return new LayerKind(window, null);
  }

  /** Returns a list of layers that are all of one kind. */
  public static List<LayerKind> alike(int numLayers, LayerKind kind) {
    return Collections.nCopies(numLayers, kind);
  }

  /** Reads {@code sliding_window}, in keys; 0 for none. */
  public static int parseWindow(ConfigReader json) {
    return json.intOr("sliding_window", 0, 1, Integer.MAX_VALUE);
  }

  /**
   * Reads {@code sliding_window}, with a default for files without the key; null stands for no
   * window.
   */
  public static int parseWindow(ConfigReader json, int whereAbsent) {
    return json.json().has("sliding_window") ? parseWindow(json) : whereAbsent;
  }

  /**
   * Reads the kind of each layer from {@code layer_types}.
   *
   * @param slidesByDefault whether a layer has the window in files without the key
   * @param sliding kind of layers called {@value #SLIDING}
   * @param full kind of layers called {@value #FULL}
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
        throw json.error(
            "sliding_window", "must be set, since layer " + layer + " is a sliding-window layer");
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
