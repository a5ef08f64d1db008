package dev.rapt.text;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Classifier;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.embed.NamedPrompts;
import dev.rapt.text.embed.SentenceFolder;
import dev.rapt.text.embed.TorchActivation;
import dev.rapt.text.embed.TransformerSettings;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.Truncation;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Ranks documents by how well they answer a query: a sequence classifier with one label reads query
 * and document together, as the CrossEncoder of sentence-transformers does. monoBERT,
 * arXiv:1901.04085.
 *
 * <pre>{@code
 * try (Reranker model = Reranker.load(folder)) {
 *   int best = model.rank("Who wrote it?", documents).getFirst().index();
 * }
 * }</pre>
 */
public final class Reranker extends BatchedReader<Classifier> {
  /**
   * A document and its score.
   *
   * @param index position in the given list, from 0
   * @param score larger for a better answer
   * @param isCut whether a part of query or document was left out
   */
  public record Ranked(int index, float score, boolean isCut) {}

  private final NamedPrompts prompts;
  private final Truncation truncation;
  private final UnaryOperator<Tensor> activation;

  private Reranker(
      Classifier model,
      Tokenizer tokenizer,
      SentenceFolder folder,
      UnaryOperator<Tensor> activation) {
    super(model, tokenizer, folder.transformer().hasTokenTypes());
    prompts = folder.prompts();
    TransformerSettings settings = folder.transformer();
    truncation = settings.truncation(tokenizer, settings.maxTokens(model.config()));
    this.activation = activation;
  }

  /**
   * Loads a Hugging Face folder, or an ONNX file, with its tokenizer.
   *
   * @throws CheckpointException if a file is missing or damaged, or the model is not a classifier
   *     with one label
   */
  public static Reranker load(Path folder) {
    SentenceFolder read = SentenceFolder.reranker(folder);
    Path transformer = read.transformer().folder();
    ConfigReader json = StoredModel.of(transformer).config();
    UnaryOperator<Tensor> activation = activation(read, json);
    Tokenizer tokenizer = read.transformer().tokenizer();
    Classifier model = Classifier.load(transformer, Classifier.Unit.SEQUENCE);
    int numLabels = model.labels().count();
    if (numLabels != 1) {
      model.close();
      throw json.error(
          "id2label",
          "must have one label for a reranker, got %d; use rapt classify".formatted(numLabels));
    }
    return new Reranker(model, tokenizer, read, activation);
  }

  /**
   * Reads the function that makes a score of a logit: from config_sentence_transformers.json or,
   * before release 5.4, from config.json; a sigmoid where there is none.
   */
  private static UnaryOperator<Tensor> activation(SentenceFolder folder, ConfigReader json) {
    String key = "activation_fn";
    String oldest = "sbert_ce_default_activation_function";
    ConfigReader nested = json.object("sentence_transformers").orElse(json);
    ConfigReader holder = folder.settings().has(key) ? folder.settings() : nested;
    return holder.has(key)
        ? TorchActivation.of(holder, key, "Sigmoid")
        : TorchActivation.of(json, oldest, "Sigmoid");
  }

  /** Returns the prompts of the model, which are put before the query. */
  public NamedPrompts prompts() {
    return prompts;
  }

  @Override
  public int maxTokens() {
    return truncation.maxLength();
  }

  /** Ranks documents, best first, with the model's default prompt. */
  public List<Ranked> rank(String query, List<String> documents) {
    return rank(query, documents, prompts.byDefault());
  }

  /**
   * Ranks documents, best first; those of equal scores stay in their order.
   *
   * @param prompt put before the query; empty for none
   */
  public List<Ranked> rank(String query, List<String> documents, String prompt) {
    List<String> queries = Collections.nCopies(documents.size(), prompt + query);
    List<Encoding> encoded =
        tokenizer()
            .encodePairs(queries, documents, EncodeOptions.DEFAULT.withTruncation(truncation));
    float[] scores = new float[documents.size()];
    runBatches(
        encoded,
        (ids, pass, rows) -> {
          Tensor batch = activation.apply(model().logits(ids, pass)); // (B, 1)
          for (int b = 0; b < rows.length; b++) {
            scores[rows[b]] = Probabilities.row(batch, b)[0];
          }
        });
    return IntStream.range(0, scores.length)
        .mapToObj(i -> new Ranked(i, scores[i], !encoded.get(i).overflowing().isEmpty()))
        .sorted(Comparator.comparing(Ranked::score, Comparator.reverseOrder()))
        .toList();
  }
}
