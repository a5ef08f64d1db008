package dev.rapt.eval.labelled;

import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.task.TaskResult;
import dev.rapt.metrics.AnswerScore;
import dev.rapt.text.AnswerOptions;
import dev.rapt.text.QuestionAnswerer;
import dev.rapt.train.example.AnsweredQuestion;
import dev.rapt.train.task.token.AnswerTask;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleConsumer;

/** Extractive question answering: exact match and F1 of SQuAD's evaluation. */
final class AnswererEvaluation implements LabelledEvaluation {
  @Override
  public String name() {
    return "answer";
  }

  @Override
  public Set<String> columns() {
    return Set.of("question", "context", "answers");
  }

  @Override
  public TaskResult run(Path folder, LabelledFile file, DoubleConsumer progress)
      throws IOException {
    List<AnsweredQuestion> questions =
        file.notEmpty(AnswerTask.read(file.single(), file.columns()));
    boolean haveNone = questions.stream().anyMatch(question -> question.answers().isEmpty());
    AnswerOptions options = AnswerOptions.DEFAULT.withAbsence(haveNone);
    double[] exact = new double[questions.size()], f1 = new double[questions.size()];
    List<TaskResult.Sample> samples = new ArrayList<>();
    try (QuestionAnswerer model = QuestionAnswerer.load(folder)) {
      for (int i = 0; i < questions.size(); i++) {
        AnsweredQuestion question = questions.get(i);
        QuestionAnswerer.Answers found =
            model.answer(question.question(), question.context(), options);
        String answer = found.answers().isEmpty() ? "" : found.answers().getFirst().text();
        if (haveNone
            && (found.answers().isEmpty()
                || found.noAnswer() > found.answers().getFirst().score())) {
          answer = "";
        }
        List<String> references =
            question.answers().stream().map(AnsweredQuestion.Answer::text).toList();
        AnswerScore score = new AnswerScore();
        score.add(answer, references);
        exact[i] = score.exactMatch();
        f1[i] = score.f1();
        samples.add(
            new TaskResult.Sample(
                question.file().toString(), question.line(), List.of(), answer, references));
        progress.accept((i + 1.0) / questions.size());
      }
    }
    List<Figure> figures =
        List.of(Figure.mean("exact_match", true, exact), Figure.mean("f1", true, f1));
    return new TaskResult(file.name(), "", "none", 0, figures, samples);
  }
}
