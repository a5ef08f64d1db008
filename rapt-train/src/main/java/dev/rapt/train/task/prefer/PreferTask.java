package dev.rapt.train.task.prefer;

import dev.rapt.model.CausalLm;
import dev.rapt.model.load.Loading;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TaskTemplate;
import dev.rapt.train.task.TuningSpec;
import dev.rapt.train.task.completion.AnswerTexts;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Preference tuning of a decoder on answers that people chose and rejected, or liked and disliked,
 * without a reward model: DPO, IPO, KTO, ORPO and SimPO.
 */
public final class PreferTask implements Task {
  /** Most tokens of a prompt with its answer by default, as in TRL. */
  static final int USUAL_MAX_TOKENS = 1024;

  private static final String LOSS = "loss";
  private static final String BETA = "beta";
  private static final String GAMMA = "gamma";
  private static final String SMOOTHING = "label-smoothing";
  private static final String DESIRABLE = "desirable-weight";
  private static final String UNDESIRABLE = "undesirable-weight";
  private static final String MAX_KL = "max-kl";
  private static final double USUAL_GAMMA = 1;
  private static final double USUAL_LR = 1e-6;

  /** The losses that read a setting. */
  private static final Map<String, List<PreferenceLoss.Kind>> READERS =
      Map.of(
          GAMMA, List.of(PreferenceLoss.Kind.SIMPO),
          SMOOTHING,
              List.of(
                  PreferenceLoss.Kind.DPO, PreferenceLoss.Kind.ROBUST, PreferenceLoss.Kind.SIMPO),
          DESIRABLE, List.of(PreferenceLoss.Kind.KTO),
          UNDESIRABLE, List.of(PreferenceLoss.Kind.KTO));

  @Override
  public String name() {
    return "prefer";
  }

  @Override
  public String description() {
    return "prefers chosen answers to rejected ones (DPO, IPO, KTO, ORPO, SimPO)";
  }

  @Override
  public Set<String> settings() {
    return Set.of(
        LOSS,
        BETA,
        GAMMA,
        SMOOTHING,
        DESIRABLE,
        UNDESIRABLE,
        MAX_KL,
        AnswerTexts.PLAIN_TEXT,
        TaskTemplate.SETTING);
  }

  @Override
  public Set<String> columns() {
    return Set.of("prompt", "chosen", "rejected", "completion", "label");
  }

  @Override
  public String command() {
    return "generate %s --prompt \"...\"";
  }

  @Override
  public double learningRate() {
    return USUAL_LR;
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    PreferenceLoss loss = loss(setup);
    TuningSpec spec = setup.spec();
    requireReference(setup);
    if (loss.kind() == PreferenceLoss.Kind.KTO && spec.batchSize() < 2) {
      throw new IllegalArgumentException(
          "--batch: must be at least 2 for the loss kto, which compares the answers of a batch, got "
              + spec.batchSize());
    }
    AnswerTexts texts = AnswerTexts.of(setup);
    TaskSetup.Split<Example> examples =
        setup.examples(TaskSetup::read, example -> PreferenceReader.promptOf(spec, example));
    PreferenceReader reader = PreferenceReader.find(spec, examples.train().getFirst());
    double maxKl = setup.number(MAX_KL, Double.POSITIVE_INFINITY, 0, Double.POSITIVE_INFINITY);
    CausalLm model =
        CausalLm.load(
            setup.folder(), setup.folder().resolve("config.json"), setup.loading().trained());
    try {
      int most = setup.maxTokens(model.config().maxPositions(), USUAL_MAX_TOKENS);
      AnswerEncoder encoder = new AnswerEncoder(setup.tokenizer(), most, true);
      List<PreferenceRow> train = rows(loss, spec, reader, examples.train(), texts, encoder);
      if (!reader.arePairs()) {
        requireBoth(train, examples.train().getFirst());
      }
      List<PreferenceRow> heldOut = rows(loss, spec, reader, examples.heldOut(), texts, encoder);
      return new PreferRun(
          setup,
          model,
          CausalLm.load(setup.tokenizerFolder()),
          loss,
          maxKl,
          new TaskSetup.Split<>(train, heldOut),
          most);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static List<PreferenceRow> rows(
      PreferenceLoss loss,
      TuningSpec spec,
      PreferenceReader reader,
      List<Example> examples,
      AnswerTexts texts,
      AnswerEncoder encoder) {
    return loss.kind() == PreferenceLoss.Kind.KTO
        ? reader.singles(examples, texts, encoder, spec.batchSize())
        : reader.pairs(examples, texts, encoder);
  }

  private static void requireReference(TaskSetup setup) {
    if (setup.loading().start() == Loading.Start.FRESH) {
      throw new IllegalArgumentException(
          "--from-scratch: must not come with the task prefer, which keeps a model close to what it was; leave it out");
    }
    TuningSpec.AdapterSpec adapter = setup.spec().adapter();
    if (adapter != null && adapter.dropout() != 0) {
      throw new IllegalArgumentException(
          "--lora-dropout: must be 0 for the task prefer, which compares with a model without dropout, got "
              + adapter.dropout());
    }
  }

  private static void requireBoth(List<PreferenceRow> rows, Example first) {
    boolean isFirst = rows.getFirst().isDesirable();
    if (rows.stream().allMatch(row -> row.isDesirable() == isFirst)) {
      throw first.error("the training examples must have both labels, got only " + isFirst);
    }
  }

  private static PreferenceLoss loss(TaskSetup setup) {
    PreferenceLoss.Kind kind = PreferenceLoss.Kind.named(setup.text(LOSS, "dpo"));
    READERS.forEach((setting, kinds) -> {
      if (setup.spec().settings().containsKey(setting) && !kinds.contains(kind)) {
        throw new IllegalArgumentException(
            "--%s: must come with --loss %s, got %s; leave it out"
                .formatted(
                    setting,
                    String.join(" or ", kinds.stream().map(PreferenceLoss.Kind::label).toList()),
                    kind.label()));
      }
    });
    double most = Double.MAX_VALUE;
    if (setup.number(BETA, kind.usualBeta(), 0, most) == 0) {
      throw new IllegalArgumentException("--beta: must be above 0 for the task prefer, got 0");
    }
    return new PreferenceLoss(
        kind,
        setup.number(BETA, kind.usualBeta(), Double.MIN_NORMAL, most),
        setup.number(GAMMA, USUAL_GAMMA, 0, most),
        setup.number(SMOOTHING, 0, 0, Math.nextDown(0.5)),
        setup.number(DESIRABLE, 1, 0, most),
        setup.number(UNDESIRABLE, 1, 0, most));
  }
}
