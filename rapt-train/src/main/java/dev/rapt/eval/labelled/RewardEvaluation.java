package dev.rapt.eval.labelled;

import dev.rapt.eval.figure.Figure;
import dev.rapt.eval.task.TaskResult;
import dev.rapt.text.RewardModel;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.completion.AnswerTexts;
import dev.rapt.train.task.completion.PairColumns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleConsumer;

/**
 * Rewards of chosen and rejected answers: the share of pairs in which the chosen one has the higher
 * reward, and the mean difference. A chat template of the model makes the texts.
 */
final class RewardEvaluation implements LabelledEvaluation {
  @Override
  public String name() {
    return "reward";
  }

  @Override
  public Set<String> columns() {
    return new TreeSet<>(PairColumns.ROLES);
  }

  @Override
  public TaskResult run(Path folder, LabelledFile file, DoubleConsumer progress)
      throws IOException {
    List<Example> examples = file.rows();
    PairColumns columns = PairColumns.find(file.columns(), examples.getFirst());
    AnswerTexts texts = new AnswerTexts(ChatTemplate.find(folder).orElse(null));
    double[] right = new double[examples.size()];
    double[] margins = new double[examples.size()];
    List<TaskResult.Sample> samples = new ArrayList<>();
    try (RewardModel model = RewardModel.load(folder)) {
      for (int i = 0; i < right.length; i++) {
        Example example = examples.get(i);
        AnswerTexts.Pair pair =
            texts.pair(example, columns.prompt(), columns.chosen(), columns.rejected());
        double[] rewards =
            model.score(
                pair.chosen().prompt(), List.of(pair.chosen().answer(), pair.rejected().answer()));
        margins[i] = rewards[0] - rewards[1];
        right[i] = margins[i] > 0 ? 1 : 0;
        samples.add(
            new TaskResult.Sample(
                example.file().toString(),
                example.line(),
                List.of(),
                Arrays.toString(rewards),
                List.of(columns.chosen())));
        progress.accept((i + 1.0) / right.length);
      }
    }
    List<Figure> figures =
        List.of(Figure.mean("accuracy", true, right), Figure.mean("margin", true, margins));
    return new TaskResult(file.name(), "", "none", 0, figures, samples);
  }
}
