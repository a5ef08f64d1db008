package dev.rapt.train.shape;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.EncoderPreset;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.Seq2SeqPreset;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Shapes of models by name: the presets of training, {@link Preset}, {@link EncoderPreset} and
 * {@link Seq2SeqPreset}, and releases that no preset describes, with the keys of their config.json.
 *
 * @param name that users type
 * @param config config.json without element type and special tokens
 */
public record NamedShape(String name, ObjectNode config) {
  /** One release in a line. */
  private static final String RELEASES = "releases.jsonl";

  /** Returns all names: those of releases, then those of presets. */
  public static List<String> names() {
    List<String> names = new ArrayList<>(releases().keySet());
    for (Preset preset : Preset.values()) {
      names.add(preset.label());
    }
    for (EncoderPreset preset : EncoderPreset.values()) {
      names.add(preset.label());
    }
    for (Seq2SeqPreset preset : Seq2SeqPreset.values()) {
      names.add(preset.label());
    }
    return names;
  }

  /**
   * Returns the shape of this name, in upper or lower case.
   *
   * @throws IllegalArgumentException if there is none; the message lists all names
   */
  public static NamedShape of(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    JsonNode release = releases().get(lower);
    return release == null ? preset(lower) : new NamedShape(lower, release.asObject());
  }

  private static NamedShape preset(String name) {
    for (Preset preset : Preset.values()) {
      if (preset.label().equals(name)) {
        return new NamedShape(
            name, ModelWriter.describe(preset.shape().config(preset.vocabSize())));
      }
    }
    for (EncoderPreset preset : EncoderPreset.values()) {
      if (preset.label().equals(name)) {
        return new NamedShape(name, ModelWriter.describe(preset.config(preset.vocabSize())));
      }
    }
    for (Seq2SeqPreset preset : Seq2SeqPreset.values()) {
      if (preset.label().equals(name)) {
        return new NamedShape(name, ModelWriter.describe(preset.config(preset.vocabSize())));
      }
    }
    throw new IllegalArgumentException(
        "shape: must be one of %s, got %s".formatted(String.join(", ", names()), name));
  }

  /**
   * Returns the shape of a config.json.
   *
   * @param file the configuration, or the folder that holds it
   * @throws CheckpointException if there is none
   */
  public static NamedShape of(Path file, boolean isFolder) {
    Path config = isFolder ? file.resolve("config.json") : file;
    Path folder = Objects.requireNonNull(config.toAbsolutePath().normalize().getParent());
    ObjectNode json = ConfigReader.of(config).json().asObject().deepCopy();
    json.remove("quantization_config"); // random weights are not quantised
    return new NamedShape(String.valueOf(folder.getFileName()), json);
  }

  private static Map<String, JsonNode> releases() {
    try (InputStream in = Objects.requireNonNull(NamedShape.class.getResourceAsStream(RELEASES))) {
      Map<String, JsonNode> releases = new LinkedHashMap<>();
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(JsonMapper.shared()::readTree)
          .forEach(line -> releases.put(line.get("shape").stringValue(), line.get("config")));
      return releases;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
