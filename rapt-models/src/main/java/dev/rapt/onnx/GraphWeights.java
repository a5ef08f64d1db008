package dev.rapt.onnx;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.StoredType;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.TensorFile;
import dev.rapt.onnx.GraphLinks.Use;
import dev.rapt.tensor.Shape;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The weights of an ONNX file under the names and in the shapes of a Hugging Face checkpoint.
 *
 * <p>PyTorch's exporters keep the names of parameters but for the matrices of linear layers, which
 * they transpose: their names follow from the nodes that read them, which state the module, or else
 * from the bias that is added to their product. Integers of ONNX Runtime's quantiser, {@code
 * x_quantized} with {@code x_scale} and {@code x_zero_point}, become the numbers that they stand
 * for.
 */
public final class GraphWeights implements TensorFile {
  private static final String QUANTIZED = "_quantized";
  private static final String SCALE = "_scale";
  private static final String ZERO_POINT = "_zero_point";

  /** Names of parameters: parts of letters, digits and _, of which there are two at least. */
  private static final Pattern PARAMETER = Pattern.compile("\\w[\\w-]*(?:\\.[\\w-]+)+");

  /** The modules in which sentence-transformers wraps a model. */
  private static final Pattern WRAPPERS =
      Pattern.compile("^(?:\\d+\\.)?auto_model\\.|^\\d+\\.model\\.");

  /** Layers that a model without a head, or with another one, leaves out. */
  private static final Pattern HEADS =
      Pattern.compile(
          "(?:\\w+\\.)?(?:pooler|classifier|pre_classifier|qa_outputs|cls|lm_head|vocab_transform"
              + "|vocab_layer_norm|vocab_projector|predictions|sop_classifier|head"
              + "|(?:discriminator|generator)_predictions|generator_lm_head)\\..*");

  /** Queries, keys and values by the end of the name of their attention. */
  private static final Map<String, List<String>> PROJECTIONS =
      Map.of(
          "attention.self", List.of("query", "key", "value"),
          "attention.attn", List.of("q", "k", "v"),
          "attention", List.of("q_lin", "k_lin", "v_lin"));

  private final OnnxFile file;
  private final Arena arena;
  private final GraphLinks links;
  private final Map<String, GraphWeight> weights = new LinkedHashMap<>();
  private final Map<String, TensorEntry> entries = new ConcurrentHashMap<>();

  /** Token embeddings under the name of the head to which they are tied. */
  private final List<GraphWeight> tied = new ArrayList<>();

  /**
   * Finds the weights of a file.
   *
   * @param arena owner of the mapping and of copies; it must admit all threads if entries are asked
   *     for
   * @throws CheckpointException if a constant is no single number and no weight with a name
   */
  public GraphWeights(OnnxFile file, Arena arena) {
    this.file = file;
    this.arena = arena;
    links = new GraphLinks(file);
    for (OnnxTensor constant : file.constants().values()) {
      if (isWeight(constant)) {
        add(constant);
      }
    }
    tied.forEach(weight -> weights.putIfAbsent(weight.name(), weight));
  }

  /** Returns whether a constant is a weight, rather than a number or a shape in a formula. */
  private boolean isWeight(OnnxTensor constant) {
    String name = constant.name();
    boolean isMany = constant.shape().numElements() > 1;
    if (constant.isByte()) {
      boolean isNamed = name.endsWith(QUANTIZED) || isPartOfQuantized(name);
      if (!isNamed && isMany && !links.uses(name).isEmpty()) {
        throw error(
            name,
            "must be named as ONNX Runtime's quantiser does, _quantized with _scale and"
                + " _zero_point, to be read as a weight of "
                + links.uses(name).getFirst().node().label());
      }
      return name.endsWith(QUANTIZED);
    }
    return constant.isFloat()
        && !isPartOfQuantized(name)
        && (isParameter(name) || (isMany && !links.uses(name).isEmpty()));
  }

  private boolean isPartOfQuantized(String name) {
    return List.of(SCALE, ZERO_POINT).stream()
        .filter(name::endsWith)
        .anyMatch(end ->
            file.constants()
                .containsKey(name.substring(0, name.length() - end.length()) + QUANTIZED));
  }

  private static boolean isParameter(String name) {
    return PARAMETER.matcher(name).matches();
  }

