package dev.rapt.train.pretrain.seq2seq;

import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.Seq2SeqPreset;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.batch.SourceTargetBatch;
import dev.rapt.train.noise.TextInfilling;
import dev.rapt.train.noise.TextNoise;
import dev.rapt.train.objective.Seq2SeqObjective;
import dev.rapt.train.pretrain.objective.PretrainObjective;
import dev.rapt.train.pretrain.objective.PretrainRun;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import dev.rapt.train.pretrain.objective.WindowRun;
import dev.rapt.train.pretrain.objective.WordStarts;
import dev.rapt.train.random.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * Denoising of BART: writes a text that was corrupted. arXiv:1910.13461, section 2.2. The usual
 * noise is that of the published models: sentence permutation, then text infilling.
 */
public final class DenoisingPretraining implements PretrainObjective {
  private static final double USUAL_RATE = 0.3;
  private static final double USUAL_SPAN = 3;
  private static final String USUAL_NOISE = "permute+infill";
  private static final List<String> NOISES =
      List.of("infill", "permute", "mask", "delete", "rotate");

  @Override
  public String name() {
    return "denoise";
  }

  @Override
  public String description() {
    return "writes the text that was corrupted (BART)";
  }

  @Override
  public SpecialTokens tokens() {
    return SpecialTokens.DENOISER;
  }

  @Override
  public List<String> presets() {
    return Seq2SeqModels.names(
        Seq2SeqPreset.BART_MINI, Seq2SeqPreset.BART_BASE, Seq2SeqPreset.BART_LARGE);
  }

  @Override
  public List<String> next() {
    return List.of(
        "finetune --task summarize --model %s --train FILE --out DIR",
        "finetune --task classify --model %s --train FILE --out DIR");
  }

  @Override
  public PretrainSpec.Stack stack(PretrainSpec spec) {
    return Seq2SeqModels.stack(spec);
  }

  @Override
  public Set<String> settings() {
    return Set.of("noise", "mask-rate", "mean-span");
  }

  @Override
  public PretrainRun<?> open(PretrainSetup setup) {
    Tokenizer tokenizer = setup.tokenizer();
    int bos = SpecialTokens.require(tokenizer, "bos_token", "cls_token");
    int eos = tokens().endId(tokenizer);
    int pad = SpecialTokens.require(tokenizer, "pad_token");
    Noise noise = Noise.of(setup);
    int length = setup.spec().seqLen() - 2;
    // fairseq begins the target with the end token, which stays in the published models
    Seq2SeqLm model = Seq2SeqModels.open(setup, eos);
    try {
      return new WindowRun<>(
          setup,
          model,
          TrainedModel.fresh(model, setup.tokenIds()),
          new Seq2SeqObjective(model, 0),
          Spans.of(setup, setup.train(), length),
          Spans.of(setup, setup.heldOut(), length),
          false,
          (texts, draws) -> {
            List<int[]> sources = new ArrayList<>();
            List<int[]> targets = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
              int[] corrupted = noise.apply(texts.get(i), draws.get(i));
              int most = Math.min(corrupted.length, length); // infilling may insert masks
              sources.add(framed(Arrays.copyOf(corrupted, most), bos, eos));
              targets.add(framed(texts.get(i), bos, eos));
            }
            return SourceTargetBatch.of(sources, targets, pad);
          });
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static int[] framed(int[] text, int bos, int eos) {
    int[] framed = new int[text.length + 2];
    framed[0] = bos;
    System.arraycopy(text, 0, framed, 1, text.length);
    framed[framed.length - 1] = eos;
    return framed;
  }

  /** The noises of a run, applied in order. */
  private record Noise(
      List<String> kinds, double rate, TextInfilling infilling, int maskId, BitSet sentenceEnds) {
    static Noise of(PretrainSetup setup) {
      List<String> kinds = List.of(setup.text("noise", USUAL_NOISE).split("\\+"));
      for (String kind : kinds) {
        if (!NOISES.contains(kind)) {
          throw new IllegalArgumentException(
              "noise: must be some of %s, joined by +, got %s"
                  .formatted(String.join(", ", NOISES), kind));
        }
      }
      double rate = setup.number("mask-rate", USUAL_RATE, 0.01, 0.9);
      int maskId = SpecialTokens.require(setup.tokenizer(), "mask_token");
      return new Noise(
          kinds,
          rate,
          new TextInfilling(rate, setup.number("mean-span", USUAL_SPAN, 0.1, 100), maskId),
          maskId,
          WordStarts.sentenceEnds(setup.tokenizer()));
    }

    int[] apply(int[] text, Draws draws) {
      int[] noised = text;
      for (String kind : kinds) {
        noised =
            switch (kind) {
              case "infill" -> infilling.apply(noised, draws);
              case "permute" -> TextNoise.permuteSentences(noised, starts(noised), draws);
              case "mask" -> TextNoise.mask(noised, rate, maskId, draws);
              case "delete" -> TextNoise.delete(noised, rate, draws);
              default -> TextNoise.rotate(noised, draws);
            };
      }
      return noised;
    }

    private int[] starts(int[] text) {
      int[] starts = new int[text.length + 1];
      int count = 1;
      for (int i = 1; i < text.length; i++) {
        if (sentenceEnds.get(text[i - 1])) {
          starts[count++] = i;
        }
      }
      return Arrays.copyOf(starts, count);
    }
  }
}
