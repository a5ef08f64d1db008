package dev.rapt.train.pretrain;

import dev.rapt.train.pretrain.decoder.CausalPretraining;
import dev.rapt.train.pretrain.encoder.MaskedLmPretraining;
import dev.rapt.train.pretrain.encoder.ReplacedTokenPretraining;
import dev.rapt.train.pretrain.objective.PretrainObjective;
import dev.rapt.train.pretrain.seq2seq.DenoisingPretraining;
import dev.rapt.train.pretrain.seq2seq.PrefixLmPretraining;
import dev.rapt.train.pretrain.seq2seq.SpanCorruptionPretraining;
import dev.rapt.train.pretrain.seq2seq.TranslationPretraining;
import java.util.List;
import java.util.stream.Collectors;

/** The objectives of pretraining. */
public final class PretrainObjectives {
  /** In the order in which the help lists them. */
  public static final List<PretrainObjective> ALL =
      List.of(
          new CausalPretraining(),
          new MaskedLmPretraining(),
          new ReplacedTokenPretraining(),
          new SpanCorruptionPretraining(),
          new PrefixLmPretraining(),
          new DenoisingPretraining(),
          new TranslationPretraining());

  private PretrainObjectives() {}

  /**
   * Returns the objective of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static PretrainObjective named(String name) {
    return ALL.stream()
        .filter(objective -> objective.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException("objective: must be %s, got %s".formatted(names(), name)));
  }

  /** Returns the names: {@code masked, span or denoise}. */
  public static String names() {
    String all = ALL.stream().map(PretrainObjective::name).collect(Collectors.joining(", "));
    int last = all.lastIndexOf(", ");
    return all.substring(0, last) + " or " + all.substring(last + 2);
  }
}
