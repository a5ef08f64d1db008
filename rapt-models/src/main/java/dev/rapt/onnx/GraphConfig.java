package dev.rapt.onnx;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.StoredType;
import dev.rapt.tensor.Shape;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The config.json of a BERT, RoBERTa, DistilBERT or MPNet as far as its graph shows it: sizes from
 * the shapes of the weights, heads, activation and epsilon from the nodes.
 */
public final class GraphConfig {
  private static final String WORDS = "embeddings.word_embeddings.weight";

  private static final String IDS = "input_ids";

  /** Padding of RoBERTa and its descendants. */
  private static final int USUAL_PAD_ID = 1;

  /** Largest epsilon of a norm; other numbers that are added are larger. */
  private static final double MAX_EPSILON = 1e-2;

  /**
   * A family.
   *
   * @param className its class in Hugging Face transformers, without the head
   * @param layers where its layers are, below the prefix
   * @param query the weight of queries in a layer
   * @param upProj the first weight of the MLP in a layer
   */
  private enum Kind {
    BERT("bert", "Bert", "encoder.layer", "attention.self.query", "intermediate.dense"),
    ROBERTA("roberta", "Roberta", "encoder.layer", "attention.self.query", "intermediate.dense"),
    MPNET("mpnet", "MPNet", "encoder.layer", "attention.attn.q", "intermediate.dense"),
    DISTILBERT("distilbert", "DistilBert", "transformer.layer", "attention.q_lin", "ffn.lin1");

    private final String type;
    private final String className;
    private final String layers;
    private final String query;
    private final String upProj;

    Kind(String type, String className, String layers, String query, String upProj) {
      this.type = type;
      this.className = className;
      this.layers = layers;
      this.query = query;
      this.upProj = upProj;
    }
  }

  private final GraphWeights weights;
  private final String prefix;
  private final Kind kind;

  private GraphConfig(GraphWeights weights, String prefix, Kind kind) {
    this.weights = weights;
    this.prefix = prefix;
    this.kind = kind;
  }

  /**
   * Reads the configuration.
   *
   * @throws CheckpointException if the graph is of another family, or does not show a size
   */
  public static ConfigReader of(GraphWeights weights) {
    String prefix =
        weights.names().stream()
            .filter(name -> name.equals(WORDS) || name.endsWith("." + WORDS))
            .findFirst()
            .map(name -> name.substring(0, name.length() - WORDS.length()))
            .orElseThrow(() -> unknown(weights));
    Kind kind =
        Stream.of(Kind.values())
            .filter(each -> isOf(each, prefix, weights))
            .findFirst()
            .orElseThrow(() -> unknown(weights));
    return ConfigReader.of(weights.path(), new GraphConfig(weights, prefix, kind).json());
  }

  private static boolean isOf(Kind kind, String prefix, GraphWeights weights) {
    boolean hasPrefix = prefix.isEmpty() || prefix.equals(kind.type + ".");
    boolean countsPositions =
        weights.file().nodes().stream().anyMatch(node -> node.operator().equals("CumSum"));
    boolean fits =
        switch (kind) {
          case BERT -> !countsPositions;
          case ROBERTA -> countsPositions;
          case MPNET, DISTILBERT -> true;
        };
    return hasPrefix
        && fits
        && weights.names().contains("%s%s.0.%s.weight".formatted(prefix, kind.layers, kind.query));
  }

  private static CheckpointException unknown(GraphWeights weights) {
    return new CheckpointException(
        weights.path(),
        "must be the graph of a BERT, RoBERTa, DistilBERT or MPNet to be read without a config.json, got weights like %s; put the config.json of the model beside it"
            .formatted(weights.names().stream().limit(3).toList()));
  }

  private ObjectNode json() {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    boolean isDistilled = kind == Kind.DISTILBERT;
    Shape words = shape(WORDS);
    json.put("model_type", kind.type);
    json.put("vocab_size", words.dim(0));
    json.put(isDistilled ? "dim" : "hidden_size", words.dim(1));
    json.put(isDistilled ? "n_layers" : "num_hidden_layers", numLayers());
    json.put(isDistilled ? "n_heads" : "num_attention_heads", words.dim(1) / headDim(words.dim(1)));
    json.put(isDistilled ? "hidden_dim" : "intermediate_size", shape(layer(kind.upProj)).dim(0));
    json.put("max_position_embeddings", shape("embeddings.position_embeddings.weight").dim(0));
    json.put(isDistilled ? "activation" : "hidden_act", activation());
    epsilon().ifPresent(epsilon -> json.put("layer_norm_eps", (float) epsilon));
    switch (kind) {
      case BERT, ROBERTA -> {
        json.put("type_vocab_size", shape("embeddings.token_type_embeddings.weight").dim(0));
        json.put("pad_token_id", kind == Kind.BERT ? 0 : padTokenId());
      }
      case MPNET ->
          json.put(
              "relative_attention_num_buckets",
              shape("encoder.relative_attention_bias.weight").dim(0));
      case DISTILBERT -> json.put("pad_token_id", 0);
    }
    putHead(json);
    return json;
  }