  private void add(OnnxTensor constant) {
    String name = constant.name();
    List<Use> uses = links.uses(name);
    Use first = uses.isEmpty() ? null : uses.getFirst();
    if (first != null && WeightRole.of(first.node(), first.input()).isFused()) {
      addFused(constant, first);
      return;
    }
    boolean inputMajor = isInputMajor(constant, uses);
    Set<String> names = names(constant, uses);
    Optional<String> tokens = tokenEmbedding(uses).filter(found -> !names.contains(found));
    for (String wanted : names) {
      GraphWeight weight =
          new GraphWeight(inRelease(wanted), constant, inputMajor, 0, 1, quantization(constant));
      if (tokens.isEmpty()) {
        put(weight);
      } else {
        tied.add(weight);
        put(weight.named(inRelease(tokens.get())));
      }
    }
  }

  /** Returns the name of the token embedding, if the constant is read as that. */
  private static Optional<String> tokenEmbedding(List<Use> uses) {
    return uses.stream()
        .filter(use -> use.node().operator().equals("Gather") && use.input() == 0)
        .map(use -> use.node().module())
        .filter(module -> module.endsWith("word_embeddings"))
        .map(module -> module + ".weight")
        .findFirst();
  }

  /** Returns the name in the checkpoint of the transformer itself. */
  private static String inRelease(String name) {
    return WRAPPERS.matcher(name).replaceFirst("");
  }

  private void put(GraphWeight weight) {
    if (weight.quantization() != null) {
      check(weight, weight.quantization());
    }
    GraphWeight present = weights.putIfAbsent(weight.name(), weight);
    if (present != null) {
      throw error(
          weight.stored().name(),
          "must not stand for the same weight, %s, as %s"
              .formatted(weight.name(), present.stored().name()));
    }
  }

  private void check(GraphWeight weight, GraphWeight.Quantization quantization) {
    long rows = weight.shape().rank() < 2 ? 1 : weight.shape().dim(0) * weight.numParts();
    OnnxTensor zero = quantization.zero();
    for (OnnxTensor part :
        zero == null ? List.of(quantization.scale()) : List.of(quantization.scale(), zero)) {
      long count = part.shape().numElements();
      if (count != 1 && count != rows) {
        throw error(
            part.name(),
            "must have one element, or one for each output of a matrix, got %s for %s"
                .formatted(part.shape(), weight.shape()));
      }
    }
  }

  private boolean isInputMajor(OnnxTensor constant, List<Use> uses) {
    Set<Boolean> layouts = new LinkedHashSet<>();
    for (Use use : uses) {
      WeightRole role = WeightRole.of(use.node(), use.input());
      layouts.add((role == WeightRole.INPUT_MAJOR) != use.transposed());
      boolean isScaled =
          role.isMatrix()
              && (use.node().number("alpha", 1) != 1 || use.node().number("beta", 1) != 1);
      if (isScaled || (role.isMatrix() && constant.shape().rank() != 2)) {
        throw error(
            constant.name(),
            "must be the matrix of a linear layer, got %s in %s"
                .formatted(constant.shape(), use.node().label()));
      }
    }
    if (layouts.size() > 1) {
      throw error(
          constant.name(),
          "must be read in one layout, but %s and %s differ"
              .formatted(uses.getFirst().node().label(), uses.getLast().node().label()));
    }
    return layouts.contains(true);
  }

  /** Returns the names of the weights that a constant holds; several if equal ones were merged. */
  private Set<String> names(OnnxTensor constant, List<Use> uses) {
    String own = base(constant.name());
    Set<String> names = new LinkedHashSet<>();
    if (isParameter(own)) {
      names.add(own);
      links.otherNames(constant.name()).stream()
          .filter(GraphWeights::isParameter)
          .forEach(names::add);
      return names;
    }
    for (Use use : uses) {
      nameOf(use).ifPresent(names::add);
    }
    if (names.isEmpty()) {
      throw error(
          constant.name(),
          "must be a weight with a name, but neither it nor %s that reads it tells which one; use an export without graph optimisation, or the model in safetensors"
              .formatted(uses.isEmpty() ? "a node" : uses.getFirst().node().label()));
    }
    return names;
  }

  private static String base(String name) {
    return name.endsWith(QUANTIZED) ? name.substring(0, name.length() - QUANTIZED.length()) : name;
  }

