package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufFile;
import dev.rapt.gguf.GgufMetadata;
import dev.rapt.gguf.GgufTensor;
import dev.rapt.tensor.DType;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * An architecture as llama.cpp names it: which keys and tensors of a GGUF file are which of a
 * Hugging Face checkpoint. The names are those of gguf-py's constants.py and tensor_mapping.py, the
 * layouts those of convert_hf_to_gguf.py in github.com/ggml-org/llama.cpp.
 */
public abstract class Architecture {
  /** Tensors that say something about the configuration and are no weights. */
  static final Predicate<String> IS_SETTING =
      Set.of(RopeKeys.FREQUENCIES, RopeKeys.LONG, RopeKeys.SHORT)::contains;

  /** Keys that most architectures share. */
  static final String USUAL_KEYS =
      """
      context_length                     max_position_embeddings  int
      embedding_length                   hidden_size              int
      block_count                        num_hidden_layers        int
      feed_forward_length                intermediate_size        int
      attention.head_count               num_attention_heads      int
      attention.head_count_kv            num_key_value_heads      int
      attention.layer_norm_rms_epsilon   rms_norm_eps             float
      """;

  /** Tensors that most decoders share. */
  static final String USUAL_NAMES =
      """
      token_embd          model.embed_tokens
      output_norm         model.norm
      output              lm_head
      blk.*.attn_norm     model.layers.*.input_layernorm
      blk.*.attn_output   model.layers.*.self_attn.o_proj
      """;

  private static final String TOKENS = "token_embd.weight";

  private final String name;
  private final ConfigKeys keys;
  private final TensorNames names;

  Architecture(String name, ConfigKeys keys, TensorNames names) {
    this.name = name;
    this.keys = keys;
    this.names = names;
  }

  /** Returns the name in GGUF files, {@code general.architecture}. */
  public final String name() {
    return name;
  }

  /** Returns the names of the tensors in a file. */
  TensorNames names(GgufFile file) {
    return names;
  }

  /** Returns the names of the tensors of a model with this config.json. */
  TensorNames names(ConfigReader config) {
    return names;
  }

  /**
   * Returns the config.json of the model in a file.
   *
   * @throws CheckpointException if a key is missing or its value is not possible
   */
  public final ConfigReader config(GgufFile file) {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    Release release = release(file);
    json.put("model_type", release.modelType()).putArray("architectures").add(release.className());
    keys.read(file.metadata(), name, json);
    GgufTensor tokens = file.tensor(TOKENS);
    json.put("vocab_size", (int) tokens.shape().dim(0))
        .put("tie_word_embeddings", !file.tensors().containsKey("output.weight"))
        .put("dtype", dtype(tokens.type().dtype().orElse(DType.F32)));
    SpecialIds.of(file.metadata()).write(json);
    describe(file, json);
    return ConfigReader.of(file.path(), json);
  }

  private static String dtype(DType type) {
    return switch (type) {
      case BF16 -> "bfloat16";
      case F16 -> "float16";
      default -> "float32";
    };
  }

  /** Returns the tensors of a file under the names of the checkpoint. */
  public final ReleaseTensors tensors(GgufFile file, Arena arena) {
    return new ReleaseTensors(file, this, arena);
  }

  /**
   * What a model is called in Hugging Face transformers.
   *
   * @param modelType {@code model_type} of its config.json
   * @param className its class
   */
  public record Release(String modelType, String className) {}

  /** Returns what the models of this architecture are called, all of them. */
  public abstract List<Release> releases();

  /** Returns what the model in a file is called. */
  Release release(GgufFile file) {
    return releases().getFirst();
  }

  /** Adds the keys of config.json that are not simply those of the file by another name. */
  abstract void describe(GgufFile file, ObjectNode json);

  /**
   * Returns the keys and tensors of a file that are not simply those of the checkpoint by other
   * names.
   *
   * @param config a config.json of this architecture
   * @param metadata receives keys
   * @param tensors receives numbers by the name of their tensor
   * @throws CheckpointException if GGUF has no way to say what the configuration says
   */
  abstract void write(
      ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors);

  /**
   * Returns the metadata of a file for a configuration.
   *
   * @param tensors receives numbers by the name of their tensor
   */
  final void writeKeys(
      ConfigReader config, Map<String, Object> metadata, Map<String, float[]> tensors) {
    keys.write(config, name, metadata);
    write(config, metadata, tensors);
  }

  /** Returns a key of this architecture. */
  final String key(String rest) {
    return name + "." + rest;
  }

  /** Returns the number of heads that a key states; the query heads where it is missing. */
  final int heads(GgufMetadata metadata, String rest) {
    String own = metadata.has(key(rest)) ? key(rest) : key("attention.head_count");
    int heads = ConfigKeys.integer(metadata, own);
    if (heads < 1) {
      throw new CheckpointException(metadata.file(), own, "must be at least 1, got " + heads);
    }
    return heads;
  }

  /** Returns E: what the file states, else D divided by the number of heads. */
  final int headDim(GgufMetadata metadata) {
    String own = key("attention.key_length");
    if (metadata.has(own)) {
      return ConfigKeys.integer(metadata, own);
    }
    int heads = heads(metadata, "attention.head_count");
    int width = ConfigKeys.integer(metadata, key("embedding_length"));
    if (width % heads != 0) {
      throw new CheckpointException(
          metadata.file(),
          key("attention.head_count"),
          "must divide the embedding length %d, got %d".formatted(width, heads));
    }
    return width / heads;
  }

  final RopeKeys rope(GgufFile file) {
    return new RopeKeys(file, name);
  }

  /** Writes {@code head_dim} and RoPE. */
  final void describeHeads(GgufFile file, ObjectNode json, boolean truncates) {
    int headDim = headDim(file.metadata());
    json.put("head_dim", headDim);
    rope(file).config(headDim, contextLength(file), truncates).write(json);
  }

  final int contextLength(GgufFile file) {
    return ConfigKeys.integer(file.metadata(), key("context_length"));
  }

  /** Returns E of a config.json. */
  static int headDim(ConfigReader config) {
    int heads = config.requireInt("num_attention_heads", 1, Integer.MAX_VALUE);
    return config.intOr("head_dim", config.requireInt("hidden_size") / heads);
  }

  /** Adds the keys of heads. */
  final void writeHeads(ConfigReader config, Map<String, Object> metadata) {
    int headDim = headDim(config);
    metadata.put(key("attention.key_length"), headDim);
    metadata.put(key("attention.value_length"), headDim);
  }

  /** Checks that a value is the one that the architecture implies. */
  static void requireValue(ConfigReader config, String key, boolean holds, String wanted) {
    if (!holds) {
      @Nullable Object got = config.json().get(key);
      throw config.error(key, "must be %s to be written to GGUF, got %s".formatted(wanted, got));
    }
  }
}