  /** Adds the class of the model, by the layers behind the encoder. */
  private void putHead(ObjectNode json) {
    Map<String, String> byLayer =
        Map.of(
            "classifier.out_proj.weight", "ForSequenceClassification",
            "qa_outputs.weight", "ForQuestionAnswering",
            "cls.predictions.transform.dense.weight", "ForMaskedLM",
            "lm_head.dense.weight", "ForMaskedLM",
            "vocab_transform.weight", "ForMaskedLM");
    String head =
        byLayer.entrySet().stream()
            .filter(each -> weights.names().contains(each.getKey()))
            .findFirst()
            .map(Map.Entry::getValue)
            .orElse(weights.names().contains("classifier.weight") ? classifier() : "Model");
    json.putArray("architectures").add(kind.className + head);
    Stream.of("classifier.out_proj.weight", "classifier.weight")
        .filter(weights.names()::contains)
        .findFirst()
        .ifPresent(layer -> {
          ObjectNode labels = json.putObject("id2label");
          for (int i = 0; i < weights.shape(layer).dim(0); i++) {
            labels.put(Integer.toString(i), "LABEL_" + i);
          }
        });
  }

  /** Classifiers of whole texts have a layer in front that those of tokens have not. */
  private String classifier() {
    boolean ofTexts =
        Stream.of(
                prefix + "pooler.dense.weight", "pre_classifier.weight", "classifier.dense.weight")
            .anyMatch(weights.names()::contains);
    return ofTexts ? "ForSequenceClassification" : "ForTokenClassification";
  }

  private Shape shape(String name) {
    Shape shape = weights.shape(prefix + name);
    if (shape.rank() != 2) {
      throw new CheckpointException(
          weights.path(), prefix + name, "must be a matrix, got " + shape);
    }
    return shape;
  }

  private String layer(String module) {
    return "%s.0.%s.weight".formatted(kind.layers, module);
  }

  private int numLayers() {
    int layers = 0;
    while (weights
        .names()
        .contains("%s%s.%d.%s.weight".formatted(prefix, kind.layers, layers, kind.query))) {
      layers++;
    }
    return layers;
  }

  /** Returns E, the last size to which queries are reshaped. */
  private long headDim(long hiddenSize) {
    String query = prefix + layer(kind.query);
    return weights.links().uses(weights.constant(query)).stream()
        .map(use -> headDim(use.node(), hiddenSize))
        .flatMapToLong(OptionalLong::stream)
        .filter(dim -> dim > 0 && hiddenSize % dim == 0)
        .findFirst()
        .orElseThrow(() ->
            new CheckpointException(
                weights.path(),
                query,
                "must be followed by a Reshape to heads of a stated size, got none; put the"
                    + " config.json of the model beside the file"));
  }

  private OptionalLong headDim(OnnxNode product, long hiddenSize) {
    long fusedHeads = product.integer("num_heads", 0);
    if (fusedHeads > 0) {
      return OptionalLong.of(hiddenSize / fusedHeads);
    }
    return weights.links().after(product).stream()
        .filter(node -> node.operator().equals("Reshape") && node.inputs().size() == 2)
        .map(reshape -> last(reshape.inputs().get(1)))
        .flatMapToLong(OptionalLong::stream)
        .findFirst();
  }

  /** Returns the last element of a shape, if it is constant. */
  private OptionalLong last(String shape) {
    String end =
        weights
            .links()
            .producer(shape)
            .filter(node -> node.operator().equals("Concat") && !node.inputs().isEmpty())
            .map(node -> node.inputs().getLast())
            .orElse(shape);
    return weights.links().constant(end).stream()
        .filter(list -> list.type() == StoredType.I64 && list.shape().numElements() > 0)
        .mapToLong(list -> (long) list.element(list.shape().numElements() - 1))
        .findFirst();
  }

  /** Returns the activation between the two layers of the MLP. */
  private String activation() {
    String upProj = prefix + layer(kind.upProj);
    return weights.links().uses(weights.constant(upProj)).stream()
        .flatMap(use -> weights.links().after(use.node()).stream())
        .map(GraphConfig::activation)
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() ->
            new CheckpointException(
                weights.path(),
                upProj,
                "must be followed by GELU or ReLU, got neither; put the config.json of the model"
                    + " beside the file"));
  }

  private static Optional<String> activation(OnnxNode node) {
    return switch (node.operator()) {
      case "Gelu" -> Optional.of(node.text("approximate").equals("tanh") ? "gelu_new" : "gelu");
      case "Erf", "BiasGelu" -> Optional.of("gelu");
      case "Tanh", "FastGelu" -> Optional.of("gelu_new");
      case "Relu" -> Optional.of("relu");
      default -> Optional.empty();
    };
  }

  /** Returns the epsilon of the norms; empty if the graph does not show it. */
  private OptionalDouble epsilon() {
    return weights.file().nodes().stream()
        .flatMapToDouble(node ->
            switch (node.operator()) {
              case "LayerNormalization", "SkipLayerNormalization", "EmbedLayerNormalization" ->
                  DoubleStream.of(node.number("epsilon", 0));
              case "Sqrt" -> node.inputs().stream().limit(1).flatMapToDouble(this::addedTo);
              default -> DoubleStream.empty();
            })
        .filter(epsilon -> epsilon > 0 && epsilon <= MAX_EPSILON)
        .findFirst();
  }

  /** Returns the numbers that are added to make a value. */
  private DoubleStream addedTo(String value) {
    return weights.links().producer(value).stream()
        .filter(node -> node.operator().equals("Add"))
        .flatMap(node -> node.inputs().stream())
        .mapToDouble(weights.file()::scalar);
  }

  /** Returns the token that is not counted in positions: that to which all ids are compared. */
  private int padTokenId() {
    return weights.file().nodes().stream()
        .filter(node -> node.operator().equals("Equal") && node.inputs().contains(IDS))
        .flatMap(node -> node.inputs().stream())
        .mapToDouble(weights.file()::scalar)
        .filter(number -> number >= 0)
        .mapToInt(number -> (int) number)
        .findFirst()
        .orElse(USUAL_PAD_ID);
  }
}