  private Optional<String> nameOf(Use use) {
    WeightRole role = WeightRole.of(use.node(), use.input());
    String module = use.node().module();
    if (!role.parameter().isEmpty() && !module.isEmpty()) {
      return Optional.of(module + "." + role.parameter());
    }
    return role.isMatrix() ? besideBias(use.node()) : Optional.empty();
  }

  /** Returns the name of a matrix by the bias that is added to its product. */
  private Optional<String> besideBias(OnnxNode product) {
    return links.after(product).stream()
        .flatMap(node -> node.inputs().stream())
        .filter(input -> isParameter(input) && input.endsWith(".bias"))
        .findFirst()
        .map(bias -> bias.substring(0, bias.length() - "bias".length()) + "weight");
  }

  /** Adds queries, keys and values of a fused attention. */
  private void addFused(OnnxTensor constant, Use use) {
    OnnxNode attention = use.node();
    WeightRole role = WeightRole.of(attention, use.input());
    String module =
        attention.outputs().isEmpty() ? "" : OnnxNode.moduleIn(attention.outputs().getFirst());
    List<String> projections =
        PROJECTIONS.entrySet().stream()
            .filter(each -> module.endsWith("." + each.getKey()))
            .findFirst()
            .map(Map.Entry::getValue)
            .orElse(List.of());
    Shape shape = constant.shape();
    boolean fits =
        shape.rank() == (role == WeightRole.FUSED_WEIGHT ? 2 : 1)
            && shape.dim(-1) % 3 == 0
            && attention.integers("qkv_hidden_sizes").isEmpty();
    if (projections.isEmpty() || !fits) {
      throw error(
          constant.name(),
          "must hold queries, keys and values of an attention whose output states its module, got %s of %s; use an export without graph optimisation, or the model in safetensors"
              .formatted(shape, attention.label()));
    }
    for (int i = 0; i < projections.size(); i++) {
      put(
          new GraphWeight(
              inRelease(module + "." + projections.get(i) + "." + role.parameter()),
              constant,
              role == WeightRole.FUSED_WEIGHT,
              i,
              projections.size(),
              quantization(constant)));
    }
  }

  private GraphWeight.@Nullable Quantization quantization(OnnxTensor constant) {
    if (!constant.isByte()) {
      return null;
    }
    String base = base(constant.name());
    OnnxTensor scale = file.constants().get(base + SCALE);
    if (scale == null || !scale.isFloat()) {
      throw error(
          constant.name(), "must have a scale, %s, but that is missing".formatted(base + SCALE));
    }
    OnnxTensor zero = file.constants().get(base + ZERO_POINT);
    if (zero != null && zero.type() != constant.type()) {
      throw error(
          zero.name(),
          "must be %s as the weight, got %s"
              .formatted(constant.type().label(), zero.type().label()));
    }
    return new GraphWeight.Quantization(scale, zero);
  }

  /** Returns an error about a constant. */
  private CheckpointException error(String name, String problem) {
    return new CheckpointException(file.path(), name, problem);
  }

  /** Returns the nodes and constants. */
  OnnxFile file() {
    return file;
  }

  /** Returns which nodes read which constants. */
  GraphLinks links() {
    return links;
  }

  /** Returns the name of the constant that holds a weight. */
  String constant(String name) {
    return require(name).stored().name();
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public Set<String> names() {
    return weights.keySet();
  }

  @Override
  public boolean mustBeUsed(String name) {
    return !HEADS.matcher(name).matches();
  }

  @Override
  public StoredType type(String name) {
    return require(name).type();
  }

  /** Returns the type in which the file has a weight, before integers become f32. */
  public StoredType typeInFile(String name) {
    return require(name).stored().type();
  }

  @Override
  public Shape shape(String name) {
    return require(name).shape();
  }

  @Override
  public long byteSize(String name) {
    return require(name).byteSize();
  }

  @Override
  public TensorEntry entry(String name) {
    GraphWeight weight = require(name);
    return entries.computeIfAbsent(name, _ -> weight.entry(arena));
  }

  private GraphWeight require(String name) {
    GraphWeight weight = weights.get(name);
    if (weight == null) {
      throw new CheckpointException(file.path(), name, "is missing");
    }
    return weight;
  }
}
