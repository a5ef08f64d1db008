package dev.rapt.train.task.token;

import dev.rapt.metrics.AnswerScore;
import dev.rapt.model.QuestionAnswering;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.AnswerOptions;
import dev.rapt.text.AnswerSearch;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.train.Evaluator;
import dev.rapt.train.Measurement;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.ShuffledRows;
import dev.rapt.train.batch.SpanTargets;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.example.AnsweredQuestion;
import dev.rapt.train.objective.AnswerObjective;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.task.HeldOutRows;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TextRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** Training of extractive question answering. */
final class AnswerRun implements TaskRun<TargetBatch<SpanTargets>> {
  /** As in the question-answering example of Hugging Face transformers. */
  private static final int USUAL_WINDOW = 384;

  private static final int USUAL_STRIDE = 128;
  private static final int LONGEST_ANSWER = 30;
  private static final int MOST_STRIDE = 1 << 20;

  /** Held-out questions whose windows are in memory at once. */
  private static final int CHUNK = 256;

  private final TaskSetup setup;
  private final QuestionAnswering model;
  private final TaskSetup.Split<AnsweredQuestion> questions;
  private final List<TextRow<AnswerWindow>> train;
  private final AnswerOptions options;
  private final int padId;
  private List<String> details = List.of();
  private Map<String, Object> figures = Map.of();

  AnswerRun(TaskSetup setup, QuestionAnswering model, TaskSetup.Split<AnsweredQuestion> questions) {
    this.setup = setup;
    this.model = model;
    this.questions = questions;
    boolean mayBeAbsent =
        questions.train().stream().anyMatch(question -> question.answers().isEmpty());
    options =
        AnswerOptions.DEFAULT
            .withMaxWindowTokens(setup.maxTokens(model.config().maxPositions(), USUAL_WINDOW))
            .withMaxAnswerTokens(LONGEST_ANSWER)
            .withAbsence(mayBeAbsent)
            .withOverlap((int) setup.number(AnswerTask.STRIDE, USUAL_STRIDE, 0, MOST_STRIDE));
    padId = setup.padId(model.padTokenId().orElse(-1));
    train =
        questions.train().stream()
            .parallel()
            .flatMap(question -> windows(question).map(window -> row(window, question)))
            .toList();
    questions.heldOut().stream().parallel().forEach(this::windows); // finds questions without room
  }

  private Stream<Encoding> windows(AnsweredQuestion question) {
    try {
      return AnswerSearch.windows(
          setup.tokenizer(),
          question.question(),
          question.context(),
          model.config().maxPositions(),
          options)
          .stream();
    } catch (IllegalArgumentException e) {
      throw question.error(String.valueOf(e.getMessage()));
    }
  }

  private static TextRow<AnswerWindow> row(Encoding window, AnsweredQuestion question) {
    return new TextRow<>(TaskSetup.text(window), AnswerWindow.of(window, question));
  }

  @Override
  public QuestionAnswering model() {
    return model;
  }

  @Override
  public Objective<TargetBatch<SpanTargets>> objective() {
    return new AnswerObjective(model);
  }

  @Override
  public BatchSampler<TargetBatch<SpanTargets>> batches() {
    int longest = train.stream().mapToInt(TextRow::length).max().orElse(0);
    return new ShuffledRows<>(
        train, setup.spec().batchSize(), longest, setup.spec().seed(), this::batch);
  }

  private TargetBatch<SpanTargets> batch(List<TextRow<AnswerWindow>> rows) {
    SpanTargets spans =
        new SpanTargets(
            rows.stream().mapToInt(row -> row.target().first()).toArray(),
            rows.stream().mapToInt(row -> row.target().last()).toArray());
    return new TargetBatch<>(
        TextBatch.of(rows.stream().map(TextRow::text).toList(), padId), spans, rows.size());
  }

