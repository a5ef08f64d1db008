package dev.rapt.text.embed;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * A module that modules.json names.
 *
 * @param file the modules.json, for errors
 * @param kind name of its class, without the package
 * @param folder the folder of its files
 */
record ModuleEntry(Path file, String kind, Path folder) {
  private static final String CONFIG = "config.json";

  /** Packages of the modules: releases 2 to 5, and those from 5.4 on, with or without the file. */
  private static final Pattern TYPE =
      Pattern.compile(
          "sentence_transformers\\.(?:models|(?:base|sentence_transformer|cross_encoder)\\.modules)"
              + "\\.(?:\\w+\\.)?(\\w+)");

  /**
   * Reads the modules of a folder in order.
   *
   * @throws CheckpointException if the file does not list modules, or a module is not one of
   *     sentence-transformers or lies outside the folder
   */
  static List<ModuleEntry> readAll(Path file) {
    JsonNode json = JsonFiles.read(file);
    if (!json.isArray() || json.isEmpty()) {
      throw new CheckpointException(file, "must hold a list of modules, got something else");
    }
    List<ModuleEntry> all = new ArrayList<>();
    for (JsonNode node : json.values()) {
      all.add(read(ConfigReader.of(file, node)));
    }
    return all;
  }

  private static ModuleEntry read(ConfigReader json) {
    String type = json.requireString("type");
    Matcher matcher = TYPE.matcher(type);
    if (!matcher.matches()) {
      throw json.error(
          "type",
          "must be a module of sentence-transformers, got %s, which is other code".formatted(type));
    }
    return new ModuleEntry(json.path(), matcher.group(1), folder(json));
  }

  private static Path folder(ConfigReader json) {
    Path root = Objects.requireNonNull(json.path().toAbsolutePath().normalize().getParent());
    String path = json.stringOr("path", "");
    try {
      Path folder = root.resolve(path).normalize();
      if (folder.startsWith(root)) {
        return folder;
      }
    } catch (InvalidPathException e) {
      // reported below
    }
    throw json.error("path", "must be a folder beside modules.json, got " + path);
  }

  /** Returns the path of the folder from that of modules.json; empty if it is the same. */
  String path() {
    Path root = Objects.requireNonNull(file.toAbsolutePath().normalize().getParent());
    return root.relativize(folder).toString().replace('\\', '/');
  }

  /** Returns an error that refuses this module. */
  CheckpointException refused(String reason) {
    return new CheckpointException(file, "%s: %s".formatted(kind, reason));
  }

  /**
   * Reads the module's config.json.
   *
   * @throws CheckpointException if it is missing, as in a folder that was copied in part
   */
  ConfigReader config() {
    return optionalConfig()
        .orElseThrow(() ->
            refused(
                "must have a config.json in its folder %s, got none; pull or copy the whole model"
                    .formatted(folder.getFileName())));
  }

  /** Reads the module's config.json; empty where there is none, as for early Normalize modules. */
  Optional<ConfigReader> optionalConfig() {
    Path config = folder.resolve(CONFIG);
    return Files.exists(config) ? Optional.of(ConfigReader.of(config)) : Optional.empty();
  }
}
