package dev.rapt.text.embed;

import dev.rapt.checkpoint.JsonFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
 * and similarity. What the folder of the model had is kept; the transformer moves to the top.
 *
 * @param base folder that the model began with
 * @param hiddenSize width of the transformer, for a base without modules.json
 * @param maxTokens most tokens of a text, for a base without modules.json
 * @param normalizes whether vectors are scaled to length 1, for a base without modules.json
 * @param prompts prompts by name that the model was trained with, in addition to those of the base
 */
public record SentenceWriter(
    SentenceFolder base,
    int hiddenSize,
    int maxTokens,
    boolean normalizes,
    Map<String, String> prompts) {
  private static final String CONFIG = "config.json";
  private static final String SETTINGS = "config_sentence_transformers.json";

  /** The package of the modules that all releases read. */
  private static final String PACKAGE = "sentence_transformers.models.";

  /** Copies the prompts. */
  public SentenceWriter {
    prompts = Map.copyOf(prompts);
  }

  /** Writes the files into a folder. */
  public void writeTo(Path folder) throws IOException {
    if (base.hasModules()) {
      writeKept(folder);
    } else {
      writePlain(folder);
    }
    writeSettings(folder);
  }

  private void writeKept(Path folder) throws IOException {
    List<ModuleEntry> modules = base.modules();
    ArrayNode list = (ArrayNode) JsonFiles.read(modules.getFirst().file()).deepCopy();
    ((ObjectNode) list.get(0)).put("path", "");
    JsonFiles.write(folder.resolve("modules.json"), list);
    try (Stream<Path> files = Files.list(modules.getFirst().folder())) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.startsWith("sentence_") && name.endsWith("_config.json")) {
          copy(file, folder.resolve(name));
        }
      }
    }
    for (ModuleEntry module : modules.subList(1, modules.size())) {
      if (module.optionalConfig().isPresent()) {
        copy(module.folder().resolve(CONFIG), folder.resolve(module.path()).resolve(CONFIG));
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(Objects.requireNonNull(to.getParent()));
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }

  private void writePlain(Path folder) throws IOException {
    ArrayNode list = JsonMapper.shared().createArrayNode();
    add(list, "", "Transformer");
    add(list, "1_Pooling", "Pooling");
    if (normalizes) {
      add(list, "2_Normalize", "Normalize");
    }
    JsonFiles.write(folder.resolve("modules.json"), list);
    Files.createDirectories(folder.resolve("1_Pooling"));
    JsonFiles.write(
        folder.resolve("1_Pooling").resolve(CONFIG),
        Pooling.describe(base.plainMode(), hiddenSize));
    ObjectNode settings = JsonMapper.shared().createObjectNode();
    settings.put("max_seq_length", maxTokens).put("do_lower_case", false);
    JsonFiles.write(folder.resolve("sentence_bert_config.json"), settings);
  }

  private static void add(ArrayNode list, String path, String kind) {
    int index = list.size();
    list.addObject()
        .put("idx", index)
        .put("name", Integer.toString(index))
        .put("path", path)
        .put("type", PACKAGE + kind);
  }

  private void writeSettings(Path folder) {
    ObjectNode settings = (ObjectNode) base.settings().json().deepCopy();
    if (!settings.has("similarity_fn_name")) {
      settings.put("similarity_fn_name", base.similarity().label());
    }
    JsonNode present = settings.get("prompts");
    ObjectNode all =
        present instanceof ObjectNode object ? object : settings.putObject("prompts");
    prompts.forEach(all::put);
    JsonFiles.write(folder.resolve(SETTINGS), settings);
  }
}
