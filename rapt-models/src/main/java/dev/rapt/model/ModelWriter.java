package dev.rapt.model;

import dev.rapt.autograd.Casts;
import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.SafetensorsWriter.Spec;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.FreshConfig;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a model as a Hugging Face folder: config.json, generation_config.json, model.safetensors.
 * Each file appears complete or not at all.
 */
public final class ModelWriter {
  private ModelWriter() {}

  /**
   * Ids of special tokens.
   *
   * @param bos beginning-of-sequence token, or null
   * @param eos end-of-sequence token, or null
   * @param pad padding token, or null
   */
  public record TokenIds(@Nullable Integer bos, @Nullable Integer eos, @Nullable Integer pad) {
    /** No special tokens. */
    public static final TokenIds NONE = new TokenIds(null, null, null);

    /**
     * Returns one token for both the end and, as in GPT-2, the beginning of a text; null for none.
     */
    public static TokenIds endOfText(@Nullable Integer id) {
      return new TokenIds(id, id, null);
    }
  }

  /**
   * Writes a causal language model as a whole folder.
   *
   * @param weightType f32, bf16 or f16
   * @throws dev.rapt.checkpoint.CheckpointException if a file cannot be written
   */
  public static void write(Path folder, CausalLm model, TokenIds ids, DType weightType) {
    writeConfig(folder, model.config(), ids, weightType);
    writeWeights(
        folder.resolve(Checkpoint.SINGLE_FILE), model.parameters(), weightType, Parameter::stored);
  }

  /**
   * Writes an encoder-decoder as a whole folder.
   *
   * @param ids special tokens; padding is taken from the configuration instead
   * @param weightType f32, bf16 or f16
   * @throws dev.rapt.checkpoint.CheckpointException if a file cannot be written
   */
  public static void write(Path folder, Seq2SeqLm model, TokenIds ids, DType weightType) {
    writeConfig(folder, model.config(), ids, weightType);
    writeWeights(
        folder.resolve(Checkpoint.SINGLE_FILE), model.parameters(), weightType, Parameter::value);
  }

  /** Writes config.json and generation_config.json of an encoder-decoder. */
  public static void writeConfig(
      Path folder, Seq2SeqConfig config, TokenIds ids, DType weightType) {
    ObjectNode json = describe(config);
    putType(json, weightType);
    TokenIds padded = new TokenIds(ids.bos(), ids.eos(), config.padTokenId());
    putIds(json, padded);
    JsonFiles.write(folder.resolve("config.json"), json);
    ObjectNode generation = JsonMapper.shared().createObjectNode();
    putIds(generation, padded);
    generation.put("decoder_start_token_id", config.decoderStartTokenId());
    JsonFiles.write(folder.resolve("generation_config.json"), generation);
  }

  /**
   * Writes an encoder, or a decoder with another head than the language-model head, as a whole
   * folder.
   *
   * @param ids special tokens; padding of an encoder is taken from its configuration
   * @param weightType f32, bf16 or f16
   * @throws dev.rapt.checkpoint.CheckpointException if a file cannot be written
   */
  public static void write(Path folder, HeadedModel model, TokenIds ids, DType weightType) {
    writeConfig(folder, model, ids, weightType);
    writeWeights(
        folder.resolve(Checkpoint.SINGLE_FILE), model.parameters(), weightType, Parameter::stored);
  }

  /** Writes config.json of an encoder, or of a decoder with another head. */
  public static void writeConfig(Path folder, HeadedModel model, TokenIds ids, DType weightType) {
    ObjectNode json =
        switch (model.config()) {
          case EncoderConfig encoder -> describe(encoder, model.headKind());
          case CausalConfig decoder -> describe(decoder, model.headKind());
          default ->
              throw new IllegalArgumentException(
                  "config.json: model must be an encoder or a decoder, got %s"
                      .formatted(model.config().modelType()));
        };
    putType(json, weightType);
    putIds(json, model.config() instanceof EncoderConfig e ? padded(ids, e.sizes()) : ids);
    model.writeHead(json);
    JsonFiles.write(folder.resolve("config.json"), json);
  }

  /**
   * Writes config.json of a model that was fine-tuned: the file of the model that it began with,
   * with the class and the labels of its head. Keys that Rapt does not read are kept.
   *
   * @param base config.json of the model that it began with
   * @param weightType dtype of the weights that will be written beside it
   */
  public static void writeConfig(Path folder, Model model, ConfigReader base, DType weightType) {
    ObjectNode json = base.json().asObject().deepCopy();
    if (model instanceof HeadedModel headed) {
      json.putArray("architectures").add(className(headed, base));
      headed.writeHead(json);
    }
    putType(json, weightType);
    JsonFiles.write(folder.resolve("config.json"), json);
  }

  private static String className(HeadedModel model, ConfigReader base) {
    ModelConfig config = model.config();
    if (config instanceof Seq2SeqConfig) {
      return Seq2SeqBackbone.TABLE.of(config).className();
    }
    String present =
        base.strings("architectures").stream().findFirst().orElseGet(() -> classOf(config));
    return model.headKind().className(present);
  }

