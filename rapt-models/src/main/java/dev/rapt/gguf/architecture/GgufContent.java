package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufFile;
import dev.rapt.gguf.GgufRows;
import dev.rapt.gguf.GgufTensor;
import dev.rapt.gguf.GgufValue;
import dev.rapt.gguf.GgufValueType;
import dev.rapt.nn.Parameter;
import dev.rapt.quant.ggml.GgmlType;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import dev.rapt.tokenizer.types.GgmlVocabulary;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is to be written to a GGUF file: that of another file, or that of a model.
 *
 * @param metadata values by key
 * @param tensors the tensors
 */
public record GgufContent(Map<String, GgufValue> metadata, List<? extends GgufRows> tensors) {
  private static final Set<String> ALWAYS_F32 =
      Set.of("ffn_gate_inp.weight", "position_embd.weight", "token_types.weight");

  /** Parameters of a head that the architectures leave out. */
  private static final Pattern POOLER = Pattern.compile("(.*\\.)?pooler\\..*");

  /** Returns the content of a file, which must stay mapped. */
  public static GgufContent of(GgufFile file) {
    return new GgufContent(
        file.metadata().typed(), file.tensors().values().stream().map(FileRows::new).toList());
  }

  /** Rows of a tensor of another file. */
  private record FileRows(GgufTensor tensor) implements GgufRows {
    @Override
    public String name() {
      return tensor.name();
    }

    @Override
    public GgmlType type() {
      return tensor.type();
    }

    @Override
    public Shape shape() {
      return tensor.shape();
    }

    @Override
    public MemorySegment raw() {
      return tensor.data();
    }

    @Override
    public void read(long row, float[] out) {
      if (type().dtype().isEmpty()) {
        tensor.matrix().unpack(row, row + 1, MemorySegment.ofArray(out));
        return;
      }
      tensor.readFloats(row * cols(), out);
    }
  }

  /** Rows of one vector. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Vector(String name, float[] values) implements GgufRows {
    @Override
    public GgmlType type() {
      return GgmlType.F32;
    }

    @Override
    public Shape shape() {
      return Shape.of(values.length);
    }

    @Override
    public void read(long row, float[] out) {
      System.arraycopy(values, 0, out, 0, out.length);
    }
  }

  /**
   * Returns the content for a model.
   *
   * @param name of the model, for readers
   * @param config its config.json
   * @param parameters its parameters by their names in the class of Hugging Face transformers
   * @param tokenizer keys of its tokenizer; empty for none
   * @throws dev.rapt.checkpoint.CheckpointException if GGUF has no way to say what the
   *     configuration says
   * @throws IllegalArgumentException if a parameter has no place in the architecture
   */
  public static GgufContent of(
      String name,
      ConfigReader config,
      Map<String, Parameter> parameters,
      Map<String, GgufValue> tokenizer) {
    Architecture architecture = Architectures.of(config);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("general.architecture", architecture.name());
    keys.put("general.type", "model");
    keys.put("general.name", name);
    Map<String, float[]> vectors = new LinkedHashMap<>();
    architecture.writeKeys(config, keys, vectors);
    keys.put(architecture.key("vocab_size"), config.requireInt("vocab_size"));
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    keys.forEach((key, value) -> metadata.put(key, GgufValue.of(value)));
    metadata.putAll(tokenizer);
    List<GgufRows> tensors = new ArrayList<>();
    vectors.forEach((tensor, values) -> tensors.add(new Vector(tensor, values)));
    tensors.addAll(new Export(architecture, config, parameters).tensors());
    return new GgufContent(metadata, tensors);
  }

