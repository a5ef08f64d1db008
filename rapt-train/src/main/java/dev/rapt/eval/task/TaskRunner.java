package dev.rapt.eval.task;

import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.likelihood.Continuation;
import dev.rapt.eval.likelihood.Likelihood;
import dev.rapt.eval.likelihood.LikelihoodScorer;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.metrics.Bleu;
import dev.rapt.metrics.Chrf;
import dev.rapt.text.TextModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Runs tasks with a decoder. */
public final class TaskRunner {
  private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

  private final TextModel model;
  private final LikelihoodScorer scorer;
  private final int batchSize;
  private DoubleConsumer progress = _ -> {};

  /**
   * Creates a runner.
   *
   * @param model must stay open
   * @param batchSize most sequences that are read at once, at least 1
   */
  public TaskRunner(TextModel model, int batchSize) {
    this.model = model;
    this.batchSize = batchSize;
    scorer = new LikelihoodScorer(model, batchSize);
  }

  /** Sets what receives the share of a task that is done, 0 to 1. */
  public void onProgress(DoubleConsumer listener) {
    progress = listener;
    scorer.onProgress(listener);
  }

  /**
   * Runs a task; returns a result for each of its filters.
   *
   * @throws TaskException if the task cannot be used
   * @throws dev.rapt.train.example.ExampleException if an example lacks what the task asks for
   */
  public List<TaskResult> run(EvalTask task) throws IOException {
    List<TaskItem> items = task.items();
    return switch (task.type()) {
      case MULTIPLE_CHOICE -> List.of(choose(task, items));
      case LOGLIKELIHOOD -> List.of(likelihood(task, items));
      case LOGLIKELIHOOD_ROLLING -> List.of(rolling(task, items));
      case GENERATE_UNTIL -> generate(task, items);
    };
  }

  private static TaskResult result(
      EvalTask task,
      String filter,
      Function<TaskMetric, double[][]> rows,
      List<TaskResult.Sample> samples) {
    List<Figure> figures = new ArrayList<>();
    for (TaskMetric metric : task.metrics()) {
      figures.add(
          new Figure(
              metric.name(), metric.higherIsBetter(), metric.aggregation(), rows.apply(metric)));
    }
    return new TaskResult(task.name(), task.version(), filter, task.numFewShot(), figures, samples);
  }

  private static TaskResult.Sample sample(TaskItem item, List<Likelihood> scores, String response) {
    List<String> answers =
        item.choices().isEmpty()
            ? item.answer().all(List.of(), item.doc())
            : item.answer().rightChoices(item.choices(), item.doc()).stream()
                .map(String::valueOf)
                .toList();
    return new TaskResult.Sample(
        item.doc().file().toString(),
        item.doc().line(),
        scores.stream().map(Likelihood::logProb).toList(),
        response,
        answers);
  }

  private TaskResult choose(EvalTask task, List<TaskItem> items) {
    boolean needsUnconditional = task.hasMetric("acc_mutual_info");
    items.forEach(item -> item.answer().rightChoices(item.choices(), item.doc()));
    List<Continuation> asked = new ArrayList<>();
    for (TaskItem item : items) {
      for (int i = 0; i < item.continuations().size(); i++) {
        asked.add(new Continuation(item.contextOf(i), item.continuations().get(i)));
      }
      if (needsUnconditional) {
        item.choices()
            .forEach(choice -> asked.add(new Continuation("", task.choiceDelimiter() + choice)));
      }
    }
    List<Likelihood> scores = scorer.score(asked);
    int most = items.stream().mapToInt(item -> item.choices().size()).max().orElse(0);
    List<ChoiceRow> rows = new ArrayList<>();
    List<TaskResult.Sample> samples = new ArrayList<>();
    int at = 0;
    for (TaskItem item : items) {
      int count = item.choices().size();
      List<Likelihood> own = scores.subList(at, at += count);
      List<Likelihood> unconditional =
          needsUnconditional ? scores.subList(at, at += count) : List.of();
      rows.add(new ChoiceRow(item, own, unconditional, most));
      samples.add(sample(item, own, ""));
    }
    return result(
        task,
        ResponseFilter.Pipeline.FIRST.name(),
        metric -> rows.stream().map(row -> row.of(metric)).toArray(double[][]::new),
        samples);
  }

