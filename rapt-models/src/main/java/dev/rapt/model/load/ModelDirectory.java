package dev.rapt.model.load;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.quant.Quantization;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A Hugging Face folder. */
record ModelDirectory(Path path, Path configFile) implements StoredModel {
  private static final List<String> TOKENIZERS =
      List.of(
          "tokenizer.json",
          "tekken.json",
          "vocab.json",
          "vocab.txt",
          "tokenizer.model",
          "spiece.model",
          "sentencepiece.bpe.model");

  @Override
  public ConfigReader config() {
    return ConfigReader.of(configFile);
  }

  @Override
  public Optional<ConfigReader> generationConfig() {
    return Optional.of(path.resolve("generation_config.json"))
        .filter(Files::exists)
        .map(ConfigReader::of);
  }

  @Override
  public StoredWeights weights() {
    Quantization quantization = Quantization.parse(config()); // before weights are mapped
    Checkpoint checkpoint = Checkpoint.open(path);
    try {
      return new StoredWeights(checkpoint, QuantizedFolder.of(quantization, checkpoint));
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  @Override
  public boolean hasTokenizer() {
    return hasTokenizer(path);
  }

  static boolean hasTokenizer(Path folder) {
    return TOKENIZERS.stream().anyMatch(name -> Files.exists(folder.resolve(name)));
  }

  @Override
  public Tokenizer tokenizer() {
    return Tokenizer.load(path);
  }

  @Override
  public Tokenizer targetTokenizer() {
    return Tokenizer.loadTarget(path);
  }

  @Override
  public Optional<ChatTemplate> chatTemplate() {
    return ChatTemplate.find(path);
  }
}
