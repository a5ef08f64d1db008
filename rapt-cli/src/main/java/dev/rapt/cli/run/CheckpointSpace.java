package dev.rapt.cli.run;

import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Format;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.optim.Adafactor;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.Lion;
import dev.rapt.train.optim.Muon;
import dev.rapt.train.optim.OptimizerOptions;
import dev.rapt.train.optim.Sgd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Disk space that the checkpoints of a run need. */
public final class CheckpointSpace {
  private CheckpointSpace() {}

  /**
   * Checks that a disk has room for the checkpoints that are kept and for the one that is written.
   *
   * @param folder the folder of the run
   * @throws CommandException if it does not
   */
  public static void require(Path folder, TrainedModel model, TrainOptions options) {
    try {
      require(folder, model, options, Files.getFileStore(folder).getUsableSpace());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void require(Path folder, TrainedModel model, TrainOptions options, long freeBytes) {
    long count = options.keepCheckpoints() + 1L;
    double each =
        Float.BYTES
            * (model.numStored() + (double) model.numUpdated() * numbersPerUpdated(options));
    if (count * each > freeBytes) {
      throw new CommandException(
          "%s: must be on a disk with room for %d checkpoints of about %s, got %s; free disk space, lower --keep, or write to another disk with --out"
              .formatted(folder, count, Format.bytes((long) each), Format.bytes(freeBytes)));
    }
  }

  /** Numbers that a checkpoint holds beside each weight: its average, the optimiser's. */
  private static int numbersPerUpdated(TrainOptions options) {
    int average = options.emaDecay() > 0 ? 1 : 0;
    return average + momentsOf(options.optimizer());
  }

  private static int momentsOf(OptimizerOptions optimizer) {
    return switch (optimizer) {
      case AdamW.Options _ -> 2;
      case Muon.Options _, Lion.Options _ -> 1;
      case Sgd.Options sgd -> sgd.momentum() > 0 ? 1 : 0;
      case Adafactor.Options _ -> 0; // its factors are smaller than the weights by far
    };
  }
}
