package dev.rapt.train.task.sequence;

import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.model.Labels;
import dev.rapt.text.embed.TransformerSettings;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TuningSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ranking of passages for a query by a cross-encoder, which reads both together. The folder is one
 * of a CrossEncoder of sentence-transformers. monoBERT, arXiv:1901.04085.
 */
public record RankTask() implements Task {
  private static final String QUERY = "query";
  private static final String PASSAGE = "passage";
  private static final String SCORE = "score";

  @Override
  public String name() {
    return "rank";
  }

  @Override
  public String description() {
    return "ranks passages for a query (reranker, cross-encoder)";
  }

  @Override
  public Set<String> settings() {
    return Set.of();
  }

  @Override
  public Set<String> columns() {
    return Set.of(QUERY, PASSAGE, SCORE);
  }

  @Override
  public String command() {
    return "rank %s \"query\" -f FILE";
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    TuningSpec spec = setup.spec();
    TaskSetup.Split<Example> examples =
        setup.examples(
            TaskSetup::read,
            example -> example.text(Columns.of(spec, QUERY, Columns.QUERY, example)));
    Example any = examples.train().getFirst();
    String query = Columns.of(spec, QUERY, Columns.QUERY, any);
    String passage = Columns.of(spec, PASSAGE, Columns.PASSAGE, any);
    String score = Columns.of(spec, SCORE, Columns.SCORE, any);
    Function<Example, Relevance.Judged> target =
        example -> new Relevance.Judged(example.text(query), relevance(example, score));
    if (examples.train().stream().map(e -> target.apply(e).isRelevant()).distinct().count() < 2) {
      throw any.error(
          "the training examples must be relevant in part, got only scores %s 0.5"
              .formatted(target.apply(any).isRelevant() ? "of at least" : "below"));
    }
    Labels labels = new Labels(List.of("LABEL_0"), null);
    TextColumns columns =
        new TextColumns(query, passage, TransformerSettings.plain(setup.folder()).hasTokenTypes());
    return SequenceRun.open(
        setup,
        new SequenceRun.Parts<>(
            examples, columns, target, labels, new Relevance(), RankTask::writeFiles));
  }

  private static float relevance(Example example, String column) {
    double score = example.number(column);
    if (!(score >= 0 && score <= 1)) {
      throw example.error("\"%s\" must be from 0 to 1, got %s".formatted(column, score));
    }
    return (float) score;
  }

  /** Writes what sentence-transformers 6 writes beside the transformer. */
  private static void writeFiles(Path folder) {
    JsonMapper json = JsonMapper.shared();
    ObjectNode module = json.createObjectNode();
    module.put("idx", 0).put("name", "0").put("path", "");
    module.put("type", "sentence_transformers.base.modules.transformer.Transformer");
    JsonFiles.write(folder.resolve("modules.json"), json.createArrayNode().add(module));
    ObjectNode settings = json.createObjectNode();
    settings.put("activation_fn", "torch.nn.modules.activation.Sigmoid");
    settings.putNull("default_prompt_name").put("model_type", "CrossEncoder");
    settings.putObject("prompts");
    JsonFiles.write(folder.resolve("config_sentence_transformers.json"), settings);
    ObjectNode transformer = json.createObjectNode();
    transformer.put("transformer_task", "sequence-classification");
    ObjectNode text = transformer.putObject("modality_config").putObject("text");
    text.put("method", "forward").put("method_output_name", "logits");
    transformer.put("module_output_name", "scores");
    JsonFiles.write(folder.resolve("sentence_bert_config.json"), transformer);
  }
}