  private static String classOf(ModelConfig config) {
    return switch (config) {
      case EncoderConfig encoder -> EncoderFamilies.TABLE.of(encoder).className();
      case CausalConfig decoder -> DecoderFamilies.TABLE.of(decoder).className();
      default -> throw new IllegalStateException("model: unknown kind " + config.modelType());
    };
  }

  private static TokenIds padded(TokenIds ids, EncoderSizes sizes) {
    return new TokenIds(
        ids.bos(), ids.eos(), sizes.padTokenId() < 0 ? ids.pad() : (Integer) sizes.padTokenId());
  }

  /**
   * Returns the config.json of a model with the usual head of its family, of an encoder without
   * one; the element type and special tokens are left out.
   */
  public static ObjectNode describe(ModelConfig config) {
    return switch (config) {
      case EncoderConfig encoder -> describe(encoder, HeadKind.NONE);
      case CausalConfig decoder -> describe(decoder, HeadKind.LANGUAGE_MODEL);
      case Seq2SeqConfig seq2seq -> {
        ObjectNode json = describe(seq2seq, Seq2SeqFamilies.TABLE.of(seq2seq).className());
        seq2seq.write(json);
        yield json;
      }
      default -> throw new IllegalStateException("model: unknown kind " + config.modelType());
    };
  }

  private static ObjectNode describe(EncoderConfig config, HeadKind kind) {
    ObjectNode json =
        describe(config, kind.className(EncoderFamilies.TABLE.of(config).className()));
    config.write(json);
    return json;
  }

  private static ObjectNode describe(CausalConfig config, HeadKind kind) {
    if (!(config instanceof FreshConfig fresh)) {
      throw new IllegalArgumentException(
          "config.json: model type must be one that can be written, got %s, which can only be read"
              .formatted(config.modelType()));
    }
    ObjectNode json =
        describe(config, kind.className(DecoderFamilies.TABLE.of(config).className()));
    json.put("vocab_size", config.vocabSize());
    fresh.write(json);
    json.put("tie_word_embeddings", config.tiedHead());
    json.put("initializer_range", config.initStd());
    return json;
  }

  private static ObjectNode describe(ModelConfig config, String className) {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.putArray("architectures").add(className);
    return json.put("model_type", config.modelType());
  }

  private static void putType(ObjectNode json, DType weightType) {
    json.put("dtype", torchName(weightType)).put("torch_dtype", torchName(weightType));
  }

  /** Writes config.json and generation_config.json. */
  public static void writeConfig(Path folder, CausalConfig config, TokenIds ids, DType weightType) {
    ObjectNode json = describe(config, HeadKind.LANGUAGE_MODEL);
    putType(json, weightType);
    putIds(json, ids);
    JsonFiles.write(folder.resolve("config.json"), json);
    ObjectNode generation = JsonMapper.shared().createObjectNode();
    putIds(generation, ids);
    JsonFiles.write(folder.resolve("generation_config.json"), generation);
  }

  private static void putIds(ObjectNode json, TokenIds ids) {
    json.put("bos_token_id", ids.bos());
    json.put("eos_token_id", ids.eos());
    json.put("pad_token_id", ids.pad());
  }

  /**
   * Returns the name of f32, bf16 or f16 in Hugging Face configurations: {@code bfloat16}.
   *
   * @throws IllegalArgumentException for other dtypes
   */
  public static String torchName(DType type) {
    return switch (type) {
      case F32 -> "float32";
      case BF16 -> "bfloat16";
      case F16 -> "float16";
      default ->
          throw new IllegalArgumentException(
              "weights: dtype must be f32, bf16 or f16, got " + type.label());
    };
  }

  /**
   * Writes a tensor for each parameter under its name.
   *
   * @param value gives the tensor to write for a parameter: of its shape, in any floating-point
   *     dtype
   */
  public static void writeWeights(
      Path file, Parameters parameters, DType weightType, Function<Parameter, Tensor> value) {
    writeWeights(file, parameters, Parameter::name, weightType, value);
  }

  /**
   * Writes a tensor for each parameter.
   *
   * @param name gives the name of a parameter in the file
   * @param value gives the tensor to write for a parameter: of its shape, in any floating-point
   *     dtype
   */
  public static void writeWeights(
      Path file,
      Parameters parameters,
      Function<Parameter, String> name,
      DType weightType,
      Function<Parameter, Tensor> value) {
    List<Spec> specs = new ArrayList<>();
    for (Parameter parameter : parameters) {
      specs.add(new Spec(name.apply(parameter), weightType, parameter.shape()));
    }
    try (SafetensorsWriter writer = SafetensorsWriter.open(file, specs)) {
      for (Parameter parameter : parameters) {
        append(writer, name.apply(parameter), value.apply(parameter), weightType);
      }
      writer.commit();
    }
  }

  private static void append(SafetensorsWriter writer, String name, Tensor value, DType type) {
    if (value.dtype() == type) {
      writer.append(name, value.memory());
      return;
    }
    try (Scope scope = Scope.open()) {
      Tensor narrow = scope.empty(type, value.shape());
      Casts.copy(narrow, value);
      writer.append(name, narrow.memory());
    }
  }
}
