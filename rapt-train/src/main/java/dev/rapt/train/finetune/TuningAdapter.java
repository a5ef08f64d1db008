package dev.rapt.train.finetune;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.CausalLm;
import dev.rapt.model.HeadedModel;
import dev.rapt.model.Model;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.model.adapter.LoraConfig;
import dev.rapt.model.adapter.MergedModel;
import dev.rapt.model.adapter.QuantizedBase;
import dev.rapt.model.adapter.Targets;
import dev.rapt.model.load.HeadKind;
import dev.rapt.train.task.TuningSpec;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The adapter of a fine-tuning. */
final class TuningAdapter {
  /** Folder of the model with its adapter merged, in the folder of the run. */
  static final String MERGED = "merged";

  private TuningAdapter() {}

  /**
   * Attaches an adapter to the model of a run.
   *
   * @param checkpoint folder of the adapter to continue; null for a fresh one
   */
  static Adapter attach(Model model, TuningSpec spec, @Nullable Path checkpoint) {
    TuningSpec.AdapterSpec wanted = spec.adapter();
    if (wanted == null) {
      throw new IllegalStateException("fine-tuning: must have an adapter to attach, got none");
    }
    if (wanted.quantized()) {
      QuantizedBase.quantize(model);
    }
    return checkpoint == null
        ? Adapter.create(model, config(model, spec, wanted), spec.seed())
        : Adapter.load(checkpoint, model);
  }

  private static LoraConfig config(Model model, TuningSpec spec, TuningSpec.AdapterSpec wanted) {
    Targets targets =
        wanted.targets().isEmpty()
            ? Targets.usual(model.config().modelType())
            : Targets.named(wanted.targets());
    LoraConfig config =
        LoraConfig.of(wanted.rank(), wanted.alpha(), targets)
            .forHead(headKind(model))
            .withDropout(wanted.dropout())
            .withBaseModel(spec.model());
    config = wanted.dora() ? config.withDora() : config;
    return wanted.rankStabilized() ? config.withRankStabilized() : config;
  }

  private static HeadKind headKind(Model model) {
    return switch (model) {
      case CausalLm _ -> HeadKind.LANGUAGE_MODEL;
      case HeadedModel headed -> headed.headKind();
      case Seq2SeqLm _ -> HeadKind.TEXT_TO_TEXT;
    };
  }

  /**
   * Writes the model with the adapter of a folder merged into it, as a whole Hugging Face folder.
   *
   * @param base folder of the base model
   * @param folder folder of the adapter; receives {@link #MERGED}
   */
  static void writeMerged(Model model, Path base, Path folder, AtomicFiles.FolderWriter shared) {
    try (Adapter best = Adapter.load(folder, model)) {
      best.merge(model);
      ConfigReader config = ConfigReader.of(base.resolve("config.json"));
      AtomicFiles.replaceFolder(
          folder.resolve(MERGED),
          into -> {
            shared.writeTo(into);
            MergedModel.writeWhole(into, model, config);
          });
    }
  }
}
