package dev.rapt.eval.labelled;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Labels;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.StoredModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The evaluations on labelled examples. */
public final class LabelledEvaluations {
  private static final LabelledEvaluation CLASSIFIER = new ClassifierEvaluation();
  private static final LabelledEvaluation REGRESSOR = new RegressorEvaluation();
  private static final LabelledEvaluation REWARDS = new RewardEvaluation();
  private static final LabelledEvaluation TAGGER = new TaggerEvaluation();
  private static final LabelledEvaluation ANSWERER = new AnswererEvaluation();
  private static final LabelledEvaluation RERANKER = new RerankerEvaluation();
  private static final LabelledEvaluation EMBEDDER = new EmbedderEvaluation();
  private static final LabelledEvaluation TRANSLATOR = new TextToTextEvaluation(true);
  private static final LabelledEvaluation SUMMARIZER = new TextToTextEvaluation(false);

  /** In the order in which the help lists them. */
  public static final List<LabelledEvaluation> ALL =
      List.of(
          CLASSIFIER,
          REGRESSOR,
          REWARDS,
          TAGGER,
          ANSWERER,
          RERANKER,
          EMBEDDER,
          TRANSLATOR,
          SUMMARIZER);

  private LabelledEvaluations() {}

  /**
   * Returns the evaluation of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static LabelledEvaluation named(String name) {
    return ALL.stream()
        .filter(evaluation -> evaluation.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "task: must be one of %s, got %s"
                    .formatted(
                        ALL.stream()
                            .map(LabelledEvaluation::name)
                            .collect(Collectors.joining(", ")),
                        name)));
  }

  /**
   * Returns the evaluation that the head of a model asks for; a model of one number is a reward
   * model for examples with chosen and rejected answers.
   *
   * @param folder Hugging Face folder
   * @param examples what it is evaluated on
   * @throws dev.rapt.checkpoint.CheckpointException if there is none for its head
   */
  public static LabelledEvaluation of(Path folder, LabelledFile examples) throws IOException {
    if (Files.exists(folder.resolve("modules.json"))) {
      return EMBEDDER;
    }
    ConfigReader config = StoredModel.of(folder).config();
    HeadKind kind = HeadKind.likely(config).orElse(HeadKind.NONE);
    return switch (kind) {
      case SEQUENCE_CLASSIFICATION ->
          Labels.of(config).problem(true) != Labels.Problem.REGRESSION
              ? CLASSIFIER
              : examples.arePreferences() ? REWARDS : REGRESSOR;
      case TOKEN_CLASSIFICATION -> TAGGER;
      case QUESTION_ANSWERING -> ANSWERER;
      case TEXT_TO_TEXT -> TRANSLATOR;
      case NONE -> EMBEDDER;
      case LANGUAGE_MODEL, MASKED_LM, MULTIPLE_CHOICE, NEXT_SENTENCE, PRETRAINING ->
          throw config.error(
              "architectures",
              "must name a model for labelled examples, got %s; take --tasks or --text for a decoder"
                  .formatted(kind.description()));
    };
  }
}
