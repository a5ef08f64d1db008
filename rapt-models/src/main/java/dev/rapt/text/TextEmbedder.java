package dev.rapt.text;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Encoder;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Embeds texts as vectors of length 1; the dot product of two is their cosine similarity.
 * Sentence-BERT, arXiv:1908.10084.
 *
 * <pre>{@code
 * try (TextEmbedder model = TextEmbedder.load(folder)) {
 *   float[] vector = model.embed("What a film!").vector();
 * }
 * }</pre>
 */
public final class TextEmbedder extends BatchedReader<Encoder> {
  /** Where sentence-transformers stores the pooling. */
  private static final String POOLING_FILE = "1_Pooling/config.json";

  /** How the vectors of the tokens become one. */
  public enum Pooling {
    /** Mean of all tokens. */
    MEAN,
    /** The first token (CLS). */
    FIRST
  }

  /**
   * The embedding of a text.
   *
   * @param vector (D)
   * @param isCut whether the end of the text was left out
   */
  @SuppressWarnings("ArrayRecordComponent") // made once, handed to one reader
  public record Embedded(float[] vector, boolean isCut) {}

  private final Pooling pooling;

  private TextEmbedder(Encoder model, Tokenizer tokenizer, Pooling pooling) {
    super(model, tokenizer);
    this.pooling = pooling;
  }

  /**
   * Loads a Hugging Face folder with its tokenizer. Pools by the mean unless the folder has the
   * pooling configuration of sentence-transformers.
   */
  public static TextEmbedder load(Path folder) {
    Tokenizer tokenizer = Tokenizer.load(folder);
    Pooling pooling = pooling(folder.resolve(POOLING_FILE));
    return new TextEmbedder(Encoder.load(folder), tokenizer, pooling);
  }

  private static Pooling pooling(Path file) {
    if (!Files.exists(file)) {
      return Pooling.MEAN;
    }
    ConfigReader json = ConfigReader.of(file);
    if (json.boolOr("pooling_mode_mean_tokens", false)) {
      return Pooling.MEAN;
    }
    if (json.boolOr("pooling_mode_cls_token", false)) {
      return Pooling.FIRST;
    }
    throw json.error("pooling_mode_mean_tokens", "or pooling_mode_cls_token must be true");
  }

  /** Embeds a text. */
  public Embedded embed(String text) {
    return embed(List.of(text)).getFirst();
  }

  /** Embeds texts. */
  public List<Embedded> embed(List<String> texts) {
    List<Encoding> encoded = Texts.encode(tokenizer(), texts, maxTokens());
    Embedded[] embedded = new Embedded[texts.size()];
    runBatches(
        encoded,
        (ids, pass, rows) -> {
          Tensor vectors = Encoder.normalized(pooled(model().hidden(ids, pass), pass)); // (B, D)
          for (int b = 0; b < rows.length; b++) {
            boolean isCut = !encoded.get(rows[b]).overflowing().isEmpty();
            embedded[rows[b]] = new Embedded(Probabilities.row(vectors, b), isCut);
          }
        });
    return List.of(embedded);
  }

  private Tensor pooled(Tensor hidden, Pass pass) {
    return switch (pooling) {
      case MEAN -> Encoder.meanPooled(hidden, pass);
      case FIRST -> Encoder.firstTokens(hidden, pass);
    };
  }
}
