package dev.rapt.onnx;

import dev.rapt.checkpoint.CheckpointException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A memory-mapped ONNX file: its nodes, and constants that are views of the mapping. The format is
 * ModelProto in onnx.proto of github.com/onnx/onnx, in protobuf's wire format. Immutable.
 *
 * @apiNote The file must not be changed or truncated while it is mapped.
 */
public final class OnnxFile {
  private static final String SCOPES = "pkg.torch.onnx.name_scopes";

  private final Path path;
  private final TensorParser tensors;
  private final Map<String, OnnxTensor> constants = new LinkedHashMap<>();
  private final List<OnnxNode> nodes = new ArrayList<>();
  private final Map<String, Long> operatorSets = new LinkedHashMap<>();
  private String producer = "";
  private boolean hasGraph;

  private OnnxFile(Path path, Arena arena) {
    this.path = path;
    tensors = new TensorParser(path, arena);
  }

  /**
   * Maps a file for reading.
   *
   * @param arena owner of the mapping; all constants of the file are valid until it is closed
   * @throws CheckpointException if the file is missing or damaged
   */
  public static OnnxFile map(Path path, Arena arena) {
    OnnxFile file = new OnnxFile(path, arena);
    file.readModel(new ProtoReader(path, bytes(path, arena)));
    return file;
  }

  static MemorySegment bytes(Path path, Arena arena) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(path, null, "not found: " + path.toAbsolutePath(), e);
    } catch (IOException e) {
      throw new CheckpointException(path, null, "cannot be read: " + e.getMessage(), e);
    }
  }

  private void readModel(ProtoReader in) {
    String name = "";
    String version = "";
    while (in.next()) {
      switch (in.field()) {
        case 2 -> name = in.text();
        case 3 -> version = in.text();
        case 7 -> readGraph(in.message());
        case 8 -> readOperatorSet(in.message());
        default -> in.skip();
      }
    }
    producer = (name + " " + version).strip();
    if (!hasGraph) {
      throw new CheckpointException(path, "must hold a graph, got none; this is no ONNX model");
    }
  }

  private void readOperatorSet(ProtoReader in) {
    String domain = "";
    long version = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> domain = in.text();
        case 2 -> version = in.integer();
        default -> in.skip();
      }
    }
    operatorSets.put(domain.isEmpty() ? "ai.onnx" : domain, version);
  }

  private void readGraph(ProtoReader in) {
    hasGraph = true;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> add(node(in.message()));
        case 5 -> add(tensors.parse(in.message()));
        case 15 ->
            throw new CheckpointException(
                path, "weights must be dense, got a sparse one; export the model without");
        default -> in.skip();
      }
    }
  }

  private void add(OnnxTensor tensor) {
    if (constants.put(tensor.name(), tensor) != null) {
      throw new CheckpointException(
          path, tensor.name(), "must be there once, but it is there twice");
    }
  }

  /** Adds a node, or the value of one that is a constant. */
  private void add(OnnxNode node) {
    OnnxTensor value = node.operator().equals("Constant") ? value(node) : null;
    if (value == null || node.outputs().isEmpty()) {
      nodes.add(node);
    } else {
      add(new OnnxTensor(node.outputs().getFirst(), value.type(), value.shape(), value.data()));
    }
  }

  private static @Nullable OnnxTensor value(OnnxNode node) {
    OnnxNode.Attribute value = node.attributes().get("value");
    return value == null ? null : value.tensor();
  }

  private OnnxNode node(ProtoReader in) {
    String name = "";
    String operator = "";
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    Map<String, OnnxNode.Attribute> attributes = new HashMap<>();
    Map<String, String> metadata = new HashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> inputs.add(in.text());
        case 2 -> outputs.add(in.text());
        case 3 -> name = in.text();
        case 4 -> operator = in.text();
        case 5 -> readAttribute(in.message(), attributes);
        case 9 -> TensorParser.addPair(in.message(), metadata);
        default -> in.skip();
      }
    }
    return new OnnxNode(
        name, operator, metadata.getOrDefault(SCOPES, ""), inputs, outputs, attributes);
  }

  private void readAttribute(ProtoReader in, Map<String, OnnxNode.Attribute> attributes) {
    String name = "";
    float number = 0;
    long integer = 0;
    String text = "";
    List<Long> integers = new ArrayList<>();
    OnnxTensor tensor = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> name = in.text();
        case 2 -> number = in.float32();
        case 3 -> integer = in.integer();
        case 4 ->
            text = new String(in.bytes().toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        case 5 -> tensor = tensors.parse(in.message());
        case 8 -> in.integers(integers::add);
        default -> in.skip();
      }
    }
    attributes.put(
        name, new OnnxNode.Attribute(integer, number, text, List.copyOf(integers), tensor));
  }

  /** Returns the file. */
  public Path path() {
    return path;
  }

  /** Returns the program that wrote the file, with its version: {@code pytorch 2.0.1}. */
  public String producer() {
    return producer;
  }

  /** Returns the versions of the operator sets that the graph uses, by domain. */
  public Map<String, Long> operatorSets() {
    return Collections.unmodifiableMap(operatorSets);
  }

  /**
   * Returns the initialisers and the values of Constant nodes by name, in the order of the file.
   */
  public Map<String, OnnxTensor> constants() {
    return Collections.unmodifiableMap(constants);
  }

  /** Returns the nodes in the order in which they compute, without those that are constants. */
  public List<OnnxNode> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  /** Returns a constant with one element, as a number; NaN if there is none of this name. */
  double scalar(String name) {
    OnnxTensor constant = constants.get(name);
    if (constant == null || constant.shape().numElements() != 1) {
      return Double.NaN;
    }
    return constant.type().dtype().isPresent() ? constant.element(0) : Double.NaN;
  }
}
