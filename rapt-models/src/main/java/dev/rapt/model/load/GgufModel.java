package dev.rapt.model.load;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.Weights;
import dev.rapt.gguf.GgufFile;
import dev.rapt.gguf.GgufMetadata;
import dev.rapt.gguf.architecture.Architecture;
import dev.rapt.gguf.architecture.Architectures;
import dev.rapt.gguf.architecture.GgufVocabulary;
import dev.rapt.gguf.architecture.ReleaseTensors;
import dev.rapt.gguf.architecture.SpecialIds;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tokenizer.GgmlTokenizer;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A GGUF file. */
final class GgufModel implements StoredModel {
  private static final String TEMPLATE = "tokenizer.chat_template";

  private final GgufFile header; // its tensors are not mapped any more
  private final Architecture architecture;

  private GgufModel(GgufFile header, Architecture architecture) {
    this.header = header;
    this.architecture = architecture;
  }

  static GgufModel open(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      GgufFile file = GgufFile.map(path, arena);
      return new GgufModel(file, Architectures.of(file));
    }
  }

  @Override
  public Path path() {
    return header.path();
  }

  @Override
  public ConfigReader config() {
    try (Arena arena = Arena.ofConfined()) {
      return architecture.config(header.mappedTo(arena));
    }
  }

  @Override
  public Optional<ConfigReader> generationConfig() {
    ObjectNode json = JsonMapper.shared().createObjectNode();
    SpecialIds.of(header.metadata()).write(json);
    return Optional.of(ConfigReader.of(path(), json));
  }

  @Override
  public StoredWeights weights() {
    AtomicReference<ReleaseTensors> tensors = new AtomicReference<>();
    Checkpoint checkpoint =
        Checkpoint.of(
            path(),
            arena -> {
              tensors.set(architecture.tensors(header.mappedTo(arena), arena));
              return tensors.get();
            });
    return new StoredWeights(checkpoint, new Blocks(tensors.get()));
  }

  @Override
  public boolean hasTokenizer() {
    return header.metadata().has("tokenizer.ggml.tokens");
  }

  @Override
  public Tokenizer tokenizer() {
    return GgufVocabulary.tokenizer(header.metadata());
  }

  @Override
  public Optional<ChatTemplate> chatTemplate() {
    GgufMetadata metadata = header.metadata();
    return metadata.has(TEMPLATE)
        ? Optional.of(
            ChatTemplate.of(
                metadata.text(TEMPLATE), GgmlTokenizer.tokenNames(GgufVocabulary.of(metadata))))
        : Optional.empty();
  }

  /** Weights in block formats. */
  private record Blocks(ReleaseTensors tensors) implements PackedWeights {
    @Override
    public boolean has(Weights weights, String name) {
      return tensors.isPacked(weights.fullName(name));
    }

    @Override
    public PackedWeight get(
        Scope scope, Weights weights, String name, boolean inputMajor, long... shape) {
      String fullName = weights.fullName(name);
      PackedWeight weight = tensors.packed(fullName).orElseThrow();
      weights.markUsed(fullName);
      if (!weight.shape().equals(Shape.of(shape))) {
        throw new CheckpointException(
            tensors.path(),
            fullName,
            "must be %s, got %s".formatted(Shape.of(shape), weight.shape()));
      }
      return weight;
    }
  }
}
