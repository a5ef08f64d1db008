package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.StoredType;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.TensorFile;
import dev.rapt.gguf.GgufFile;
import dev.rapt.gguf.GgufTensor;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.Shape;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The tensors of a GGUF file under the names and in the shapes of the Hugging Face release of the
 * model. Those of single elements are entries of a checkpoint; those in block formats are {@link
 * #packed} weights.
 */
public final class ReleaseTensors implements TensorFile {
  private final GgufFile file;
  private final Arena arena;
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final Set<String> plain = new LinkedHashSet<>();

  /**
   * Finds the tensors of a file.
   *
   * @param arena owner of the mapping and of copies
   * @throws CheckpointException if the file has a tensor that the architecture does not have
   */
  ReleaseTensors(GgufFile file, Architecture architecture, Arena arena) {
    this.file = file;
    this.arena = arena;
    for (GgufTensor tensor : file.tensors().values()) {
      if (!Architecture.IS_SETTING.test(tensor.name())) {
        add(tensor, match(tensor, architecture), architecture);
      }
    }
    for (StoredTensor stored : tensors.values()) {
      if (stored.isHalf()) {
        throw new CheckpointException(
            file.path(),
            stored.parts().getFirst().name(),
            "must have its counterpart, gate or up, but that is missing");
      }
      if (!stored.isPacked()) {
        plain.add(stored.name());
      }
    }
  }

  private TensorNames.Match match(GgufTensor tensor, Architecture architecture) {
    return architecture
        .names(file)
        .find(tensor.name())
        .orElseThrow(() ->
            new CheckpointException(
                file.path(),
                tensor.name(),
                "must be a tensor of the architecture %s, but that has none of this name"
                    .formatted(architecture.name())));
  }

  private void add(GgufTensor tensor, TensorNames.Match match, Architecture architecture) {
    TensorLayout layout = match.rule().layout();
    if (match.rule().isExperts()) {
      for (int expert = 0; expert < tensor.shape().dim(0); expert++) {
        put(match.release(expert), tensor.slice(expert), layout, 0);
      }
      return;
    }
    int heads =
        switch (layout) {
          case QUERIES -> architecture.heads(file.metadata(), "attention.head_count");
          case KEYS -> architecture.heads(file.metadata(), "attention.head_count_kv");
          default -> 0;
        };
    if (heads > 0 && tensor.shape().dim(0) % (2L * heads) != 0) {
      throw new CheckpointException(
          file.path(),
          tensor.name(),
          "rows must be of %d heads of even width, got %s".formatted(heads, tensor.shape()));
    }
    put(match.release(0), tensor, layout, heads);
  }

  private void put(String name, GgufTensor tensor, TensorLayout layout, int heads) {
    StoredTensor present = tensors.get(name);
    StoredTensor added = new StoredTensor(name, List.of(tensor), layout, heads);
    if (present == null) {
      tensors.put(name, added);
      return;
    }
    GgufTensor other = present.parts().getFirst();
    boolean isPair =
        (layout == TensorLayout.EVEN || layout == TensorLayout.ODD)
            && present.layout() != layout
            && other.shape().equals(tensor.shape())
            && other.type() == tensor.type();
    if (!isPair) {
      throw new CheckpointException(
          file.path(), tensor.name(), "must not stand for the same weight as " + other.name());
    }
    List<GgufTensor> parts =
        layout == TensorLayout.EVEN ? List.of(tensor, other) : List.of(other, tensor);
    tensors.put(name, new StoredTensor(name, parts, TensorLayout.EVEN, 0));
  }

  /** Returns the names of all tensors, also of those in block formats. */
  public Set<String> allNames() {
    return tensors.keySet();
  }

  /**
   * Returns a weight in a block format, over the mapped file; empty if there is none of this name.
   */
  public Optional<PackedWeight> packed(String name) {
    return Optional.ofNullable(tensors.get(name))
        .filter(StoredTensor::isPacked)
        .map(StoredTensor::packed);
  }

  /** Returns whether there is a weight in a block format of this name. */
  public boolean isPacked(String name) {
    StoredTensor tensor = tensors.get(name);
    return tensor != null && tensor.isPacked();
  }

  @Override
  public Path path() {
    return file.path();
  }

  /** Returns the names of the tensors of single elements. */
  @Override
  public Set<String> names() {
    return plain;
  }

  @Override
  public StoredType type(String name) {
    return StoredType.valueOf(require(name).parts().getFirst().type().dtype().orElseThrow().name());
  }

  @Override
  public Shape shape(String name) {
    return require(name).shape();
  }

  @Override
  public long byteSize(String name) {
    return require(name).parts().stream().mapToLong(part -> part.data().byteSize()).sum();
  }

  @Override
  public TensorEntry entry(String name) {
    return require(name).entry(arena);
  }

  private StoredTensor require(String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new CheckpointException(file.path(), name, "is missing");
    }
    return tensor;
  }
}
