package dev.rapt.text;

import dev.rapt.model.Encoder;
import dev.rapt.model.load.Loading;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.embed.EmbeddingPipeline;
import dev.rapt.text.embed.NamedPrompts;
import dev.rapt.text.embed.PoolingMode;
import dev.rapt.text.embed.PromptedTexts;
import dev.rapt.text.embed.SentenceFolder;
import dev.rapt.text.embed.Similarity;
import dev.rapt.text.embed.TransformerSettings;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Embeds texts as vectors, as sentence-transformers does with the same folder. Sentence-BERT,
 * arXiv:1908.10084.
 *
 * <pre>{@code
 * try (TextEmbedder model = TextEmbedder.load(folder)) {
 *   float[] film = model.embed("What a film!").vector();
 *   float[] book = model.embed("What a book!").vector();
 *   double score = model.similarity().of(film, book);
 * }
 * }</pre>
 */
public final class TextEmbedder extends BatchedReader<Encoder> {
  /**
   * The embedding of a text.
   *
   * @param vector (E); of length 1 only where the model normalises
   * @param isCut whether a part of the text was left out
   */
  @SuppressWarnings("ArrayRecordComponent") // made once, handed to one reader
  public record Embedded(float[] vector, boolean isCut) {}

  private final SentenceFolder folder;
  private final EmbeddingPipeline pipeline;
  private final NamedPrompts prompts;
  private final Similarity similarity;
  private final PromptedTexts prompted;

  private TextEmbedder(Encoder model, Tokenizer tokenizer, SentenceFolder folder) {
    super(model, tokenizer);
    this.folder = folder;
    prompts = folder.prompts();
    similarity = folder.similarity();
    pipeline = folder.pipeline(model.scope(), Loading.INFERENCE);
    TransformerSettings settings = folder.transformer();
    prompted =
        new PromptedTexts(
            tokenizer, settings.truncation(tokenizer, settings.maxTokens(model.config())));
  }

  /**
   * Loads a folder of sentence-transformers, with the modules that its modules.json names, or a
   * GGUF or ONNX file, to which a modules.json beside it belongs. In any other Hugging Face folder,
   * the vector is the mean of the last hidden states; for a causal language model, that of the last
   * token.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if a file is missing or damaged, or a module is
   *     not known
   */
  public static TextEmbedder load(Path folder) {
    return load(SentenceFolder.embedder(folder));
  }

  /**
   * Loads a model without modules.json that is pooled in a way of its own, such as BGE by the first
   * token.
   *
   * @throws IllegalArgumentException if it has a modules.json
   * @throws dev.rapt.checkpoint.CheckpointException if a file is missing or damaged
   */
  public static TextEmbedder load(Path folder, PoolingMode pooling) {
    return load(SentenceFolder.embedder(folder).pooledBy(pooling));
  }

  private static TextEmbedder load(SentenceFolder read) {
    Tokenizer tokenizer = read.transformer().tokenizer();
    Encoder model = Encoder.load(read.transformer().folder());
    try {
      return new TextEmbedder(model, tokenizer, read);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** Returns whether the folder names its modules, rather than being pooled by default. */
  public boolean hasModules() {
    return folder.hasModules();
  }

  /** Returns how vectors are pooled without modules: {@code mean}, {@code cls}, ... */
  public String plainPooling() {
    return folder.plainPooling();
  }

  /** Returns the prompts of the model. */
  public NamedPrompts prompts() {
    return prompts;
  }

  /** Returns how the model's vectors are compared. */
  public Similarity similarity() {
    return similarity;
  }

  @Override
  public int maxTokens() {
    return prompted.truncation().maxLength();
  }

  /** Embeds a text, behind the model's default prompt. */
  public Embedded embed(String text) {
    return embed(List.of(text)).getFirst();
  }

  /** Embeds texts, behind the model's default prompt. */
  public List<Embedded> embed(List<String> texts) {
    return embed(texts, prompts.byDefault());
  }

  /**
   * Embeds texts.
   *
   * @param prompt put before each text; empty for none
   */
  public List<Embedded> embed(List<String> texts, String prompt) {
    int promptTokens = pipeline.excludesPrompt() ? prompted.promptTokens(prompt) : 0;
    List<Encoding> encoded = prompted.encode(texts, prompt);
    Embedded[] embedded = new Embedded[texts.size()];
    runBatches(
        encoded,
        (ids, pass, rows) -> {
          int[] lengths = Arrays.stream(rows).map(row -> encoded.get(row).size()).toArray();
          Tensor vectors = pipeline.vectors(model().hidden(ids, pass), pass, lengths, promptTokens);
          for (int b = 0; b < rows.length; b++) {
            boolean isCut = !encoded.get(rows[b]).overflowing().isEmpty();
            embedded[rows[b]] = new Embedded(Probabilities.row(vectors, b), isCut);
          }
        });
    return List.of(embedded);
  }
}
