package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.ParameterSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * ERNIE 1.0 to 3.0 (arXiv:1904.09223, arXiv:1907.12412). As {@link Bert}, but with a task embedding
 * on every token. Like the reference, it uses task 0 always:
 *
 * <pre>
 * x = norm(token[ids] + segment[types] + position[0 .. T - 1] + task[0])    (B, T, D)
 * </pre>
 */
public final class Ernie {
  /** {@code ernie}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("ernie", "ErnieForMaskedLM", "ernie", Config::parse, Ernie::build);

  /**
   * What config.json of an ERNIE says.
   *
   * @param numTasks rows of the task embedding; 0 without task embedding
   * @param isCausal whether a token sees only itself and earlier tokens ({@code is_decoder})
   */
  public record Config(EncoderSizes sizes, int numTasks, boolean isCausal)
      implements EncoderConfig {
    private static final int DEFAULT_TASKS = 3;

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      int numTasks = json.intOr("task_type_vocab_size", DEFAULT_TASKS, 1, Integer.MAX_VALUE);
      return new Config(
          EncoderSizes.parse(json, EncoderSizes.Keys.BERT),
          json.boolOr("use_task_id", false) ? numTasks : 0,
          json.boolOr("is_decoder", false));
    }

    @Override
    public String modelType() {
      return "ernie";
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, EncoderSizes.Keys.BERT);
      json.put("use_task_id", numTasks > 0)
          .put("task_type_vocab_size", numTasks > 0 ? numTasks : DEFAULT_TASKS)
          .put("is_decoder", isCausal);
    }

    @Override
    public Vocabulary vocabularyHead() {
      return Bert.Config.vocabularyHead(sizes);
    }

    @Override
    public String pairProjection() {
      return "cls.seq_relationship";
    }
  }

  private Ernie() {}

  /** Builds the model without its head from the parameters under {@code ernie} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    EncoderParts parts = new EncoderParts(config.sizes(), EncoderParts.Names.BERT);
    Bert bert = new Bert(parts);
    ParameterSource tables = source.at("embeddings");
    Embeddings embeddings = bert.embeddings(tables);
    if (config.numTasks() > 0) {
      embeddings =
          embeddings.withTaskEmbedding(
              parts.table(tables.at("task_type_embeddings"), config.numTasks()));
    }
    return bert.stack(embeddings, source);
  }
}
