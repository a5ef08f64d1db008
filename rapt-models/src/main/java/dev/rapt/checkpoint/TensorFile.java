package dev.rapt.checkpoint;

import dev.rapt.tensor.Shape;
import java.nio.file.Path;
import java.util.Set;

/** The tensors of one file, under the names of a Hugging Face checkpoint. */
public interface TensorFile {
  /** Returns the file. */
  Path path();

  /** Returns the names of the tensors, in the order of the file. */
  Set<String> names();

  /** Returns the type in which a tensor is stored. */
  StoredType type(String name);

  /** Returns the shape of a tensor. */
  Shape shape(String name);

  /** Returns the size of a tensor in bytes. */
  long byteSize(String name);

  /**
   * Returns the tensor of this name.
   *
   * @throws CheckpointException if the file does not hold it, or holds it in a type that no model
   *     reads
   */
  TensorEntry entry(String name);

  /** Returns whether a model that leaves this tensor out would compute something else. */
  default boolean mustBeUsed(String name) {
    return false;
  }
}
