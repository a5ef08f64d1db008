package dev.rapt.train.task.prefer;

import dev.rapt.model.Classifier;
import dev.rapt.model.Labels;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TaskTemplate;
import dev.rapt.train.task.completion.Answer;
import dev.rapt.train.task.completion.AnswerTexts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Training of a reward model: one output for a prompt with an answer, higher for the chosen answer
 * than for the rejected one. Bradley and Terry 1952; InstructGPT, arXiv:2203.02155, section 3.5.
 * Margins as in Llama 2, arXiv:2307.09288, section 3.2.2.
 *
 * <p>An encoder reads prompt and answer as a pair of texts, if there is a column of prompts. Unlike
 * in TRL, no end-of-text token follows a text that no chat template has made, so that the model
 * scores texts as any tokenizer encodes them.
 */
public final class RewardTask implements Task {
  private static final String MARGIN = "margin";

  @Override
  public String name() {
    return "reward";
  }

  @Override
  public String description() {
    return "scores answers as people prefer them (reward model)";
  }

  @Override
  public Set<String> settings() {
    return Set.of(AnswerTexts.PLAIN_TEXT, TaskTemplate.SETTING);
  }

  @Override
  public Set<String> columns() {
    return Set.of("prompt", "chosen", "rejected", MARGIN);
  }

  @Override
  public String command() {
    return "classify %s \"...\"";
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    AnswerTexts texts = AnswerTexts.of(setup);
    TaskSetup.Split<Example> examples =
        setup.examples(
            TaskSetup::read, example -> PreferenceReader.promptOf(setup.spec(), example));
    PreferenceReader reader = PreferenceReader.find(setup.spec(), examples.train().getFirst());
    Labels labels = new Labels(List.of("reward"), Labels.Problem.REGRESSION);
    Classifier model =
        Classifier.load(
            setup.folder(), Classifier.Unit.SEQUENCE, labels, setup.endId(), setup.loading());
    try {
      boolean isDecoder = model.config() instanceof CausalConfig;
      if (isDecoder && model.padTokenId().isEmpty()) {
        throw new IllegalArgumentException(
            "tokenizer: must have a padding or end-of-text token to score with a decoder, got none");
      }
      int most = setup.maxTokens(model.config().maxPositions(), PreferTask.USUAL_MAX_TOKENS);
      Pairs pairs = new Pairs(setup, texts, reader, isDecoder, most);
      return new RewardRun(
          setup,
          model,
          new TaskSetup.Split<>(pairs.read(examples.train()), pairs.read(examples.heldOut())),
          most);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** Makes rows of examples. */
  private record Pairs(
      TaskSetup setup,
      AnswerTexts texts,
      PreferenceReader reader,
      boolean isDecoder,
      int maxTokens) {

    List<RewardRun.Row> read(List<Example> examples) {
      List<RewardRun.Row> rows = new ArrayList<>();
      AnswerEncoder encoder = new AnswerEncoder(setup.tokenizer(), maxTokens, false);
      EqualPairs equal = new EqualPairs(maxTokens);
      for (Example example : examples) {
        String rejected = reader.rejected();
        if (rejected == null) {
          throw example.error("must have chosen and rejected answers, got single ones with labels");
        }
        AnswerTexts.Pair pair = texts.pair(example, reader.prompt(), reader.chosen(), rejected);
        Answer chosen = encoder.encode(pair.chosen(), example);
        Answer worse = encoder.encode(pair.rejected(), example);
        equal.addIfEqual(example, chosen, worse);
        rows.add(
            new RewardRun.Row(
                text(pair.chosen(), chosen),
                text(pair.rejected(), worse),
                margin(example),
                chosen.isCut() || worse.isCut()));
      }
      equal.requireNone();
      return rows;
    }

    private TextBatch.Text text(AnswerTexts.Text text, Answer answer) {
      if (isDecoder || text.isRendered()) {
        return new TextBatch.Text(answer.ids(), new int[answer.length()]);
      }
      String end = text.whole().substring(text.prompt().length());
      return reader.prompt() == null
          ? setup.tokens(List.of(text.whole()), null, maxTokens).getFirst().text()
          : setup.tokens(List.of(text.prompt()), List.of(end), maxTokens).getFirst().text();
    }

    private float margin(Example example) {
      String column = setup.spec().columns().getOrDefault(MARGIN, MARGIN);
      boolean isNamed = setup.spec().columns().containsKey(MARGIN);
      return isNamed || example.has(column) ? (float) example.number(column) : 0;
    }
  }
}
