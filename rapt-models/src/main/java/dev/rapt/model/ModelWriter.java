package dev.rapt.model;

import dev.rapt.autograd.Casts;
import dev.rapt.checkpoint.Checkpoint;
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
 * Each file appears at once, complete.
 */
public final class ModelWriter {
  private ModelWriter() {}

  /**
   * Tokens that a model treats specially.
   *
   * @param bos the token that begins a text, or null
   * @param eos the token that ends a text, or null
   * @param pad the token that fills up, or null
   */
  public record TokenIds(@Nullable Integer bos, @Nullable Integer eos, @Nullable Integer pad) {
    /** No such tokens. */
    public static final TokenIds NONE = new TokenIds(null, null, null);

    /** One token for the end of a text and, as in GPT-2, for its beginning; null for none. */
    public static TokenIds endOfText(@Nullable Integer id) {
      return new TokenIds(id, id, null);
    }
  }

  /**
   * Writes a whole folder.
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
   * @param ids its padding is that of the configuration
   * @param weightType f32, bf16 or f16
   * @throws dev.rapt.checkpoint.CheckpointException if a file cannot be written
   */
  public static void write(Path folder, Seq2SeqLm model, TokenIds ids, DType weightType) {
    Seq2SeqConfig config = model.config();
    ObjectNode json = describe(config, Seq2SeqFamilies.TABLE.of(config).className());
    config.write(json);
    putType(json, weightType);
    TokenIds padded = new TokenIds(ids.bos(), ids.eos(), config.padTokenId());
    putIds(json, padded);
    JsonFiles.write(folder.resolve("config.json"), json);
    ObjectNode generation = JsonMapper.shared().createObjectNode();
    putIds(generation, padded);
    generation.put("decoder_start_token_id", config.decoderStartTokenId());
    JsonFiles.write(folder.resolve("generation_config.json"), generation);
    writeWeights(
        folder.resolve(Checkpoint.SINGLE_FILE), model.parameters(), weightType, Parameter::value);
  }

  /**
   * Writes an encoder, or a decoder with another head than over the vocabulary, as a whole folder.
   *
   * @param ids padding of an encoder is that of its configuration
   * @param weightType f32, bf16 or f16
   * @throws dev.rapt.checkpoint.CheckpointException if a file cannot be written
   */
  public static void write(Path folder, HeadedModel model, TokenIds ids, DType weightType) {
    ObjectNode json =
        switch (model.config()) {
          case EncoderConfig encoder -> describe(encoder, model.headKind());
          case CausalConfig decoder -> describe(decoder, model.headKind());
          default ->
              throw new IllegalArgumentException(
                  "config.json: %s is neither encoder nor decoder"
                      .formatted(model.config().modelType()));
        };
    putType(json, weightType);
    putIds(json, model.config() instanceof EncoderConfig e ? padded(ids, e.sizes()) : ids);
    model.writeHead(json);
    JsonFiles.write(folder.resolve("config.json"), json);
    writeWeights(
        folder.resolve(Checkpoint.SINGLE_FILE), model.parameters(), weightType, Parameter::stored);
  }

  private static TokenIds padded(TokenIds ids, EncoderSizes sizes) {
    return new TokenIds(
        ids.bos(), ids.eos(), sizes.padTokenId() < 0 ? ids.pad() : (Integer) sizes.padTokenId());
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
          "config.json: models of type %s are read, not written yet".formatted(config.modelType()));
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

  public static String torchName(DType type) {
    return switch (type) {
      case F32 -> "float32";
      case BF16 -> "bfloat16";
      case F16 -> "float16";
      default ->
          throw new IllegalArgumentException(
              "weights: must be f32, bf16 or f16, got " + type.label());
    };
  }

  /**
   * Writes the parameters, or tensors that stand for them, under their names.
   *
   * @param value what is written for a parameter: of any float type, in its shape
   */
  public static void writeWeights(
      Path file, Parameters parameters, DType weightType, Function<Parameter, Tensor> value) {
    List<Spec> specs = new ArrayList<>();
    for (Parameter parameter : parameters) {
      specs.add(new Spec(parameter.name(), weightType, parameter.shape()));
    }
    try (SafetensorsWriter writer = SafetensorsWriter.open(file, specs)) {
      for (Parameter parameter : parameters) {
        append(writer, parameter.name(), value.apply(parameter), weightType);
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
