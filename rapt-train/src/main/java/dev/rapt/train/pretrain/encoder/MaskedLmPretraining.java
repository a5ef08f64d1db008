package dev.rapt.train.pretrain.encoder;

import dev.rapt.model.EncoderPreset;
import dev.rapt.model.MaskedLm;
import dev.rapt.model.Pretraining;
import dev.rapt.train.Teacher;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.Windows;
import dev.rapt.train.objective.DistilledMaskedLm;
import dev.rapt.train.objective.MaskedLmObjective;
import dev.rapt.train.objective.PairPretrainingObjective;
import dev.rapt.train.pretrain.objective.PretrainObjective;
import dev.rapt.train.pretrain.objective.PretrainRun;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import dev.rapt.train.pretrain.objective.TaughtRun;
import dev.rapt.train.pretrain.objective.WindowRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Masked language modelling: BERT (arXiv:1810.04805, section 3.1) with dynamic masking as in
 * RoBERTa (arXiv:1907.11692, section 4.1), or static masking; of tokens or of whole words; without
 * the prediction of pairs, or with that of the next sentence (BERT) or of the order of sentences
 * (ALBERT, arXiv:1909.11942, section 3.1).
 */
public final class MaskedLmPretraining implements PretrainObjective {
  private static final String PAIRS = "pairs";

  @Override
  public String name() {
    return "masked";
  }

  @Override
  public String description() {
    return "predicts masked tokens from both sides (BERT, RoBERTa, DeBERTa)";
  }

  @Override
  public SpecialTokens tokens() {
    return SpecialTokens.ENCODER;
  }

  @Override
  public List<String> presets() {
    return EncoderModels.names(
        EncoderPreset.BERT_TINY,
        EncoderPreset.BERT_MINI,
        EncoderPreset.BERT_SMALL,
        EncoderPreset.BERT_BASE,
        EncoderPreset.BERT_LARGE,
        EncoderPreset.ALBERT_BASE,
        EncoderPreset.DEBERTA_BASE,
        EncoderPreset.DEBERTA_V3_BASE,
        EncoderPreset.DISTILBERT_BASE,
        EncoderPreset.MODERNBERT_BASE,
        EncoderPreset.MPNET_BASE,
        EncoderPreset.ROBERTA_BASE);
  }

  @Override
  public List<String> next() {
    return List.of(
        "finetune --task classify --model %s --train FILE --out DIR",
        "finetune --task tag --model %s --train FILE --out DIR");
  }

  @Override
  public PretrainSpec.Stack stack(PretrainSpec spec) {
    return EncoderModels.stack(spec);
  }

  @Override
  public Set<String> settings() {
    return Set.of(
        "mask-rate",
        "static-masking",
        "whole-word",
        PAIRS,
        Teacher.FOLDER,
        Teacher.TEMPERATURE,
        Teacher.ALPHA);
  }

  @Override
  public PretrainRun<?> open(PretrainSetup setup) {
    MaskedTexts texts = MaskedTexts.of(setup);
    boolean hasPairs = !setup.text(PAIRS, "none").equals("none");
    if (!Teacher.isSet(setup.settings())) {
      return hasPairs ? pairs(setup, texts) : plain(setup, texts, model(setup, null));
    }
    if (hasPairs) {
      throw new IllegalArgumentException(
          "pairs: must come without a teacher, who predicts tokens alone; leave one out");
    }
    return taught(setup, texts, Teacher.of(setup.settings()));
  }

  private static PretrainRun<?> taught(PretrainSetup setup, MaskedTexts texts, Teacher settings) {
    MaskedLm teacher = settings.maskedLm(setup.tokenizer(), setup.spec().seqLen());
    try {
      MaskedLm model = model(setup, teacher);
      return new TaughtRun<>(
          plain(setup, texts, model),
          new DistilledMaskedLm(model, teacher, settings.temperature(), settings.alpha()),
          teacher);
    } catch (RuntimeException e) {
      teacher.close();
      throw e;
    }
  }

  /** Creates a model, with the tokens of its teacher if it has one, or loads the checkpoint. */
  private static MaskedLm model(PretrainSetup setup, @Nullable MaskedLm teacher) {
    Path checkpoint = setup.checkpoint();
    if (checkpoint != null) {
      return MaskedLm.load(checkpoint, checkpoint.resolve("config.json"), true);
    }
    int tokens = teacher == null ? setup.tokenizer().vocabSize() : teacher.config().vocabSize();
    return MaskedLm.create(EncoderModels.config(setup, tokens), setup.spec().seed());
  }

  private static WindowRun<TargetBatch<int[]>> plain(
      PretrainSetup setup, MaskedTexts texts, MaskedLm model) {
    Windows train = setup.windows(setup.train(), texts.room());
    Windows heldOut = setup.windows(setup.heldOut(), texts.room());
    return new WindowRun<>(
        setup,
        model,
        TrainedModel.fresh(model, setup.tokenIds()),
        new MaskedLmObjective(model),
        train,
        heldOut,
        setup.flag("static-masking"),
        texts::batch);
  }

  private static PretrainRun<?> pairs(PretrainSetup setup, MaskedTexts texts) {
    SentencePairs pairs = SentencePairs.of(setup, texts);
    Windows train = setup.documentWindows(setup.train(), pairs.room(), 2);
    Windows heldOut = setup.documentWindows(setup.heldOut(), pairs.room(), 2);
    Path checkpoint = setup.checkpoint();
    Pretraining model =
        checkpoint == null
            ? Pretraining.create(EncoderModels.config(setup), setup.spec().seed())
            : Pretraining.load(checkpoint, checkpoint.resolve("config.json"), true);
    return new WindowRun<>(
        setup,
        model,
        TrainedModel.fresh(model, setup.tokenIds()),
        new PairPretrainingObjective(model),
        train,
        heldOut,
        setup.flag("static-masking"),
        (rows, draws) -> pairs.batch(rows, draws, train));
  }
}
