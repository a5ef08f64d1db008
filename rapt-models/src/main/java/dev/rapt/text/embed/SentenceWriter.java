package dev.rapt.text.embed;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.JsonFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes what a sentence-transformers folder holds beside the transformer and the weights of its
 * modules: modules.json, the configuration of each module, the settings of the transformer, prompts
 * and similarity.
 */
public final class SentenceWriter {
  private static final String MODULES = "modules.json";
  private static final String CONFIG = "config.json";
  private static final String SETTINGS = "config_sentence_transformers.json";

  /** The package of the modules that all releases read. */
  private static final String PACKAGE = "sentence_transformers.models.";

  private final Map<String, JsonNode> files = new LinkedHashMap<>();

  private SentenceWriter() {}

  /**
   * Prepares the files of a model that began with a folder. What the folder had is kept; the
   * transformer moves to the top. The folder is read now, and not needed later.
   *
   * @param hiddenSize width of the transformer, for a base without modules.json
   * @param maxTokens most tokens of a text, for a base without modules.json
   * @param normalizes whether vectors are scaled to length 1, for a base without modules.json
   * @param prompts prompts by name that the model was trained with, in addition to those of the
   *     base
   */
  public static SentenceWriter of(
      SentenceFolder base,
      int hiddenSize,
      int maxTokens,
      boolean normalizes,
      Map<String, String> prompts) {
    SentenceWriter writer = new SentenceWriter();
    if (base.hasModules()) {
      writer.keep(base.modules());
    } else {
      writer.describe(base, hiddenSize, maxTokens, normalizes);
    }
    writer.files.put(SETTINGS, settings(base, prompts));
    return writer;
  }

  private void keep(List<ModuleEntry> modules) {
    ModuleEntry transformer = modules.getFirst();
    ArrayNode list = (ArrayNode) JsonFiles.read(transformer.file()).deepCopy();
    ((ObjectNode) list.get(0)).put("path", "");
    files.put(MODULES, list);
    try (Stream<Path> all = Files.list(transformer.folder())) {
      for (Path file : all.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.startsWith("sentence_") && name.endsWith("_config.json")) {
          files.put(name, JsonFiles.read(file));
        }
      }
    } catch (IOException e) {
      throw AtomicFiles.failure(transformer.folder(), e);
    }
    for (ModuleEntry module : modules.subList(1, modules.size())) {
      module
          .optionalConfig()
          .ifPresent(json -> files.put(module.path() + "/" + CONFIG, json.json()));
    }
  }

  private void describe(SentenceFolder base, int hiddenSize, int maxTokens, boolean normalizes) {
    ArrayNode list = JsonMapper.shared().createArrayNode();
    add(list, "", "Transformer");
    add(list, "1_Pooling", "Pooling");
    if (normalizes) {
      add(list, "2_Normalize", "Normalize");
    }
    files.put(MODULES, list);
    files.put("1_Pooling/" + CONFIG, Pooling.describe(base.plainMode(), hiddenSize));
    files.put(
        "sentence_bert_config.json",
        JsonMapper.shared()
            .createObjectNode()
            .put("max_seq_length", maxTokens)
            .put("do_lower_case", false));
  }

  private static void add(ArrayNode list, String path, String kind) {
    int index = list.size();
    list.addObject()
        .put("idx", index)
        .put("name", Integer.toString(index))
        .put("path", path)
        .put("type", PACKAGE + kind);
  }

  private static JsonNode settings(SentenceFolder base, Map<String, String> prompts) {
    ObjectNode settings = (ObjectNode) base.settings().json().deepCopy();
    if (!settings.has("similarity_fn_name")) {
      settings.put("similarity_fn_name", base.similarity().label());
    }
    JsonNode present = settings.get("prompts");
    ObjectNode all = present instanceof ObjectNode object ? object : settings.putObject("prompts");
    prompts.forEach(all::put);
    return settings;
  }

  /** Writes the files into a folder. */
  public void writeTo(Path folder) throws IOException {
    for (Map.Entry<String, JsonNode> file : files.entrySet()) {
      Path path = folder.resolve(file.getKey());
      Files.createDirectories(Objects.requireNonNull(path.getParent()));
      JsonFiles.write(path, file.getValue());
    }
  }
}