  /** Collects the tensors of a model. */
  private record Export(
      Architecture architecture, ConfigReader config, Map<String, Parameter> parameters) {
    List<GgufRows> tensors() {
      List<GgufRows> tensors = new ArrayList<>();
      Set<String> used = new HashSet<>();
      for (TensorNames.Rule rule : architecture.names(config).rules()) {
        List<String> suffixes =
            rule.gguf().endsWith(".weight") || rule.gguf().endsWith(".bias")
                ? List.of("")
                : List.of(".weight", ".bias");
        for (String suffix : suffixes) {
          add(rule, suffix, tensors, used);
        }
      }
      for (String name : parameters.keySet()) {
        if (!used.contains(name) && !POOLER.matcher(name).matches()) {
          throw new IllegalArgumentException(
              "%s: must be a tensor of the architecture %s to be written to GGUF, but that has none of this name"
                  .formatted(name, architecture.name()));
        }
      }
      return tensors;
    }

    private void add(
        TensorNames.Rule rule, String suffix, List<GgufRows> tensors, Set<String> used) {
      int numLayers = rule.gguf().contains("*") ? parameters.size() : 1;
      int layer = 0;
      int misses = 0;
      while (layer < numLayers && misses < MAX_GAP) {
        String release = rule.release().replace("*", Integer.toString(layer)) + suffix;
        String gguf = rule.gguf().replace("*", Integer.toString(layer)) + suffix;
        boolean found = rule.isExperts() && experts(rule, gguf, release, tensors, used);
        String name = present(release);
        Parameter parameter = rule.isExperts() ? null : parameters.get(name);
        if (parameter != null) {
          used.add(name);
          tensors.add(one(rule, gguf, parameter));
          found = true;
        }
        misses = found ? 0 : misses + 1;
        layer++;
      }
    }

    private static final int MAX_GAP = 8; // layers without experts among those with

    /** Returns the name without that of the body if the class has no such prefix: BertModel. */
    private String present(String release) {
      String bare = release.substring(release.indexOf('.') + 1);
      return !parameters.containsKey(release) && parameters.containsKey(bare) ? bare : release;
    }

    private ParameterRows one(TensorNames.Rule rule, String gguf, Parameter parameter) {
      Shape shape = new StoredShape(rule.layout()).of(parameter.shape());
      return new ParameterRows(
          gguf,
          typeOf(gguf, parameter, shape),
          shape,
          List.of(parameter),
          rule.layout(),
          heads(rule),
          -1);
    }

    private int heads(TensorNames.Rule rule) {
      int queries = config.intOr("num_attention_heads", 0);
      return switch (rule.layout()) {
        case QUERIES -> queries;
        case KEYS -> config.intOr("num_key_value_heads", queries);
        default -> 0;
      };
    }

    /** Stacks the matrices of all experts, which the model has one by one or in a stack. */
    private boolean experts(
        TensorNames.Rule rule,
        String gguf,
        String release,
        List<GgufRows> tensors,
        Set<String> used) {
      List<Parameter> experts = new ArrayList<>();
      String name = release.replace("#", "0");
      while (parameters.containsKey(name)) {
        used.add(name);
        experts.add(Objects.requireNonNull(parameters.get(name)));
        name = release.replace("#", Integer.toString(experts.size()));
      }
      if (!experts.isEmpty()) {
        Shape each = experts.getFirst().shape();
        Shape shape = Shape.of(experts.size(), each.dim(0), each.dim(1));
        GgmlType type = typeOf(gguf, experts.getFirst(), shape);
        tensors.add(new ParameterRows(gguf, type, shape, experts, TensorLayout.SAME, 0, -1));
        return true;
      }
      return stacked(rule, gguf, release, tensors, used);
    }

    private boolean stacked(
        TensorNames.Rule rule,
        String gguf,
        String release,
        List<GgufRows> tensors,
        Set<String> used) {
      String stack = release.replaceFirst("#\\..*", "");
      boolean isDown = rule.gguf().contains("down");
      String name = stack + (isDown ? "down_proj" : "gate_up_proj");
      Parameter parameter = release.endsWith(".bias") ? null : parameters.get(name);
      if (parameter == null) {
        return false;
      }
      used.add(name);
      Shape whole = parameter.shape();
      Shape shape = isDown ? whole : Shape.of(whole.dim(0), whole.dim(1) / 2, whole.dim(2));
      int slice = isDown ? -1 : rule.gguf().contains("gate") ? 0 : 1;
      tensors.add(
          new ParameterRows(
              gguf,
              typeOf(gguf, parameter, shape),
              shape,
              List.of(parameter),
              TensorLayout.SAME,
              0,
              slice));
      return true;
    }

    private static GgmlType typeOf(String gguf, Parameter parameter, Shape shape) {
      boolean isF32 =
          shape.rank() < 2
              || ALWAYS_F32.stream().anyMatch(gguf::endsWith)
              || gguf.endsWith(".bias");
      if (isF32) {
        return GgmlType.F32;
      }
      DType type =
          parameter.packed() == null ? parameter.stored().dtype() : parameter.packed().exactType();
      return GgmlType.valueOf(type.name());
    }
  }

