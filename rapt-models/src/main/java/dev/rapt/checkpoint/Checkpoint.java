package dev.rapt.checkpoint;

import dev.rapt.tensor.Shape;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The weights of a folder in the Hugging Face layout, {@code model.safetensors} or the shards
 * listed in {@code model.safetensors.index.json}, or of a file of another format. Memory-mapped and
 * thread-safe.
 *
 * <p>A checkpoint owns its mappings: tensors are valid until {@link #close}.
 */
public final class Checkpoint implements AutoCloseable {
  /** File name of weights that are not sharded. */
  public static final String SINGLE_FILE = "model.safetensors";

  /** File name of the index, which maps tensors to shards. */
  public static final String INDEX_FILE = "model.safetensors.index.json";

  private static final List<String> PICKLED =
      List.of("pytorch_model.bin", "pytorch_model.bin.index.json");

  private final Path source;
  private final Arena arena;
  private final Map<String, TensorFile> fileOf = new LinkedHashMap<>();

  private Checkpoint(Path source, Arena arena) {
    this.source = source;
    this.arena = arena;
  }

  /**
   * Opens a folder or a single safetensors file.
   *
   * @throws CheckpointException if there are no weights, a shard is missing or damaged, or the
   *     index names a file outside the folder or a tensor that its shard does not hold
   */
  @SuppressWarnings("MustBeClosedChecker") // the checkpoint closes it
  public static Checkpoint open(Path path) {
    Checkpoint checkpoint = new Checkpoint(path, Arena.ofShared());
    try {
      if (Files.isDirectory(path)) {
        checkpoint.addFolder(path);
      } else {
        checkpoint.addFile(path);
      }
      return checkpoint;
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  /**
   * Opens a file of another format.
   *
   * @param map maps the file into the arena that it is given
   * @throws CheckpointException if the file is missing or damaged
   */
  @SuppressWarnings("MustBeClosedChecker") // the checkpoint closes it
  public static Checkpoint of(Path path, Function<Arena, ? extends TensorFile> map) {
    Checkpoint checkpoint = new Checkpoint(path, Arena.ofShared());
    try {
      checkpoint.add(map.apply(checkpoint.arena));
      return checkpoint;
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  /** Returns whether a folder holds weights, in safetensors or in a form that is refused. */
  public static boolean isIn(Path folder) {
    return Stream.concat(Stream.of(SINGLE_FILE, INDEX_FILE), PICKLED.stream())
        .anyMatch(file -> Files.exists(folder.resolve(file)));
  }

  private void addFolder(Path folder) {
    Path index = folder.resolve(INDEX_FILE);
    if (Files.exists(folder.resolve(SINGLE_FILE))) {
      addFile(folder.resolve(SINGLE_FILE));
    } else if (Files.exists(index)) {
      addShards(index);
    } else {
      throw noWeights(folder);
    }
  }

  private static CheckpointException noWeights(Path folder) {
    for (String pickled : PICKLED) {
      if (Files.exists(folder.resolve(pickled))) {
        return new CheckpointException(
            folder,
            "weights must be in safetensors, got %s, a Python pickle, which can execute code when it is loaded; convert it in Python with AutoModel.from_pretrained(folder).save_pretrained(folder)"
                .formatted(pickled));
      }
    }
    return new CheckpointException(
        folder,
        "must hold %s or %s, got neither in %s; check that this is a model folder"
            .formatted(SINGLE_FILE, INDEX_FILE, folder.toAbsolutePath().normalize()));
  }

  private void addFile(Path path) {
    add(SafetensorsFile.map(path, arena));
  }

  private void add(TensorFile file) {
    file.names().forEach(name -> fileOf.put(name, file));
  }

  private void addShards(Path index) {
    JsonNode weightMap = ConfigReader.of(index).requireObject("weight_map").json();
    Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : weightMap.properties()) {
      String name = entry.getKey();
      if (!entry.getValue().isString()) {
        throw new CheckpointException(
            index, name, "must name a file, got " + JsonFiles.describe(entry.getValue()));
      }
      SafetensorsFile shard =
          shards.computeIfAbsent(
              entry.getValue().stringValue(), file -> openShard(index, name, file));
      if (!shard.names().contains(name)) {
        throw new CheckpointException(
            index,
            name,
            "must be in " + shard.path().getFileName() + ", but that file does not hold it");
      }
      fileOf.put(name, shard);
    }
  }

  /**
   * Opens a shard, which must be in the folder of the index; other paths are rejected before they
   * are accessed.
   */
  private SafetensorsFile openShard(Path index, String tensor, String file) {
    boolean isPlainName =
        !file.isEmpty()
            && !file.equals(".")
            && !file.equals("..")
            && file.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
    if (!isPlainName) {
      throw new CheckpointException(
          index, tensor, "must be in a file in the folder of the index, got \"" + file + "\"");
    }
    Path shard = index.resolveSibling(file);
    if (!Files.exists(shard)) {
      throw new CheckpointException(
          index, tensor, "must be in " + file + ", but the folder has no such file");
    }
    return SafetensorsFile.map(shard, arena);
  }

  /** Returns the folder or file that was opened. */
  public Path path() {
    return source;
  }

  /** Returns the names of all tensors. */
  public Set<String> names() {
    return Collections.unmodifiableSet(fileOf.keySet());
  }

  /** Returns whether there is a tensor of this name. */
  public boolean has(String name) {
    return fileOf.containsKey(name);
  }

  /**
   * Returns the tensor of this name.
   *
   * @throws CheckpointException if there is none, or if it has a type that no model reads
   */
  public TensorEntry entry(String name) {
    return holder(name).entry(name);
  }

  /** Returns the type in which a tensor is stored. */
  public StoredType type(String name) {
    return holder(name).type(name);
  }

  /** Returns the shape of a tensor. */
  public Shape shape(String name) {
    return holder(name).shape(name);
  }

  /** Returns whether a model that leaves this tensor out would compute something else. */
  boolean mustBeUsed(String name) {
    return holder(name).mustBeUsed(name);
  }

  private TensorFile holder(String name) {
    TensorFile file = fileOf.get(name);
    if (file == null) {
      throw new CheckpointException(file(name), name, "is missing");
    }
    return file;
  }

  /**
   * Returns the file to name in an error about this tensor: the file that holds it or, for a
   * missing tensor, the only file or the index.
   */
  public Path file(String name) {
    @Nullable TensorFile file = fileOf.get(name);
    if (file != null) {
      return file.path();
    }
    Set<Path> all = fileOf.values().stream().map(TensorFile::path).collect(Collectors.toSet());
    if (all.size() == 1) {
      return all.iterator().next();
    }
    return Files.isDirectory(source) ? source.resolve(INDEX_FILE) : source;
  }

  /** Returns the total size of all tensors, in bytes. */
  public long weightBytes() {
    return fileOf.keySet().stream().mapToLong(name -> holder(name).byteSize(name)).sum();
  }

  /** Unmaps the files; tensors must not be used afterwards. Closing again has no effect. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