  @Override
  public Evaluator evaluator() {
    return () -> {
      Evaluation evaluation = new Evaluation();
      List<AnsweredQuestion> heldOut = questions.heldOut();
      for (int from = 0; from < heldOut.size(); from += CHUNK) {
        evaluation.add(heldOut.subList(from, Math.min(heldOut.size(), from + CHUNK)));
      }
      details = evaluation.details();
      figures = evaluation.figures();
      return evaluation.measurement();
    };
  }

  /** The scores of held-out questions. */
  private final class Evaluation {
    private final AnswerScore all = new AnswerScore();
    private final AnswerScore answerable = new AnswerScore();
    private final AnswerScore unanswerable = new AnswerScore();
    private double loss;
    private long numWindows;

    /** A window of a question. */
    private record Part(TextRow<AnswerWindow> row, AnswerSearch search, int window) {}

    void add(List<AnsweredQuestion> chunk) {
      List<AnswerSearch> searches = new ArrayList<>();
      List<Part> parts = new ArrayList<>();
      for (AnsweredQuestion question : chunk) {
        List<Encoding> windows = windows(question).toList();
        AnswerSearch search = new AnswerSearch(question.context(), windows, options);
        searches.add(search);
        for (int w = 0; w < windows.size(); w++) {
          parts.add(new Part(row(windows.get(w), question), search, w));
        }
      }
      HeldOutRows<Part> rows = HeldOutRows.byLength(parts, part -> part.row().length());
      rows.batches(setup.spec().batchSize()).forEach(this::run);
      numWindows += parts.size();
      for (int i = 0; i < chunk.size(); i++) {
        score(chunk.get(i), searches.get(i));
      }
    }

    private void run(List<Part> parts) {
      TargetBatch<SpanTargets> batch = batch(parts.stream().map(Part::row).toList());
      try (Scope scope = model.scope().child()) {
        Tensor ids = batch.texts().tensor(scope);
        Pass pass = batch.texts().pass(model, ids).build();
        QuestionAnswering.Scores scores = model.scores(ids, pass);
        for (int b = 0; b < parts.size(); b++) {
          Part part = parts.get(b);
          part.search().add(part.window(), scores, b);
        }
        SpanTargets spans = batch.targets();
        loss += QuestionAnswering.loss(scores, spans.starts(), spans.ends(), pass, 1).getFloat(0);
      }
    }

    private void score(AnsweredQuestion question, AnswerSearch search) {
      String answer =
          search.answers().answers().stream().findFirst().map(found -> found.text()).orElse("");
      List<String> references =
          question.answers().stream().map(AnsweredQuestion.Answer::text).toList();
      all.add(answer, references);
      (references.isEmpty() ? unanswerable : answerable).add(answer, references);
    }

    Measurement measurement() {
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("exact_match", all.exactMatch());
      metrics.put("f1", all.f1());
      return new Measurement(loss / numWindows, numWindows, metrics, "f1");
    }

    List<String> details() {
      return options.mayBeAbsent()
          ? List.of(line("with answer", answerable), line("without answer", unanswerable))
          : List.of();
    }

    Map<String, Object> figures() {
      return options.mayBeAbsent()
          ? Map.of("with_answer", numbers(answerable), "without_answer", numbers(unanswerable))
          : Map.of();
    }

    private static Map<String, Object> numbers(AnswerScore score) {
      return Map.of(
          "questions", score.count(), "exact_match", score.exactMatch(), "f1", score.f1());
    }

    private static String line(String title, AnswerScore score) {
      return String.format(
          Locale.ROOT,
          "%-14s  %6d questions, exact match %.3f, F1 %.3f",
          title,
          score.count(),
          score.exactMatch(),
          score.f1());
    }
  }

  @Override
  public List<String> summary() {
    long numAbsent = train.stream().filter(row -> row.target().equals(AnswerWindow.NONE)).count();
    return List.of(
        "%d training questions in %d windows (%d without an answer), %d held out"
            .formatted(
                questions.train().size(), train.size(), numAbsent, questions.heldOut().size()));
  }

  @Override
  public List<String> details() {
    return details;
  }

  @Override
  public Map<String, Object> figures() {
    return figures;
  }
}