  /** The shape in the file of a tensor of a model. */
  private record StoredShape(TensorLayout layout) {
    Shape of(Shape release) {
      long[] dims = release.toArray();
      int last = dims.length - 1;
      boolean swaps =
          (layout == TensorLayout.TRANSPOSED && dims.length == 2)
              || (layout == TensorLayout.EXPERTS_TRANSPOSED && dims.length == 3);
      if (layout == TensorLayout.EVEN || layout == TensorLayout.ODD) {
        dims[last] /= 2;
        swaps = dims.length == 3;
      }
      if (swaps) {
        long cols = dims[last];
        dims[last] = dims[last - 1];
        dims[last - 1] = cols;
      }
      return Shape.of(dims);
    }
  }

  /**
   * Returns the keys of a tokenizer.
   *
   * @param whole the tokenizer.json, if the vocabulary does not say all of it
   * @param chatTemplate source of the chat template, or null
   */
  public static Map<String, GgufValue> tokenizer(
      GgmlVocabulary vocabulary, Optional<String> whole, @Nullable String chatTemplate) {
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    String start = "tokenizer.ggml.";
    keys.put(start + "model", GgufValue.of(vocabulary.model()));
    keys.put(start + "pre", GgufValue.of(vocabulary.preTokenizer()));
    keys.put(start + "tokens", GgufValue.array(GgufValueType.STRING, vocabulary.tokens()));
    if (!vocabulary.scores().isEmpty()) {
      keys.put(start + "scores", GgufValue.array(GgufValueType.FLOAT32, vocabulary.scores()));
    }
    keys.put(
        start + "token_type",
        GgufValue.array(
            GgufValueType.INT32,
            vocabulary.kinds().stream().map(GgmlVocabulary.Kind::number).toList()));
    // llama.cpp reads no BPE without the key, even where only bytes are tokens
    if (!vocabulary.merges().isEmpty() || vocabulary.model().equals("gpt2")) {
      keys.put(start + "merges", GgufValue.array(GgufValueType.STRING, vocabulary.merges()));
    }
    vocabulary
        .special()
        .forEach((name, id) ->
            keys.put(GgmlVocabulary.SPECIAL_KEYS.getOrDefault(name, name), GgufValue.of(id)));
    vocabulary.flags().forEach((name, flag) -> keys.put(start + name, GgufValue.of(flag)));
    String charsMap = vocabulary.charsMap();
    if (charsMap != null) {
      List<Integer> bytes = new ArrayList<>();
      for (byte b : Base64.getDecoder().decode(charsMap)) {
        bytes.add(b & 0xff);
      }
      keys.put(start + "precompiled_charsmap", GgufValue.array(GgufValueType.UINT8, bytes));
    }
    whole.ifPresent(json -> keys.put("tokenizer.huggingface.json", GgufValue.of(json)));
    if (chatTemplate != null) {
      keys.put("tokenizer.chat_template", GgufValue.of(chatTemplate));
    }
    return keys;
  }
}
