package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.gguf.GgufFile;
import java.util.List;
import java.util.stream.Collectors;

/** The architectures of GGUF files that Rapt runs. */
public final class Architectures {
  private static final String KEY = "general.architecture";

  private static final List<Architecture> ALL =
      List.of(
          new BertArchitecture(),
          new GemmaArchitecture.Gemma1(),
          new GemmaArchitecture.Gemma2(),
          new GemmaArchitecture.Gemma3(),
          new Gpt2Architecture(),
          new GptOssArchitecture(),
          new LlamaArchitecture(),
          new Phi3Architecture(),
          new QwenArchitecture.Qwen2(),
          new QwenArchitecture.Qwen3(),
          new QwenArchitecture.Qwen3Moe(),
          new T5Architecture());

  private Architectures() {}

  /** Returns all architectures, by name. */
  public static List<Architecture> all() {
    return ALL;
  }

  /**
   * Returns the architecture of a file.
   *
   * @throws CheckpointException if Rapt does not have it
   */
  public static Architecture of(GgufFile file) {
    String name = file.metadata().text(KEY);
    return ALL.stream()
        .filter(known -> known.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new CheckpointException(
                file.path(),
                KEY,
                "must be one of %s, got %s; use the release in safetensors"
                    .formatted(
                        ALL.stream().map(Architecture::name).collect(Collectors.joining(", ")),
                        name)));
  }

  /**
   * Returns the architecture of a Hugging Face model.
   *
   * @throws CheckpointException if GGUF has none for it that Rapt writes
   */
  public static Architecture of(ConfigReader config) {
    String type = config.requireString("model_type");
    return ALL.stream()
        .filter(known -> known.releases().stream().anyMatch(r -> r.modelType().equals(type)))
        .findFirst()
        .orElseThrow(() ->
            config.error(
                "model_type",
                "must be one of %s to be written to GGUF, got %s"
                    .formatted(
                        ALL.stream()
                            .flatMap(known -> known.releases().stream())
                            .map(Architecture.Release::modelType)
                            .distinct()
                            .sorted()
                            .collect(Collectors.joining(", ")),
                        type)));
  }
}
