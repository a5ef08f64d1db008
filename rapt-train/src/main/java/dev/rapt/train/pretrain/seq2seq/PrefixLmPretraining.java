package dev.rapt.train.pretrain.seq2seq;

import dev.rapt.model.Seq2SeqLm;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.batch.SourceTargetBatch;
import dev.rapt.train.objective.Seq2SeqObjective;
import dev.rapt.train.pretrain.objective.PretrainObjective;
import dev.rapt.train.pretrain.objective.PretrainRun;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import dev.rapt.train.pretrain.objective.WindowRun;
import dev.rapt.train.random.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Prefix language modelling: the encoder reads the beginning of a text, up to a random place, and
 * the decoder writes the rest. arXiv:1910.10683, section 3.2.3.
 */
public final class PrefixLmPretraining implements PretrainObjective {
  @Override
  public String name() {
    return "prefix";
  }

  @Override
  public String description() {
    return "continues the beginning of a text (T5's prefix LM)";
  }

  @Override
  public SpecialTokens tokens() {
    return SpecialTokens.SENTINELS;
  }

  @Override
  public List<String> presets() {
    return new SpanCorruptionPretraining().presets();
  }

  @Override
  public List<String> next() {
    return List.of(
        "summarize %s \"...\"", "finetune --task summarize --model %s --train FILE --out DIR");
  }

  @Override
  public PretrainSpec.Stack stack(PretrainSpec spec) {
    return Seq2SeqModels.stack(spec);
  }

  @Override
  public Set<String> settings() {
    return Set.of();
  }

  @Override
  public PretrainRun<?> open(PretrainSetup setup) {
    int end = tokens().endId(setup.tokenizer());
    int pad = SpecialTokens.require(setup.tokenizer(), "pad_token");
    int length = setup.spec().seqLen();
    Seq2SeqLm model = Seq2SeqModels.open(setup, pad);
    try {
      return new WindowRun<>(
          setup,
          model,
          TrainedModel.fresh(model, setup.tokenIds()),
          new Seq2SeqObjective(model, 0),
          Spans.of(setup, setup.train(), length),
          Spans.of(setup, setup.heldOut(), length),
          false,
          (texts, draws) -> batch(texts, draws, end, pad));
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static SourceTargetBatch batch(List<int[]> texts, List<Draws> draws, int end, int pad) {
    List<int[]> sources = new ArrayList<>();
    List<int[]> targets = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      int[] text = texts.get(i);
      int cut = text.length < 2 ? text.length : 1 + draws.get(i).below(text.length - 1);
      sources.add(ended(Arrays.copyOf(text, cut), end));
      targets.add(ended(Arrays.copyOfRange(text, cut, text.length), end));
    }
    return SourceTargetBatch.of(sources, targets, pad);
  }

  private static int[] ended(int[] text, int end) {
    int[] ended = Arrays.copyOf(text, text.length + 1);
    ended[text.length] = end;
    return ended;
  }
}
