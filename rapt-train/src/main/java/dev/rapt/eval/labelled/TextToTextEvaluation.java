package dev.rapt.eval.labelled;

import dev.rapt.eval.figure.Aggregation;
import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.task.TaskResult;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.metrics.Bleu;
import dev.rapt.metrics.Chrf;
import dev.rapt.metrics.Rouge;
import dev.rapt.text.SourceFormat;
import dev.rapt.text.TextToText;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ParallelText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleConsumer;
import java.util.function.ToDoubleFunction;

/**
 * Texts of an encoder-decoder beside references: BLEU and chrF of translations as sacreBLEU has
 * them, ROUGE of summaries. Texts are generated with the settings in the folder of the model,
 * without sampling.
 *
 * @param translates whether the texts are translations, rather than summaries
 */
record TextToTextEvaluation(boolean translates) implements LabelledEvaluation {
  private static final int BATCH = 16;

  /** Most tokens of a text, as rapt translate and rapt summarize generate by default. */
  private static final int MAX_NEW_TOKENS = 256;

  private static final List<String> SOURCES =
      List.of(ParallelText.SOURCE, "src", "document", "article", "text", "dialogue");
  private static final List<String> TARGETS =
      List.of(ParallelText.TARGET, "tgt", "summary", "highlights", "abstract");

  @Override
  public String name() {
    return translates ? "translate" : "summarize";
  }

  @Override
  public Set<String> columns() {
    return Set.of(ParallelText.SOURCE, ParallelText.TARGET);
  }

  @Override
  public TaskResult run(Path folder, LabelledFile file, DoubleConsumer progress)
      throws IOException {
    List<Example> examples = file.texts();
    Example first = examples.getFirst();
    String source = first.column(ParallelText.SOURCE, file.columns(), SOURCES);
    String target = first.column(ParallelText.TARGET, file.columns(), TARGETS);
    List<String> references = examples.stream().map(each -> each.text(target)).toList();
    List<String> texts = new ArrayList<>();
    try (TextToText model = TextToText.load(folder)) {
      SourceFormat format =
          translates
              ? SourceFormat.toTranslate(folder, model.tokenizer(), null, null, null)
              : SourceFormat.toSummarize(folder, null);
      List<TextToText.Source> sources =
          examples.stream().map(each -> model.source(each.text(source), format)).toList();
      GenerationOptions options =
          model.defaults().toBuilder()
              .numReturnSequences(1)
              .doSample(false)
              .maxNewTokens(MAX_NEW_TOKENS)
              .build();
      for (List<GeneratedSequence> sequences :
          model.generate(
              sources,
              format,
              options,
              BATCH,
              (done, all) -> progress.accept((double) done / all))) {
        texts.add(sequences.getFirst().text().strip());
      }
    }
    List<TaskResult.Sample> samples = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      samples.add(
          new TaskResult.Sample(
              examples.get(i).file().toString(),
              examples.get(i).line(),
              List.of(),
              texts.get(i),
              List.of(references.get(i))));
    }
    List<Figure> figures =
        translates ? ofTranslations(texts, references) : ofSummaries(texts, references);
    return new TaskResult(file.name(), "", "none", 0, figures, samples);
  }

  private static List<Figure> ofTranslations(List<String> texts, List<String> references) {
    Bleu bleu = new Bleu();
    Chrf chrf = Chrf.characters(false);
    double[][] ofBleu = new double[texts.size()][], ofChrf = new double[texts.size()][];
    for (int i = 0; i < texts.size(); i++) {
      List<String> reference = List.of(references.get(i));
      ofBleu[i] = bleu.counts(texts.get(i), reference);
      ofChrf[i] = chrf.counts(texts.get(i), reference);
    }
    return List.of(
        new Figure("bleu", true, Aggregation.BLEU, ofBleu),
        new Figure("chrf", true, Aggregation.CHRF, ofChrf));
  }

  private static List<Figure> ofSummaries(List<String> texts, List<String> references) {
    List<Rouge> scores = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      Rouge score = new Rouge();
      score.add(texts.get(i), references.get(i));
      scores.add(score);
    }
    return List.of(
        figure("rouge1", scores, Rouge::rouge1),
        figure("rouge2", scores, Rouge::rouge2),
        figure("rougeL", scores, Rouge::rougeL),
        figure("rougeLsum", scores, Rouge::rougeLsum));
  }

  private static Figure figure(String name, List<Rouge> scores, ToDoubleFunction<Rouge> value) {
    return Figure.mean(name, true, scores.stream().mapToDouble(value).toArray());
  }
}
