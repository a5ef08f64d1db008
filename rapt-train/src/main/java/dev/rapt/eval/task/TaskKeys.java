package dev.rapt.eval.task;

import dev.rapt.model.load.SimilarNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The keys of a mapping. Keys that nobody reads are refused by name. */
final class TaskKeys {
  private final YamlNode owner;
  private final Map<String, YamlNode> fields;
  private final Set<String> known = new TreeSet<>();

  private TaskKeys(YamlNode owner, Map<String, YamlNode> fields) {
    this.owner = owner;
    this.fields = fields;
  }

  /** The keys of a mapping inside a file. */
  static TaskKeys of(YamlNode mapping) {
    return new TaskKeys(mapping, mapping.fields());
  }

  /** The keys of a task file; those of the files that it includes have the lower rank. */
  static TaskKeys read(Path file) throws IOException {
    YamlNode root = YamlNode.read(file);
    return new TaskKeys(root, merged(root, new HashSet<>()));
  }

  private static Map<String, YamlNode> merged(YamlNode root, Set<Path> seen) throws IOException {
    Path path = root.file().toAbsolutePath().normalize();
    if (!seen.add(path)) {
      throw new TaskException(root.file(), "include: must not lead back to this file, got a cycle");
    }
    Map<String, YamlNode> own = new LinkedHashMap<>(root.fields());
    YamlNode include = own.remove("include");
    Map<String, YamlNode> fields = new LinkedHashMap<>();
    if (include != null) {
      for (YamlNode name : include.elements()) {
        fields.putAll(merged(YamlNode.read(path.resolveSibling(name.text())), seen));
      }
    }
    fields.putAll(own);
    return fields;
  }

  /** Returns these keys with some of them changed. */
  TaskKeys with(Map<String, YamlNode> changes) {
    Map<String, YamlNode> changed = new LinkedHashMap<>(fields);
    changed.putAll(changes);
    return new TaskKeys(owner, changed);
  }

  Path file() {
    return owner.file();
  }

  /** Returns the value of a key, unless it is null. */
  Optional<YamlNode> find(String key) {
    known.add(key);
    return Optional.ofNullable(fields.get(key)).filter(node -> !node.isNull());
  }

  /** Returns the value of a key. */
  YamlNode require(String key) {
    return find(key).orElseThrow(() -> missing(key));
  }

  private TaskException missing(String key) {
    return SimilarNames.to(key, fields.keySet()).stream()
        .filter(name -> !known.contains(name) && Math.abs(name.length() - key.length()) <= 1)
        .map(name ->
            Objects.requireNonNull(fields.get(name))
                .error("must be one of the known keys; did you mean %s?".formatted(key)))
        .findFirst()
        .orElseGet(() -> error(key + ": must be given, got none"));
  }

  /** Returns the version in the metadata; empty if there is none. */
  String version() {
    return find("metadata")
        .filter(YamlNode::isMap)
        .map(node -> node.fields().get("version"))
        .map(node -> String.valueOf(node.value()))
        .orElse("");
  }

  String textOr(String key, String otherwise) {
    return find(key).map(YamlNode::text).orElse(otherwise);
  }

  boolean flagOr(String key, boolean otherwise) {
    return find(key).map(YamlNode::flag).orElse(otherwise);
  }

  /** Marks keys as known that change no number. */
  void ignore(String... keys) {
    known.addAll(List.of(keys));
  }

  /** Refuses the keys that were not asked for. */
  void refuseOthers() {
    for (Map.Entry<String, YamlNode> field : fields.entrySet()) {
      if (!known.contains(field.getKey()) && !field.getValue().isNull()) {
        List<String> similar = SimilarNames.to(field.getKey(), known);
        throw field
            .getValue()
            .error(
                "must be one of the known keys, got an unknown one; "
                    + (similar.isEmpty()
                        ? "known are " + String.join(", ", known)
                        : "did you mean " + similar.getFirst() + "?"));
      }
    }
  }

  TaskException error(String message) {
    String prefix = owner.key().isEmpty() ? "" : owner.key() + ".";
    return new TaskException(owner.file(), owner.line(), prefix + message);
  }
}