  private TaskResult likelihood(EvalTask task, List<TaskItem> items) {
    List<Likelihood> scores =
        scorer.score(
            items.stream()
                .map(item ->
                    new Continuation(item.contexts().getFirst(), item.continuations().getFirst()))
                .toList());
    List<TaskResult.Sample> samples = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      samples.add(sample(items.get(i), scores.subList(i, i + 1), ""));
    }
    return result(
        task,
        ResponseFilter.Pipeline.FIRST.name(),
        metric ->
            scores.stream()
                .map(score ->
                    new double[] {
                      metric.name().equals("acc") ? (score.isGreedy() ? 1 : 0) : score.logProb(), 1
                    })
                .toArray(double[][]::new),
        samples);
  }

  private TaskResult rolling(EvalTask task, List<TaskItem> items) {
    List<String> texts = items.stream().map(item -> item.continuations().getFirst()).toList();
    double[] logProbs = scorer.rolling(texts);
    List<TaskResult.Sample> samples = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Likelihood score = new Likelihood(logProbs[i], 1, false);
      samples.add(sample(items.get(i), List.of(score), ""));
    }
    return result(
        task,
        ResponseFilter.Pipeline.FIRST.name(),
        metric ->
            IntStream.range(0, logProbs.length)
                .mapToObj(i -> new double[] {logProbs[i], size(metric, texts.get(i))})
                .toArray(double[][]::new),
        samples);
  }

  private static double size(TaskMetric metric, String text) {
    return metric.name().equals("word_perplexity")
        ? SPACES.split(text, -1).length
        : text.getBytes(StandardCharsets.UTF_8).length;
  }

  private List<TaskResult> generate(EvalTask task, List<TaskItem> items) {
    List<List<String>> responses = responses(task, items);
    List<TaskResult> results = new ArrayList<>();
    for (ResponseFilter.Pipeline filter : task.filters()) {
      List<String> left =
          IntStream.range(0, items.size())
              .mapToObj(i -> filter.apply(responses.get(i), items.get(i).doc()))
              .toList();
      List<TaskResult.Sample> samples = new ArrayList<>();
      for (int i = 0; i < items.size(); i++) {
        samples.add(sample(items.get(i), List.of(), left.get(i)));
      }
      results.add(
          result(
              task,
              filter.name(),
              metric ->
                  IntStream.range(0, items.size())
                      .mapToObj(i -> textRow(metric, items.get(i), left.get(i)))
                      .toArray(double[][]::new),
              samples));
    }
    return results;
  }

  private static double[] textRow(TaskMetric metric, TaskItem item, String response) {
    List<String> references = item.answer().all(item.choices(), item.doc());
    return switch (metric.name()) {
      case "bleu" -> new Bleu().counts(response, references);
      case "chrf" -> Chrf.characters(false).counts(response, references);
      case "chrf++" -> Chrf.withWords(false).counts(response, references);
      default -> {
        ExactMatch match = metric.exactMatch();
        boolean holds =
            match != null
                && references.stream().anyMatch(reference -> match.holds(response, reference));
        yield new double[] {holds ? 1 : 0, 1};
      }
    };
  }

  /** Generates the responses to each prompt, the longest prompts first. */
  private List<List<String>> responses(EvalTask task, List<TaskItem> items) {
    GenerationSettings settings = task.generation();
    int room = model.maxPositions() - settings.maxTokens();
    if (room < 1) {
      String problem =
          "must be below the %d tokens of the model's context, got %d; pass a smaller --max-gen-toks"
              .formatted(model.maxPositions(), settings.maxTokens());
      YamlNode node = settings.maxTokensNode();
      throw node != null
          ? node.error(problem)
          : new TaskException(task.file(), "generation_kwargs.max_gen_toks: " + problem);
    }
    GenerationOptions options = settings.options(model.defaults(), task.repeats(), task.seed());
    List<int[]> prompts = new ArrayList<>();
    for (TaskItem item : items) {
      String context = item.contexts().getFirst();
      int[] ids = context.isEmpty() ? model.encode(context) : scorer.encode(context);
      prompts.add(Arrays.copyOfRange(ids, Math.max(0, ids.length - room), ids.length));
    }
    List<Integer> order =
        IntStream.range(0, items.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> -prompts.get(i).length))
            .toList();
    List<List<String>> responses = new ArrayList<>(Collections.nCopies(items.size(), List.of()));
    for (int from = 0; from < order.size(); from += batchSize) {
      List<Integer> batch = order.subList(from, Math.min(order.size(), from + batchSize));
      List<GeneratedSequence> sequences =
          model
              .generator()
              .generate(Prompts.of(batch.stream().map(prompts::get).toList()), options)
              .sequences();
      int each = sequences.size() / batch.size();
      for (int i = 0; i < batch.size(); i++) {
        List<String> own =
            sequences.subList(i * each, (i + 1) * each).stream()
                .map(sequence -> textOf(sequence, settings.until()))
                .toList();
        responses.set(
            batch.get(i), each == 1 ? Collections.nCopies(task.repeats(), own.getFirst()) : own);
      }
      progress.accept((double) (from + batch.size()) / order.size());
    }
    return responses;
  }

  /** Returns the text of the new tokens alone, up to a stop string. */
  private String textOf(GeneratedSequence sequence, List<String> until) {
    String text = model.tokenizer().decode(sequence.newIds(), true);
    for (String stop : until) {
      int end = text.indexOf(stop);
      text = end < 0 ? text : text.substring(0, end);
    }
    return text;
  }
}
